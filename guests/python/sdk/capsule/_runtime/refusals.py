"""What the host refused and an exception is about: a path, a variable of the environment, a host of the network.

The host has the last word: it gives a hint only when it knows that it refused that very thing.
"""

import errno
import os
import posixpath
import re

import _capsule

#: Exceptions looked at: one, what it came out of, and what it groups.
RELATED_LIMIT = 50

#: Variables kept in mind that were asked for in vain, and the length of a name.
VARIABLES_LIMIT, NAME_LIMIT = 64, 255
#: Shortest name that is recognized in the text of an exception.
NAME_LEAST = 4

_ERRNOS = {errno.EACCES, errno.EPERM, errno.ENOENT, errno.EROFS, getattr(errno, "ENOTCAPABLE", errno.EACCES)}
_HOST = "_capsule_refused_host"

_variables = {}


def missed_variable(name):
    """The program asked for a variable that it does not have."""
    if isinstance(name, str) and len(name) <= NAME_LIMIT and len(_variables) < VARIABLES_LIMIT:
        _variables[name] = True


def mark_network(error, host):
    """Answers `error`, which from now on is known for a refusal of the network. host: None when it is not known."""
    setattr(error, _HOST, host if isinstance(host, str) else None)
    return error


def name_host(error, host):
    """Adds the host to a refusal of the network that did not know it."""
    if getattr(error, _HOST, "") is None:
        mark_network(error, host)


def refused(error):
    """{"file": path}, {"variable": name} or {"host": name}: what the uncaught `error` could not have. Else None."""
    try:
        return next(filter(None, map(_refused_to, _related(error))), None)
    except MemoryError:
        raise
    except Exception:  # classes of the program take part
        return None


def _related(error):
    """An exception, what it came out of, and what it groups: nearest first."""
    left, seen = [error], set()
    while left and len(seen) < RELATED_LIMIT:
        error = left.pop(0)
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        yield error
        left += (error.__cause__, None if error.__suppress_context__ else error.__context__)
        if isinstance(error, BaseExceptionGroup):
            left += error.exceptions


def _refused_to(error):
    if hasattr(error, _HOST):
        return {"host": getattr(error, _HOST)}
    if isinstance(error, OSError):
        return _refused_file(error)
    return _missing_variable(error)


def _refused_file(error):
    names = [name for name in (error.filename, error.filename2) if isinstance(name, (str, bytes))]
    if error.errno not in _ERRNOS or not names:
        return None
    paths = [posixpath.normpath(posixpath.join(os.getcwd(), os.fsdecode(name))) for name in names]
    last = _capsule.last_denial()
    return {"file": next((path for path in paths if f" {path}: " in last), paths[0])}


def _missing_variable(error):
    if isinstance(error, KeyError) and error.args and error.args[0] in _variables:
        return {"variable": error.args[0]}
    named = re.findall(r"\w+", str(error)[:4096]) if _variables else ()
    return next(({"variable": name} for name in named if len(name) >= NAME_LEAST and name in _variables), None)
