"""Exceptions: chains, groups, notes, finally, else, what an uncaught one says."""


class Refused(Exception):
    def __init__(self, code, reason):
        super().__init__(code, reason)
        self.code = code


def _finally(seen):
    try:
        return "tried"
    finally:
        seen.append("finally")


def else_and_finally():
    seen = []
    try:
        seen.append("try")
    except ValueError:
        seen.append("except")
    else:
        seen.append("else")
    finally:
        seen.append("finally")
    return [seen, _finally(seen)]


def return_in_both():
    def both():
        try:
            return 1
        finally:
            return 2

    return both()


def cause_and_context():
    try:
        try:
            1 / 0
        except ZeroDivisionError as error:
            raise ValueError("second") from error
    except ValueError as error:
        return [str(error), type(error.__cause__).__name__, type(error.__context__).__name__]


def context_only():
    try:
        {}["k"]
    except KeyError:
        raise RuntimeError("while handling")


def from_none():
    try:
        {}["k"]
    except KeyError:
        raise RuntimeError("alone") from None


def notes():
    error = ValueError("noted")
    error.add_note("a note")
    raise error


def own_arguments():
    raise Refused(5, "too much")


def own_caught():
    try:
        raise Refused(5, "too much")
    except Refused as error:
        return [error.code, error.args, str(error), repr(error)]


def group_split():
    seen = []
    try:
        raise ExceptionGroup("several", [ValueError("a"), TypeError("b"), ValueError("c")])
    except* ValueError as group:
        seen.append([str(error) for error in group.exceptions])
    except* TypeError as group:
        seen.append([str(error) for error in group.exceptions])
    return seen


def group_rest():
    try:
        raise ExceptionGroup("several", [ValueError("a"), OSError("b")])
    except* ValueError:
        pass


def raise_no_exception():
    raise "text"


def bare_raise():
    raise


def class_alone():
    raise KeyError


def key_error_text():
    return {"a": 1}["a key with 'quotes'"]


def no_text():
    raise ValueError


def number_as_text():
    raise ValueError(42)


def assertion_with_value():
    assert [] == [1], {"why": "lists differ"}


def deep_traceback():
    def down(n):
        return down(n - 1) if n else 1 / 0.0

    return down(20)
