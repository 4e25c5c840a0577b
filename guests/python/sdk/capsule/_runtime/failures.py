"""Exceptions as the host wants to hear of them: a message, a class name, the program's part of the traceback."""

import gc
import itertools
import json
import linecache
import sys
import traceback

import _capsule

from . import refusals
from .tracebacks import format_traceback

#: Longest message and traceback sent to the host, in characters. The middle of longer ones is left out.
MESSAGE_LIMIT = 16 * 1024
TRACEBACK_LIMIT = 64 * 1024

NAME_LIMIT = 200

#: Exceptions shown of one chain.
CHAIN_LIMIT = 50


def report_failure(error):
    """Reports that a task ended with `error`, which is not SystemExit."""
    _report(_capsule.FAILURE, error, {})


def report_load_failure(error, is_program_file):
    """Reports that a program could not be imported, and where. `is_program_file` knows the program's files."""
    _report(_capsule.LOAD_FAILURE, error, _place(error, is_program_file))


def _report(kind, error, more):
    """The memory a failure holds is the problem when memory ran out, so it is dropped before a second attempt."""
    if isinstance(error, MemoryError):
        _capsule.release_reserve()
        kind, denied = _capsule.NO_MEMORY, None
    else:
        denied = refusals.refused(error)
    if kind == _capsule.FAILURE and denied and "host" in denied:
        kind = _capsule.NETWORK_DENIED
    try:
        text = _describe(error, {"denied": denied} | more)
    except MemoryError:
        traceback.clear_frames(error.__traceback__)
        gc.collect()
        text = _describe(error, {"denied": denied} | more)
    _capsule.report(kind, text)


def _describe(error, more):
    name = shorten(type(error).__name__, NAME_LIMIT)
    message = _message_of(error, placed=more.get("line") is not None)
    found = {"message": shorten(message, MESSAGE_LIMIT), "traceback": None, "type": name} | more
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


def _message_of(error, placed):
    """str(error); a syntax error without the place where that is told apart."""
    try:
        return str(error.msg if placed and isinstance(error, SyntaxError) and error.msg else error)
    except MemoryError:
        raise
    except Exception:
        return f"<{type(error).__name__} whose text cannot be made>"


def shorten(text, limit):
    if len(text) <= limit:
        return text
    head, tail = limit // 4, limit - limit // 4
    return f"{text[:head]}\n... {len(text) - limit} characters left out ...\n{text[-tail:]}"


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
