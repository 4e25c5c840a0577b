"""JSON that keeps what the parser of the standard library forgets: how numbers are spelled. (Order of keys is kept anyway.)"""

import json
import sys

sys.setrecursionlimit(10_000)  # results of the corpus are up to 500 levels deep, and each level takes some calls here


class Number(str):
    """A number as it was written."""

    @property
    def is_integer(self):
        return self.lstrip("-").isdigit()


def load(text):
    """The value of a JSON text; its numbers are Number. ValueError when it is none, NaN and Infinity included."""
    def refuse(name):
        raise ValueError(f"{name} is no JSON")

    return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=refuse)


def dump(value):
    """The JSON text of such a value: no spaces, keys in their order, numbers as they were written."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{dump(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dump, value)) + "]"
    return json.dumps(value)
