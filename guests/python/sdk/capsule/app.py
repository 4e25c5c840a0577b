"""The tasks of a program."""

import asyncio
import json
import types

#: Tasks by name. Of two with one name the last is kept here; _registrations has both, with the place of each
#: declaration (file and line, or None), and the host refuses them.
_TASKS = {}
_registrations = []
_main_module = None


def register_task(name, func, config=None, *, place=None):
    """Makes `func` the task `name`, with options as the decorator makes them. place: file and line of the declaration."""
    _TASKS[name] = {"func": func, "config": config or {}}
    _registrations.append((name, func, config or {}, place))


def get_task(name):
    """The function of a task, None when there is none."""
    found = _TASKS.get(name)
    return found["func"] if found else None


def get_task_config(name):
    """The options of a task, {} when there is none."""
    found = _TASKS.get(name)
    return found["config"] if found else {}


def default_task():
    """The task a program is run for: "main", else what its function main stands for, else the first one. One without
    any is a script: what its import did is what it does, and "main" stands for that."""
    if "main" in _TASKS:
        return "main"
    main = getattr(_main_module, "main", None)
    if callable(main):
        return getattr(main, "__capsule_task__", "main")
    return next(iter(_TASKS), "main")


def find_task(name):
    """The function that runs for `name`. Raises LookupError."""
    function = get_task(name)
    if function is None and name == "main":
        function = getattr(_main_module, "main", None)
        if not callable(function) and not _TASKS:
            function = _do_nothing
    if not callable(function):
        raise LookupError(f"No task named {name!r}. Available tasks: {list(_TASKS)}")
    return function


def _do_nothing(*args, **kwargs):
    """The main of a script."""


def describe_tasks():
    """The tasks of the program, in order of registration, as the host wants to know them."""
    tasks = [
        {"name": name, "options": _plain(config)} | _place_of(func, place)
        for name, func, config, place in _registrations
    ]
    default = default_task()
    if default == "main" and "main" not in _TASKS:
        tasks.append({"name": "main", "options": {}} | _place_of(getattr(_main_module, "main", None)))
    has_main = "main" in _TASKS or callable(getattr(_main_module, "main", None))
    return {"tasks": tasks, "default": default, "has_main": has_main}


def _place_of(func, place=None):
    """Where a task is declared; without a decorator, where its function is."""
    code = getattr(func, "__code__", None)
    file, line = place or (getattr(code, "co_filename", None), getattr(code, "co_firstlineno", None))
    return {"file": _plain(file) if isinstance(file, str) else None, "line": line if isinstance(line, int) else None}


def _plain(value):
    """A value the host can read; what is not JSON becomes its repr, for the host to refuse by name."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else repr(key): _plain(child) for key, child in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(child) for child in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        return str.__str__(value).encode("utf-8", "backslashreplace").decode()
    if isinstance(value, int) and -(2**63) <= value < 2**64:
        return int(value)
    if isinstance(value, float) and value - value == 0:
        return float(value)
    return repr(value)


class TaskRunner:
    """Runs a task by name, from JSON to JSON."""

    def run(self, args_json):
        request = json.loads(args_json)
        name = request.get("task_name") or default_task()
        name = name if name in _TASKS or name == "main" else default_task()
        try:
            result = find_task(name or "main")(*request.get("args", ()), **request.get("kwargs", {}))
            if isinstance(result, types.CoroutineType):
                result = asyncio.run(result)
            return json.dumps({"result": result}, allow_nan=False)
        except Exception as error:
            return json.dumps({"error_type": "task_error", "message": str(error)})


exports = TaskRunner()
