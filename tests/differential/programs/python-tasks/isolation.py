"""What a subtask shares with its caller: nothing but arguments and result."""

import os
import random
import sys

from capsule import task

STATE = {"count": 0}


@task(name="changes")
def changes():
    STATE["count"] += 1
    sys.modules["invented"] = sys
    os.environ["SET_INSIDE"] = "yes"
    return STATE["count"]


@task(name="reads_state")
def reads_state():
    return [STATE["count"], "invented" in sys.modules, os.environ.get("SET_INSIDE")]


@task(name="extends")
def extends(values):
    values.append("inside")
    return values


@task(name="patched")
def patched():
    return len("four")


@task(name="identity")
def identity(values):
    return [id(values) > 0, values]


@task(name="random_number")
def random_number():
    return random.random()


@task(name="temporary")
def temporary():
    try:
        with open("/tmp/left", "x") as file:
            file.write("x")
        return "written"
    except OSError as error:
        return type(error).__name__


def globals_are_fresh():
    STATE["count"] = 41
    return [changes()["result"], changes()["result"], STATE["count"], reads_state()["result"]]


def arguments_are_copies():
    values = ["outside"]
    return [extends(values)["result"], values]


def a_patch_stays_here():
    import builtins

    original = builtins.len
    builtins.len = lambda value: -1
    try:
        return [patched()["result"], len("x")]
    finally:
        builtins.len = original


def random_numbers_differ():
    return random_number()["result"] != random_number()["result"]


def random_seed_of_the_caller():
    random.seed(5)
    return random_number()["result"] == random.Random(5).random()


def output_in_order():
    print("before")
    speaks("inside")
    print("after")


@task(name="speaks")
def speaks(text):
    print(text)
    print(text, file=sys.stderr)
