"""Pattern matching: classes, mappings, guards, alternatives, captures."""

import dataclasses


@dataclasses.dataclass
class Circle:
    radius: float


class Square:
    __match_args__ = ("side",)

    def __init__(self, side):
        self.side = side


def _describe(value):
    match value:
        case None:
            return "none"
        case True | False:
            return "boolean"
        case int(n) if n < 0:
            return f"negative {n}"
        case int() | float():
            return "number"
        case "":
            return "empty"
        case str(text):
            return f"text {text}"
        case []:
            return "nothing"
        case [single]:
            return ["one", single]
        case [first, *_, last]:
            return ["ends", first, last]
        case {"kind": "point", "at": (x, y), **rest}:
            return ["point", x, y, rest]
        case Circle(radius=r):
            return ["circle", r]
        case Square(side):
            return ["square", side]
        case _:
            return type(value).__name__


def scalars():
    return [_describe(value) for value in (None, True, -3, 4, 2.5, "", "x")]


def sequences():
    return [_describe(value) for value in ([], [1], (1, 2, 3), range(3), b"ab")]


def mappings():
    return [_describe({"kind": "point", "at": [1, 2], "more": 3}), _describe({"kind": "line"})]


def objects():
    return [_describe(Circle(1.5)), _describe(Square(2))]


def nested():
    match {"a": [{"b": (1, [2, 3])}]}:
        case {"a": [{"b": (one, [*rest])}]}:
            return [one, rest]


def nothing_matches():
    match 5:
        case 6:
            return "six"


def too_many_positions():
    match Square(1):
        case Square(a, b):
            return [a, b]


def as_pattern():
    match ["go", "north"]:
        case ["go", ("north" | "south") as direction]:
            return direction
