"""The option `max_retries`: how often a task is tried, what is counted, what is seen of each attempt."""

import sys

from capsule import task


@task(name="never_again", max_retries=0)
def never_again():
    print("attempt")
    raise ValueError("no")


@task(name="twice_more", max_retries=2)
def twice_more():
    print("attempt")
    raise ValueError("no")


@task(name="fine_at_once", max_retries=5)
def fine_at_once():
    print("attempt")
    return "fine"


@task(name="no_value", max_retries=None)
def no_value():
    print("attempt")
    raise ValueError("no")


@task(name="later_fine", max_retries=2, allowed_files=["data"])
def later_fine():
    with open("data/attempts.txt", "a") as file:
        file.write("x")
    with open("data/attempts.txt") as file:
        tries = len(file.read())
    if tries < 3:
        raise OSError("not yet")
    return tries


@task(name="times_out", max_retries=1, timeout="200ms")
def times_out():
    print("attempt", file=sys.stderr)
    while True:
        pass


def none_wanted():
    return never_again()["success"]


def two_wanted():
    return twice_more()["success"]


def not_needed():
    return fine_at_once()["result"]


def not_given():
    return no_value()["success"]


def third_attempt():
    return later_fine()["result"]


def after_a_timeout():
    return times_out()["error"]["error_type"]
