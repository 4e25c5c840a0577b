"""What a caller gets for each kind of value that a subtask returns."""

import collections
import dataclasses

from capsule import task

Pair = collections.namedtuple("Pair", "left right")


@dataclasses.dataclass
class Point:
    x: int


VALUES = {
    "none": None, "zero": 0, "empty": "", "false": False, "list": [1, (2, 3)], "pair": Pair(1, 2), "table": {"b": 1, "a": {"d": 1, "c": 2}},
    "integer keys": {2: "two", 1: "one"}, "large": 2**63 - 1, "result key": {"result": 1}, "success key": {"success": False},
    "error key": {"error": "text"}, "error shape": {"error_type": "mine", "message": "text"}, "json text": '{"a": 1}', "number text": "12",
    "null text": "null", "unicode": "\u2028é\x00", "set": {1}, "point": Point(1), "bytes": b"x", "complex": 1j,
}


@task(name="give")
def give(name):
    return VALUES[name]


def _result(name):
    return give(name)["result"]


def empty_ones():
    return [_result(name) for name in ("none", "zero", "empty", "false")]


def sequences():
    return [_result("list"), _result("pair")]


def tables():
    return [_result("table"), _result("integer keys")]


def large():
    return _result("large")


def keys_of_an_envelope():
    return [_result("result key"), _result("success key"), _result("error key")]


def shape_of_an_error():
    return give("error shape")


def texts_that_look_like_json():
    return [_result("json text"), _result("number text"), _result("null text")]


def unicode_text():
    return _result("unicode")


def not_json():
    return [give(name)["error"] for name in ("set", "point", "bytes", "complex")]


def success_of_not_json():
    return [give(name)["success"] for name in ("set", "list")]


def whole_envelope():
    return give("table")


def keys_in_order():
    return list(give("zero"))


def keys_of_execution():
    return list(give("zero")["execution"])


def type_of_envelope():
    return [type(give("zero")).__name__, isinstance(give("zero"), dict)]
