"""Values as exact JSON.

Integers of any length survive both ways, and what JSON cannot hold is reported with the place where it was found.
"""

import json
import sys
from json.encoder import c_make_encoder, encode_basestring, encode_basestring_ascii

#: Characters of a key or an index shown in the path to a value.
_SHOWN = 40


class NotSerializable(ValueError):
    """A value has no JSON form. The text says what it is and where."""


def _refuse(value):
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _encoder(markers):
    # markers, default, encoder, indent, key separator, item separator, sort_keys, skipkeys, allow_nan
    return c_make_encoder(markers, _refuse, encode_basestring, None, ":", ",", False, False, False)


_scan = json.JSONDecoder().scan_once


def loads(text):
    """The value of a JSON text that the host wrote: no space around it, integers of any length."""
    try:
        return _scan(text, 0)[0]
    except StopIteration:
        raise ValueError("not JSON") from None
    except ValueError:
        return _with_long_integers(_scan, text, 0)[0]


def dumps(value, root="result"):
    """The JSON text of `value`, as short as JSON can be. `root` names the value in an error.

    Raises NotSerializable, and RecursionError for nesting that is too deep.
    """
    try:
        return _encode(value)
    except (TypeError, ValueError) as error:
        problem = error
    found = find_problem(value, root)
    if found:
        raise NotSerializable(found)
    try:
        return _with_long_integers(_encode, value)
    except (TypeError, ValueError):
        raise NotSerializable(f"{problem} (at {root})") from None


def _encode(value):
    text = "".join(_encoder({})(value, 0))
    if not text.isascii():
        text.encode()  # a lone surrogate raises UnicodeEncodeError, a ValueError
    return text


def _with_long_integers(function, *args):
    """Calls with the interpreter's limit on decimal digits lifted: the host limits sizes and computing instead."""
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        return function(*args)
    finally:
        sys.set_int_max_str_digits(limit)


def find_problem(value, root):
    """Why `value` has no JSON form and where, or None. Needs no recursion, so it works on any depth."""
    path, open_containers = [root], set()
    problem = _problem_of(value)
    if problem:
        return f"{problem} (at {root})"
    stack = [(value, _children(value))]
    open_containers.add(id(value))
    while stack:
        container, children = stack[-1]
        for step, key, child in children:
            problem = _problem_of_key(key) or _problem_of(child)
            if not problem and id(child) in open_containers:
                problem = "Circular reference detected"
            if problem:
                return f"{problem} (at {''.join(path)}{step})"
            if isinstance(child, (dict, list, tuple)):
                stack.append((child, _children(child)))
                open_containers.add(id(child))
                path.append(step)
                break
        else:
            stack.pop()
            open_containers.discard(id(container))
            path.pop()
    return None


def _children(value):
    if isinstance(value, dict):
        return ((f"[{_show(key)}]", key, child) for key, child in value.items())
    if isinstance(value, (list, tuple)):
        return ((f"[{index}]", None, child) for index, child in enumerate(value))
    return iter(())


def _show(key):
    try:
        text = encode_basestring_ascii(key) if isinstance(key, str) else repr(key)
    except Exception:  # a key's own __repr__
        text = type(key).__name__
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _problem_of(value):
    if isinstance(value, float):
        return _problem_of_float(value)
    if isinstance(value, str):
        return _problem_of_text(value)
    if value is None or isinstance(value, (int, dict, list, tuple)):
        return None
    return f"Object of type {type(value).__name__} is not JSON serializable"


def _problem_of_float(value):
    if value != value:
        return "NaN is not JSON serializable"
    if value in (float("inf"), float("-inf")):
        return f"{'-' if value < 0 else ''}Infinity is not JSON serializable"
    return None


def _problem_of_text(value):
    try:
        value.encode()
    except UnicodeEncodeError as error:
        return f"Text with the lone surrogate U+{ord(value[error.start]):04X} is not JSON serializable"
    return None


def _problem_of_key(key):
    if isinstance(key, float):
        return _problem_of_float(key)
    if isinstance(key, str):
        return _problem_of_text(key)
    if key is None or isinstance(key, int):
        return None
    return f"Keys must be str, int, float, bool or None, not {type(key).__name__}"
