"""One kind of result for each argument."""

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import json
import math
import pathlib
import uuid

from capsule import task


class Colour(enum.Enum):
    RED = 1


class Level(enum.IntEnum):
    HIGH = 3


@dataclasses.dataclass
class Point:
    x: int
    y: int


Pair = collections.namedtuple("Pair", "left right")


class Text(str):
    pass


class Table(dict):
    pass


def nested(depth):
    value = "deep"
    for _ in range(depth):
        value = [value]
    return value


KINDS = {
    "none": lambda: None,
    "true": lambda: True,
    "false": lambda: False,
    "zero": lambda: 0,
    "int": lambda: 42,
    "negative": lambda: -17,
    "int53": lambda: 2**53 + 1,
    "int63": lambda: 2**63 - 1,
    "int64": lambda: 2**64 - 1,
    "int70": lambda: 2**70,
    "int400": lambda: 10**400,
    "float": lambda: 1.5,
    "float-whole": lambda: 2.0,
    "float-tenth": lambda: 0.1 + 0.2,
    "float-small": lambda: 5e-324,
    "float-large": lambda: 1.7976931348623157e308,
    "float-exponent": lambda: 1e22,
    "float-minus-zero": lambda: -0.0,
    "nan": lambda: float("nan"),
    "infinity": lambda: [1, -math.inf],
    "empty-string": lambda: "",
    "string": lambda: "plain text",
    "unicode": lambda: "Grüße 日本語 😀",
    "control": lambda: "a\x00b\x1b[31m\t\n\x7f",
    "quotes": lambda: "\"quoted\" \\ back / slash",
    "separators": lambda: "\u2028\u2029\ufeff",
    "surrogate": lambda: "\ud800",
    "long-string": lambda: "x" * 100_000,
    "json-text": lambda: json.dumps({"a": 1}),
    "empty-list": lambda: [],
    "list": lambda: [1, "two", 3.0, None, True],
    "tuple": lambda: (1, (2, 3)),
    "empty-dict": lambda: {},
    "dict": lambda: {"one": 1, "two": [2], "three": {"a": None}},
    "dict-order": lambda: {"b": 1, "a": {"z": 1, "y": {"d": 1, "c": 2}}},
    "dict-int-keys": lambda: {1: "one", 2: "two"},
    "dict-none-key": lambda: {None: 1, True: 2},
    "dict-float-keys": lambda: {1.5: "x"},
    "dict-tuple-key": lambda: {(1, 2): "x"},
    "dict-result-key": lambda: {"result": 5},
    "dict-result-and-more": lambda: {"result": 5, "other": 6},
    "dict-error-key": lambda: {"error": "mine"},
    "dict-success-key": lambda: {"success": False, "result": None, "error": "mine"},
    "dict-error-shape": lambda: {"error_type": "custom", "message": "not a failure"},
    "nested-20": lambda: nested(20),
    "nested-100": lambda: nested(100),
    "nested-500": lambda: nested(500),
    "large-list": lambda: list(range(20_000)),
    "bytes": lambda: b"bytes",
    "bytearray": lambda: bytearray(b"x"),
    "set": lambda: {1},
    "frozenset": lambda: frozenset(),
    "complex": lambda: 1j,
    "decimal": lambda: decimal.Decimal("1.10"),
    "fraction": lambda: fractions.Fraction(1, 3),
    "date": lambda: datetime.date(2020, 1, 2),
    "datetime": lambda: datetime.datetime(2020, 1, 2, 3, 4, 5),
    "uuid": lambda: uuid.UUID(int=5),
    "path": lambda: pathlib.PurePosixPath("/a/b"),
    "enum": lambda: Colour.RED,
    "int-enum": lambda: Level.HIGH,
    "dataclass": lambda: Point(1, 2),
    "dataclass-dict": lambda: dataclasses.asdict(Point(1, 2)),
    "namedtuple": lambda: Pair(1, "r"),
    "str-subclass": lambda: Text("sub"),
    "dict-subclass": lambda: Table(a=1),
    "ordered-dict": lambda: collections.OrderedDict([("z", 1), ("a", 2)]),
    "counter": lambda: collections.Counter("aab"),
    "defaultdict": lambda: collections.defaultdict(list, {"k": [1]}),
    "deque": lambda: collections.deque([1]),
    "generator": lambda: (n for n in range(3)),
    "range": lambda: range(3),
    "function": lambda: len,
    "class": lambda: Point,
    "module": lambda: json,
    "object": lambda: object(),
    "exception": lambda: ValueError("returned, not raised"),
    "bytes-inside": lambda: {"deep": [{"b": b"x"}]},
}


def cycle():
    value = []
    value.append(value)
    return value


@task(name="main")
def main(kind):
    return cycle() if kind == "cycle" else KINDS[kind]()
