"""Decorators: with arguments, of classes, stacked, with state, of methods."""

import functools


def _repeat(times):
    def decorator(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return [function(*args, **kwargs) for _ in range(times)]

        return wrapper

    return decorator


def _register(registry):
    def decorator(kind):
        registry[kind.__name__] = kind
        return kind

    return decorator


class _Count:
    def __init__(self, function):
        self.function, self.calls = function, 0

    def __call__(self, *args):
        self.calls += 1
        return self.function(*args)


@_repeat(2)
def _greet(name):
    """Greets."""
    return f"hello {name}"


class _Cached:
    made = 0

    @functools.cached_property
    def value(self):
        type(self).made += 1
        return self.made

    @functools.singledispatchmethod
    def describe(self, value):
        return "anything"

    @describe.register
    def _(self, value: int):
        return "integer"


def wrapped():
    return [_greet("a"), _greet.__name__, _greet.__doc__]


def stacked():
    return _repeat(2)(_repeat(1)(len))("abc")


def of_a_class():
    registry = {}

    @_register(registry)
    class Plugin:
        pass

    return list(registry)


def with_state():
    counted = _Count(abs)
    counted(-1), counted(2)
    return counted.calls


def cached():
    thing = _Cached()
    return [thing.value, thing.value, _Cached.made]


def dispatched():
    return [_Cached().describe("x"), _Cached().describe(5)]


def memory():
    calls = []

    @functools.cache
    def square(n):
        calls.append(n)
        return n * n

    return [square(3), square(3), calls, square.cache_info().hits]


def partial():
    return [functools.partial(int, base=2)("101"), functools.reduce(lambda a, b: a * 10 + b, [1, 2, 3])]
