"""The decorator that makes a function a task."""

import functools
import inspect
import os
import sys

from . import app, mapping
from .sandbox import IN_SANDBOX, subtasks


#: Makes iscoroutinefunction true of a wrapper (Python 3.12).
_mark_async = getattr(inspect, "markcoroutinefunction", lambda function: function)


class _Unset(str):
    """A default that a program's own equal value is not mistaken for: only what a program says is sent to the host."""

    __slots__ = ()


_MEDIUM = _Unset("MEDIUM")


def task(
    name=None,
    compute=_MEDIUM,
    ram=None,
    timeout=None,
    max_retries=None,
    allowed_files=None,
    allowed_hosts=None,
    env_variables=None,
    deterministic=None,
    retry_delay=None,
):
    """Makes a function a task, with limits and grants of its own. Plain and `async def` functions both work.

    name           how the task is called; the function's name unless given
    compute        "LOW", "MEDIUM", "HIGH" or a number of units
    ram            "512MB", "2GB" ...
    timeout        "30s", "5m", "1h 30m" ...
    max_retries    how often a failed call is repeated; 0 unless given
    retry_delay    "500ms", "2s" ...: wait before the first repetition, doubling before each further one
    allowed_files  directories: "./data", or {"path": "./data", "mode": "read-only" or "read-write"}
    allowed_hosts  host names the task may talk to
    env_variables  names of environment variables the task may see
    deterministic  True: the same program and input give the same output, result and fuel

    In a sandbox, calling a task runs it in a fresh sandbox and answers its envelope, a dict with "success", "result",
    "error" and "execution"; for an `async def` task, an awaitable of it. In ordinary Python a call is a call. The function
    answered has three more ways to be called: value, map and starmap (mapping.py).
    """
    caller = sys._getframe(1)
    place = caller.f_code.co_filename, caller.f_lineno
    if callable(name):
        return _register(name, name.__name__, {}, place)
    options = {
        "compute": _normal_compute(compute),
        "ram": ram,
        "timeout": timeout,
        "max_retries": max_retries,
        "retry_delay": retry_delay,
        "allowed_files": None if allowed_files is None else _normal_files(allowed_files),
        "allowed_hosts": None if allowed_hosts is None else listed(allowed_hosts),
        "env_variables": None if env_variables is None else listed(env_variables),
        "deterministic": deterministic,
    }
    options = {key: value for key, value in options.items() if value is not None}

    def decorator(func):
        return _register(func, func.__name__ if name is None else name, options, place)

    return decorator


def _register(func, name, options, place):
    """Registers `func` and answers what the program calls instead of it."""
    if not isinstance(name, str):
        raise TypeError(f"a task's name must be a string, not {type(name).__name__}")
    is_async = inspect.iscoroutinefunction(func)

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        if not IN_SANDBOX:
            return func(*args, **kwargs)
        if is_async:
            return subtasks.run_async(name, args, kwargs)
        return subtasks.run(name, args, kwargs)

    wrapper.__capsule_task__ = name
    mapping.add_calls(wrapper, func, name, is_async)
    app.register_task(name, func, {"name": name} | options, place=place)
    return _mark_async(wrapper) if is_async else wrapper


def _normal_compute(compute):
    if compute is None or compute is _MEDIUM:
        return None
    if isinstance(compute, str):
        return compute.upper() or "MEDIUM"
    return compute or "MEDIUM"


def _normal_file(entry):
    """A grant as the host reads it: a path, or a path with a mode."""
    if isinstance(entry, os.PathLike):
        return os.fspath(entry)
    if not isinstance(entry, dict):
        return entry
    path, mode = entry.get("path", ""), entry.get("mode")
    path = os.fspath(path) if isinstance(path, os.PathLike) else path
    if mode is None:
        return path
    if mode not in ("ro", "read-only", "rw", "read-write"):
        raise ValueError(f"Invalid allowed_files mode '{mode}' for path '{path}'. Use 'read-only' or 'read-write'.")
    return {"path": path, "mode": mode}


def _normal_files(values):
    entries = listed(values)
    return [_normal_file(entry) for entry in entries] if isinstance(entries, list) else entries


def listed(values):
    """A collection as a list. Anything else stays what it is, for the host to refuse."""
    if isinstance(values, (set, frozenset)):
        return sorted(values, key=str)
    return list(values) if isinstance(values, (list, tuple)) else values
