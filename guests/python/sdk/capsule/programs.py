"""Untrusted programs, started from inside a task: each in a sandbox of its own, with what the task passes on to it."""

import importlib.util
import os

from . import sandbox
from .decorator import listed

#: Most bytes of a program's text. The host has the same limit.
SOURCE_LIMIT = 4 * 1024 * 1024

_LANGUAGES = {
    ".py": "python",
    ".js": "javascript",
    ".mjs": "javascript",
    ".ts": "typescript",
    ".mts": "typescript",
}
_NAME_LIMIT = 255


def run_file(
    path,
    args=(),
    kwargs=None,
    *,
    compute=None,
    ram=None,
    timeout=None,
    allowed_files=None,
    allowed_hosts=None,
    env_variables=None,
):
    """Runs a Python, JavaScript or TypeScript file, as this task sees it, in a sandbox of its own, and answers the envelope.

    path           the file: one that this task can read
    args, kwargs   what its main task is called with; arguments that are all text are in its sys.argv as well
    compute, ram, timeout
                   its limits; never above what this task has (left) itself
    allowed_files  directories of this task that it may use, by the paths this task knows them by: "/data", or
                   {"path": "/data", "mode": "read-only"}; with the mode this task has unless given
    allowed_hosts, env_variables
                   of those this task has

    Nothing is passed on that is not named, and what this task does not have itself is refused: the envelope's error then
    is a "config_error". What the program prints is in its envelope only. Options its own tasks declare count for nothing.

    The envelope can be awaited, gathered and looked into, like that of an `async def` task. Only for tasks in a sandbox.
    """
    name = os.fspath(path)
    suffix = os.path.splitext(name)[1].lower()
    if suffix not in _LANGUAGES:
        raise ValueError(f"Unsupported file type: {suffix!r}. Supported: {', '.join(_LANGUAGES)}")
    _check_place("run_file")
    with open(name, "rb") as file:
        data = file.read(SOURCE_LIMIT + 1)
    if len(data) > SOURCE_LIMIT:
        raise ValueError(f"{name} is larger than {SOURCE_LIMIT} bytes, the most that run_file accepts")
    source = importlib.util.decode_source(data) if suffix == ".py" else data.decode("utf-8-sig")
    options = _options(compute, ram, timeout, allowed_files, allowed_hosts, env_variables)
    return sandbox.subtasks.bring("file", _LANGUAGES[suffix], _shown(name), source, options, args, kwargs)


def run_code(
    code,
    variables=None,
    *,
    language="python",
    compute=None,
    ram=None,
    timeout=None,
    allowed_files=None,
    allowed_hosts=None,
    env_variables=None,
):
    """Runs a piece of code in a sandbox of its own, and answers the envelope. Its result is the value of the last
    expression, None when the code does not end in one.

    code       its text
    variables  values it finds under these names: a dict
    language   "python", "javascript" or "typescript"

    The rest is as in run_file.
    """
    if not isinstance(code, str):
        raise TypeError(f"run_code() takes a text, not {type(code).__name__}")
    _check_place("run_code")
    options = _options(compute, ram, timeout, allowed_files, allowed_hosts, env_variables)
    return sandbox.subtasks.bring("code", language, "<run_code>", code, options, (), variables)


def _check_place(function):
    if not sandbox.IN_SANDBOX:
        raise RuntimeError(f"capsule.{function}() is for tasks in a sandbox: a host program calls capsule.run()")


def _options(compute, ram, timeout, allowed_files, allowed_hosts, env_variables):
    options = {
        "compute": compute,
        "ram": ram,
        "timeout": timeout,
        "allowed_files": None if allowed_files is None else _entries(listed(allowed_files)),
        "allowed_hosts": None if allowed_hosts is None else listed(allowed_hosts),
        "env_variables": None if env_variables is None else listed(env_variables),
    }
    return {key: value for key, value in options.items() if value is not None}


def _entries(files):
    """Directories to pass on, as the host reads them: absolute, whatever the working directory is."""
    return [_entry(entry) for entry in files] if isinstance(files, list) else files


def _entry(entry):
    if isinstance(entry, dict):
        return entry | {"path": _entry(entry["path"])} if "path" in entry else entry
    return os.path.abspath(entry) if isinstance(entry, (str, os.PathLike)) and os.fspath(entry) else entry


def _shown(name):
    """The program's name in tracebacks."""
    printable = "".join(character if character.isprintable() else "?" for character in name)
    return printable if len(printable.encode("utf-8", "replace")) <= _NAME_LIMIT else os.path.basename(printable)[-60:]
