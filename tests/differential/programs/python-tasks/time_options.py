"""The options `timeout` and `compute`: ways to write them, what happens at the limit and below it."""

import time

from capsule import task


@task(name="in_milliseconds", timeout="300ms")
def in_milliseconds(busy):
    while busy:
        pass
    return "done"


@task(name="in_seconds", timeout="1s")
def in_seconds(busy):
    while busy:
        pass
    return "done"


@task(name="in_minutes", timeout="1m")
def in_minutes():
    return "done"


@task(name="asleep", timeout="200ms")
def asleep(seconds):
    time.sleep(seconds)
    return "awake"


@task(name="in_capitals", compute="LOW")
def in_capitals(turns):
    return sum(1 for _ in range(turns))


@task(name="in_small_letters", compute="low")
def in_small_letters(turns):
    return sum(1 for _ in range(turns))


@task(name="in_units", compute="5000000")
def in_units(turns):
    return sum(1 for _ in range(turns))


@task(name="high", compute="HIGH")
def high(turns):
    return sum(1 for _ in range(turns))


@task(name="both", compute="LOW", timeout="30s")
def both():
    while True:
        pass


def below_the_timeouts():
    return [in_milliseconds(False)["result"], in_seconds(False)["result"], in_minutes()["result"], asleep(0)["result"]]


def milliseconds():
    answer = in_milliseconds(True)
    return [answer["success"], answer["error"]["error_type"], 250 < answer["execution"]["duration_ms"] < 5000]


def seconds():
    answer = in_seconds(True)
    return [answer["success"], answer["error"]["error_type"], 900 < answer["execution"]["duration_ms"] < 6000]


def sleeping():
    answer = asleep(3)
    return [answer["success"], answer["error"]["error_type"]]


def below_the_compute():
    return [in_capitals(1000)["result"], in_small_letters(1000)["result"], high(100_000)["result"]]


def capitals():
    return in_capitals(100_000_000)["success"]


def small_letters():
    return in_small_letters(100_000_000)["success"]


def units():
    return [in_units(10)["success"], in_units(10_000_000)["success"]]


def compute_ends_first():
    return both()["success"]


def fuel_is_told():
    few, many = high(1000)["execution"]["fuel_consumed"], high(200_000)["execution"]["fuel_consumed"]
    return [few > 0, many > few]
