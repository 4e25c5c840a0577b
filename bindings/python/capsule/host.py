"""The interface of programs that start sandboxes: each call runs a program, a file or a string, once, in a fresh sandbox."""

import asyncio
import math
import os
from collections.abc import Mapping

from ._worker import CapsuleError, Call, worker_for, workers_close
from .results import ErrorInfo, ExecutionInfo, RunnerOptions, RunnerResult

__all__ = [
    "CapsuleError",
    "ErrorInfo",
    "ExecutionInfo",
    "RunnerOptions",
    "RunnerResult",
    "close_all",
    "run",
    "run_with_worker",
]

_SOURCES = (".py", ".js", ".mjs", ".ts", ".mts")
_ARTIFACTS = (".wasm",)


def _check_file(file, cwd):
    path = os.path.abspath(os.path.join(cwd, file))
    extension = os.path.splitext(path)[1].lower()
    if extension not in _SOURCES + _ARTIFACTS:
        raise ValueError(
            f"Unsupported file type: '{extension}'. Expected a source file ({', '.join(_SOURCES)}) "
            f"or a pre-built artifact ({', '.join(_ARTIFACTS)})."
        )
    if os.path.exists(path):
        return
    if extension in _ARTIFACTS:
        raise FileNotFoundError(
            f"Artifact not found: {path}. Run `capsule build` first to generate the .wasm artifact."
        )
    raise FileNotFoundError(f"File not found: {path}")


def _texts(name, values):
    values = [] if values is None else list(values)
    for value in values:
        if not isinstance(value, str):
            raise TypeError(f"{name} must be strings, not {type(value).__name__}")
    return values


def _variables(env):
    """What the worker takes: "NAME" for one of its own, "NAME=value"."""
    if isinstance(env, Mapping):
        return [f"{name}={value}" for name, value in zip(_texts("env", env), _texts("env", env.values()))]
    return _texts("env", env)


def _program(file, code, cwd, limits):
    """The members of a request that name the program, and what a string may have."""
    if (file is None) == (code is None):
        raise TypeError("run() takes a file or a code")
    given = {key: value for key, value in limits.items() if value is not None}
    if file is not None:
        if given:
            raise TypeError(f"{next(iter(given))} is for code: the tasks of a file declare what they need")
        file = os.fspath(file)
        _check_file(file, cwd)
        return {"file": file}
    if not isinstance(code, str):
        raise TypeError(f"code must be a string, not {type(code).__name__}")
    given["lang"] = given.pop("language", "python")
    if "env" in given:
        given["env"] = _variables(given["env"])
    if "compute" in given:
        given["compute"] = str(given["compute"])
    _texts("language, compute and ram", [value for key, value in given.items() if key != "env"])
    return {"code": code, **given}


def _request(program, args, mounts, timeout, streams):
    request = {**program, "args": _texts("args", args), "mounts": _texts("mounts", mounts)}
    if timeout is not None:
        if not isinstance(timeout, (int, float)) or not 0 < timeout < math.inf:
            raise ValueError(f"timeout must be a number of seconds above 0, not {timeout!r}")
        request["timeout_ms"] = max(1, math.ceil(timeout * 1000))
    if streams:
        request["stream"] = True
    return request


async def run(
    *,
    file=None,
    code=None,
    language=None,
    compute=None,
    ram=None,
    env=None,
    args=None,
    mounts=None,
    cwd=None,
    capsule_path="capsule",
    timeout=None,
    on_stdout=None,
    on_stderr=None,
):
    """Runs a program in a fresh sandbox and answers its envelope, as `capsule run --json` prints it.

    file          the program: .py, .js, .mjs, .ts, .mts or an artifact (.wasm); relative to cwd
    code          instead of a file, a string: the value of its last expression is the result
    language      of the string: "python" (unless given), "javascript", "typescript"
    compute, ram  what the string may use, like "LOW" and "256MB"
    env           variables of the string: {"NAME": "value"}, or names of variables of this process
    args          strings for the main task; arguments of the string
    mounts        directories of cwd: "HOST[::GUEST][:ro|:rw]"
    cwd           project directory; the current one unless given
    capsule_path  the command; looked for in PATH unless it is a path, relative to the current directory
    timeout       seconds after which the call ends with error_type "timeout", waiting included
    on_stdout,    called with text that the program prints, as it comes, in the event loop; what they raise cancels the
    on_stderr     call and comes out of it

    A task that fails is a result with "success" False. CapsuleError, a RuntimeError, is raised when nothing could run:
    the program cannot be loaded, a mount cannot be given, the worker is gone. Cancelling the awaiting task cancels the
    run. Calls of one (capsule_path, cwd) share a worker process, which is started when it is needed, and again after it
    died; a call that it may have begun is never sent twice.
    """
    cwd = os.path.abspath(cwd or os.getcwd())
    program = _program(file, code, cwd, {"language": language, "compute": compute, "ram": ram, "env": env})
    streams = {"stdout": on_stdout, "stderr": on_stderr}
    request = _request(program, args, mounts, timeout, on_stdout or on_stderr)
    call = Call(asyncio.get_running_loop(), request, streams)
    command = os.fspath(capsule_path)
    worker = worker_for(os.path.abspath(command) if os.sep in command else command, cwd)
    worker.submit(call)
    try:
        return await call.future
    finally:
        if not call.answered:
            worker.cancel(call)


async def run_with_worker(**options):
    """The same as run(), which always uses a worker."""
    return await run(**options)


async def close_all():
    """Ends all workers: calls that were made are still answered."""
    await asyncio.get_running_loop().run_in_executor(None, workers_close)
