"""Exceptions as the host wants to hear of them: a message, a class name, the program's part of the traceback."""

import asyncio
import errno
import gc
import itertools
import json
import linecache
import os
import sys
import traceback

import _capsule

#: Longest message and traceback sent to the host, in characters. The middle of longer ones is left out.
MESSAGE_LIMIT = 16 * 1024
TRACEBACK_LIMIT = 64 * 1024

NAME_LIMIT = 200

#: Exceptions shown of one chain.
CHAIN_LIMIT = 50

#: Frames shown of one stack: the interpreter's own limit of recursion, twice.
FRAME_LIMIT = 2000

#: The directory of this package, whose frames are never the program's.
_OWN = os.path.dirname(os.path.dirname(__file__)) + "/"
#: Code that runs a program's coroutine: not shown above the program's first frame.
_RUNNERS = os.path.dirname(asyncio.__file__) + "/"
_IMPORT = "<frozen importlib"

_REFUSALS = {errno.EACCES, errno.EPERM, errno.ENOENT, errno.EROFS, getattr(errno, "ENOTCAPABLE", errno.EACCES)}


def report_failure(error):
    """Reports that a task ended with `error`, which is not SystemExit."""
    _report(_capsule.FAILURE, error, {})


def report_load_failure(error, is_program_file):
    """Reports that a program could not be imported, and where. `is_program_file` knows the program's files."""
    _report(_capsule.LOAD_FAILURE, error, _place(error, is_program_file))


def _report(kind, error, more):
    """The memory a failure holds is the problem when memory ran out, so it is dropped before a second attempt."""
    out_of_memory = isinstance(error, MemoryError)
    if out_of_memory:
        _capsule.release_reserve()
        kind = _capsule.NO_MEMORY
    try:
        text = _describe(error, more)
    except MemoryError:
        traceback.clear_frames(error.__traceback__)
        gc.collect()
        text = _describe(error, more)
    _capsule.report(kind, text)


def _describe(error, more):
    name = shorten(type(error).__name__, NAME_LIMIT)
    found = {"message": shorten(message_of(error), MESSAGE_LIMIT), "traceback": None, "type": name}
    found |= {"denial": _denial_of(error)} | more
    try:
        _cut_chain(error)
        found["traceback"] = shorten(format_traceback(error), TRACEBACK_LIMIT)
    except MemoryError:
        raise
    except Exception as problem:  # classes of the program take part in formatting
        found["traceback"] = f"{name} (the traceback cannot be shown: {type(problem).__name__})"
    return json.dumps({key: _printable(value) for key, value in found.items()})


def _printable(value):
    """A text any reader can take: without NUL and lone surrogates."""
    if not isinstance(value, str):
        return value
    return value.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def _cut_chain(error):
    """Ends a very long chain of exceptions. The program is over: nobody else will miss the rest."""
    for _ in range(CHAIN_LIMIT):
        error = error.__cause__ or error.__context__
        if error is None:
            return
    error.__cause__ = error.__context__ = None


def message_of(error):
    """str(error); a syntax error without the place, which is told apart."""
    try:
        return str(error.msg if isinstance(error, SyntaxError) and error.msg else error)
    except MemoryError:
        raise
    except Exception:
        return f"<{type(error).__name__} whose text cannot be made>"


def _denial_of(error):
    """What the host refused, when that is why a file could not be used."""
    if isinstance(error, OSError) and error.errno in _REFUSALS and error.filename is not None:
        return _capsule.last_denial() or None
    return None


def shorten(text, limit):
    if len(text) <= limit:
        return text
    head, tail = limit // 4, limit - limit // 4
    return f"{text[:head]}\n... {len(text) - limit} characters left out ...\n{text[-tail:]}"


def format_traceback(error):
    """The traceback Python would print, without the frames of this runtime and of the import system."""
    found = traceback.TracebackException(type(error), error, error.__traceback__, limit=-FRAME_LIMIT, compact=True)
    _hide_frames(found)
    return "".join(found.format()).rstrip("\n")


def _hide_frames(found):
    """Hides them in an exception and in every one it is chained to or groups."""
    left, seen = [found], set()
    while left:
        found = left.pop()
        if found is None or id(found) in seen:
            continue
        seen.add(id(found))
        frames = [frame for frame in found.stack if not _is_ours(frame.filename)]
        while frames and frames[0].filename.startswith(_RUNNERS):
            frames.pop(0)
        found.stack[:] = frames
        left += (found.__cause__, found.__context__, *(found.exceptions or ()))


def _is_ours(filename):
    return filename.startswith(_OWN) or filename.startswith(_IMPORT)


def _place(error, is_program_file):
    """File, line and column of an error at import: of the program's innermost frame, or of the syntax error."""
    if isinstance(error, SyntaxError) and error.filename is not None:
        return {"file": str(error.filename), "line": error.lineno, "column": error.offset}
    place = {"file": None, "line": None, "column": None}
    step = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        if is_program_file(code.co_filename):
            column = _column(code, step.tb_lineno, step.tb_lasti)
            place = {"file": code.co_filename, "line": step.tb_lineno, "column": column}
        step = step.tb_next
    return place


def _column(code, line, instruction):
    """The column, in characters from 1, of an instruction."""
    position = next(itertools.islice(code.co_positions(), instruction // 2, None), None)
    if position is None or position[2] is None:
        return None
    text = linecache.getline(code.co_filename, line).encode("utf-8", "replace")
    return len(text[: position[2]].decode("utf-8", "replace")) + 1


def exit_code(error):
    """The exit code a SystemExit stands for. A text as code is printed and means 1, as in the interpreter."""
    code = error.code
    if code is None:
        return 0
    if isinstance(code, int):
        return int(code) & 0xFF
    try:
        print(code, file=sys.stderr)
    except Exception:
        pass
    return 1
