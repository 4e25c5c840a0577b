"""Classes: properties, class and static methods, slots, operators, inheritance with several bases."""

import functools


class Money:
    __slots__ = ("cents",)

    def __init__(self, cents):
        self.cents = cents

    @property
    def euros(self):
        return self.cents / 100

    @classmethod
    def parse(cls, text):
        whole, _, part = text.partition(".")
        return cls(int(whole) * 100 + int(part or 0))

    @staticmethod
    def currency():
        return "EUR"

    def __add__(self, other):
        return Money(self.cents + other.cents)

    def __repr__(self):
        return f"Money({self.cents})"


@functools.total_ordering
class Version:
    def __init__(self, *parts):
        self.parts = parts

    def __eq__(self, other):
        return self.parts == other.parts

    def __lt__(self, other):
        return self.parts < other.parts


class Base:
    def name(self):
        return ["base"]


class Left(Base):
    def name(self):
        return ["left", *super().name()]


class Right(Base):
    def name(self):
        return ["right", *super().name()]


class Both(Left, Right):
    def name(self):
        return ["both", *super().name()]


class Vector:
    def __init__(self, *values):
        self.values = values

    def __getitem__(self, index):
        return self.values[index]

    def __len__(self):
        return len(self.values)

    def __contains__(self, value):
        return value in self.values

    def __matmul__(self, other):
        return sum(a * b for a, b in zip(self.values, other.values))

    def __call__(self, factor):
        return [value * factor for value in self.values]


def members():
    total = Money.parse("3.50") + Money(25)
    return [repr(total), total.euros, Money.currency()]


def no_new_attribute():
    Money(1).name = "x"


def ordering():
    return [Version(1, 2) < Version(1, 10), Version(2) >= Version(2), str(max(Version(1), Version(3)).parts)]


def resolution_order():
    return [Both().name(), [kind.__name__ for kind in Both.__mro__]]


def container():
    vector = Vector(1, 2, 3)
    return [vector[1], vector[-2:], len(vector), 3 in vector, list(vector), vector @ vector, vector(10)]


def impossible_order():
    return type("Impossible", (Base, Left), {})


def missing_operator():
    return Base() + 1


def returned_as_text():
    return str(Money(5))


def returned_itself():
    return Money(5)
