"""The SDK from inside a task: its names, its decorator on other things, answers unpacked in the usual ways."""

import capsule
from capsule import task


@task(name="divide", compute="LOW")
def divide(a, b):
    """Divides."""
    return a / b


@task(name="lookup")
def lookup(key):
    return {"a": {"nested": [1, 2, 3]}}[key]


def _unwrap(answer):
    if not answer["success"]:
        raise RuntimeError(answer["error"]["message"])
    return answer["result"]


def names():
    return [name for name in ("task", "run", "http", "TaskRunner", "RunnerResult") if not hasattr(capsule, name)]


def unwrapped():
    return _unwrap(divide(6, 4))


def unwrapped_failure():
    return _unwrap(divide(1, 0.5 - 0.5)) if False else _unwrap(lookup("b"))


def with_get():
    return [divide(1, 2).get("result"), divide(1, 2).get("missing", "default"), lookup("b").get("result")]


def conditional():
    return answer["result"] if (answer := divide(9, 3))["success"] else None


def nested_value():
    return lookup("a")["result"]["nested"][-1]


def matched():
    match lookup("b"):
        case {"success": True, "result": result}:
            return result
        case {"success": False, "error": {"error_type": kind, "message": text}}:
            return [kind, text]


def iterated():
    return [key for key in divide(1, 2) if key in ("success", "result", "error", "execution")]


def documentation():
    return divide.__doc__


def decorated_twice():
    again = task(name="divide_again")(lambda a: a * 2)
    return again(2)["success"]


def decorator_refuses_mode():
    return task(name="wrong", allowed_files=[{"path": "x", "mode": "sometimes"}])


def decorator_refuses_option():
    return task(name="wrong", memory="1GB")
