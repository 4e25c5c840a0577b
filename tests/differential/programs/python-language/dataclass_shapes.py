"""Dataclasses: defaults, order, frozen ones, slots, fields made later."""

import dataclasses
import json


@dataclasses.dataclass
class Item:
    name: str
    tags: list = dataclasses.field(default_factory=list)
    weight: float = 1.0
    label: str = dataclasses.field(init=False)

    def __post_init__(self):
        self.label = f"{self.name}:{self.weight}"


@dataclasses.dataclass(frozen=True, order=True, slots=True)
class Point:
    x: int
    y: int = 0


@dataclasses.dataclass(kw_only=True)
class Options:
    depth: int = 3


def representation():
    return [repr(Item("a")), str(Point(1))]


def as_dict():
    return dataclasses.asdict(Item("a", ["x"]))


def as_tuple():
    return dataclasses.astuple(Point(1, 2))


def ordered():
    return [point.x for point in sorted([Point(3), Point(1, 5), Point(1, 2)])]


def hashed():
    return len({Point(1, 2), Point(1, 2), Point(2, 1)})


def replaced():
    return dataclasses.asdict(dataclasses.replace(Point(1, 2), y=9))


def field_names():
    return [[field.name, field.default is dataclasses.MISSING] for field in dataclasses.fields(Item)]


def frozen():
    Point(1).x = 5


def keyword_only():
    Options(3)


def mutable_default():
    @dataclasses.dataclass
    class Wrong:
        values: list = []


def encoded():
    return json.dumps(Item("a"), default=dataclasses.asdict)


def returned_itself():
    return Item("a")
