"""What a subtask receives for each kind of argument."""

import datetime
import decimal
import enum

from capsule import task


class Level(enum.IntEnum):
    HIGH = 3


@task(name="kinds")
def kinds(*values):
    return [[type(value).__name__, value] for value in values]


@task(name="swapped")
def swapped(first, second):
    return [second, first]


def scalars():
    return kinds(None, True, 0, -1.5, "", "ü😀\n")["result"]


def containers():
    return kinds([1, [2]], {"b": {"a": 1}}, [])["result"]


def tuple_becomes_list():
    return kinds((1, 2), ())["result"]


def integer_keys():
    return kinds({1: "one", None: 2, True: 3})["result"]


def enumeration():
    return kinds(Level.HIGH)["result"]


def large_integer():
    return kinds(2**62, 2**53 + 1)["result"]


def larger_integer():
    return kinds(2**70)["result"]


def large_text():
    return len(kinds("x" * 300_000)["result"][0][1])


def float_precision():
    return kinds(0.1 + 0.2, 1e-320, 1.0)["result"]


def not_a_number():
    return swapped(float("nan"), float("inf"))


def date():
    return swapped(datetime.date(2024, 1, 2), 1)


def decimal_number():
    return swapped(decimal.Decimal("1.5"), 1)


def a_set():
    return swapped({1, 2}, 1)


def a_function():
    return swapped(len, 1)


def order_of_keys():
    return kinds({"z": 1, "a": 2})["result"]


def looks_like_a_call():
    return swapped({"task_name": "other", "args": [], "kwargs": {"first": 1}}, '{"args": []}')["result"]


def unpacked():
    return swapped(*[1, 2])["result"]
