"""Enumerations: names, values, flags, texts, what is refused."""

import enum


class Colour(enum.Enum):
    RED = 1
    GREEN = 2
    CRIMSON = 1


class Mode(enum.StrEnum):
    READ = enum.auto()
    WRITE = enum.auto()


class Right(enum.Flag):
    READ = 4
    WRITE = 2
    RUN = 1


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 3


def names():
    return [[colour.name, colour.value] for colour in Colour]


def alias():
    return Colour.CRIMSON is Colour.RED


def by_value():
    return [Colour(2).name, Colour["RED"].value]


def unknown_value():
    return Colour(9)


def unknown_name():
    return Colour["BLUE"]


def texts():
    return [str(Colour.RED), repr(Colour.RED), f"{Mode.READ}", repr(Mode.WRITE), f"{Level.HIGH}", repr(Level.HIGH)]


def flags():
    both = Right.READ | Right.RUN
    return [both.value, Right.WRITE in both, repr(both), [right.name for right in both]]


def text_value():
    return {"mode": Mode.WRITE}


def integer_value():
    return [Level.HIGH, Level.LOW + 1, Level.HIGH > Level.LOW]


def as_key():
    return {Mode.READ: 1, Level.HIGH: 2}


def reassigned():
    Colour.RED = 5


def functional():
    return list(enum.Enum("Made", ["A", "B"]).__members__)
