"""Names of tasks: given, taken from the function, odd ones, functions that are passed about."""

import functools

from capsule import task


@task()
def from_the_function():
    """A text about it."""
    return "unnamed"


@task(name="with blanks and ü")
def odd():
    return "odd"


@task(name="first name")
def renamed():
    return "renamed"


@task("positional name")
def positional():
    return "positional"


def plain(value):
    return value * 2


wrapped = task(name="made_by_a_call")(plain)


class Holder:
    @staticmethod
    @task(name="of_a_class")
    def method(value):
        return value + 1


def names_in_envelopes():
    return [answer["execution"]["task_name"] for answer in (from_the_function(), odd(), renamed(), positional(), wrapped(1), Holder.method(1))]


def results():
    return [answer["result"] for answer in (from_the_function(), odd(), renamed(), positional(), wrapped(2), Holder.method(1))]


def plain_function_stays():
    return plain(4)


def function_facts():
    return [from_the_function.__name__, from_the_function.__doc__, callable(wrapped)]


def passed_about():
    return [call()["result"] for call in [odd, functools.partial(wrapped, 5), lambda: Holder.method(9)]]


def made_while_running():
    late = task(name="made_late")(lambda: "late")
    answer = late()
    return answer.get("success") if isinstance(answer, dict) else answer
