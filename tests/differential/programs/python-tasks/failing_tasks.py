"""How a caller sees each way in which a subtask fails."""

import os
import sys

from capsule import task


class Refused(Exception):
    def __init__(self, code):
        super().__init__(f"code {code}")
        self.code = code


@task(name="ends")
def ends(how):
    if how == "exit":
        sys.exit(3)
    if how == "exit text":
        sys.exit("with a text")
    if how == "exit zero":
        sys.exit(0)
    if how == "hard exit":
        os._exit(4)
    if how == "recursion":
        return _ends_deeper()
    if how == "interrupt":
        raise KeyboardInterrupt
    if how == "group":
        raise ExceptionGroup("several", [ValueError("a"), TypeError("b")])
    if how == "own":
        raise Refused(5)
    if how == "key":
        return {}["missing"]
    if how == "empty":
        raise ValueError
    if how == "chain":
        try:
            return 1 % 0
        except ZeroDivisionError as error:
            raise RuntimeError("wrapped") from error
    raise ValueError(how)


def _ends_deeper():
    return _ends_deeper()


@task(name="passes_on")
def passes_on(how):
    answer = ends(how)
    if not answer["success"]:
        raise RuntimeError(answer["error"]["message"])
    return answer["result"]


@task(name="counts", max_retries=3)
def counts():
    print("attempt")
    raise OSError("again")


def _error(how):
    error = ends(how)["error"]
    return [error["error_type"], error["message"]]


def exception_texts():
    return [_error(how) for how in ("text", "own", "key", "empty", "chain")]


def exception_group():
    return _error("group")


def unicode_and_lines():
    return _error("zwei\nZeilen 😀")


def too_deep():
    return _error("recursion")


def exit_with_code():
    return ends("exit")


def exit_with_text():
    return ends("exit text")


def exit_with_zero():
    return ends("exit zero")


def hard_exit():
    return ends("hard exit")


def interrupt():
    return ends("interrupt")


def caller_goes_on():
    return [ends("first")["success"], ends("second")["success"], "still here"]


def passed_on():
    return passes_on("inner")["error"]["message"]


def result_is_none():
    return ends("x")["result"]


def raised_again():
    raise ValueError(ends("inner")["error"]["message"])


def retried():
    return counts()["success"]


def missing_argument():
    return ends()["error"]["message"]


def too_many_arguments():
    return ends("a", "b")["error"]["message"]
