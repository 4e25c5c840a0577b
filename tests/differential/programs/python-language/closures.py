"""Scopes: nonlocal, late binding, defaults that live on, comprehensions, global names."""

COUNTER = 0


def _counter():
    count = 0

    def more():
        nonlocal count
        count += 1
        return count

    return more


def nonlocal_name():
    first, second = _counter(), _counter()
    return [first(), first(), second()]


def late_binding():
    return [f() for f in [lambda: n for n in range(3)]]


def early_binding():
    return [f() for f in [lambda n=n: n for n in range(3)]]


def mutable_default():
    def collect(value, into=[]):
        into.append(value)
        return into

    return [collect(1), collect(2)][1]


def global_name():
    global COUNTER
    COUNTER += 1
    return COUNTER


def unbound_local():
    value = missing
    missing = 1
    return value


def comprehension_scope():
    n = "outside"
    squares = [n * n for n in range(3)]
    return [n, squares]


def nested_comprehension():
    return [[row * column for column in range(3)] for row in range(2)], {n: n % 2 for n in range(3)}


def starred():
    first, *middle, last = range(5)
    return [first, middle, last, [*middle, *"ab"], {**{"a": 1}, "b": 2}]


def positional_only():
    def divide(a, b, /, *, digits=2):
        return round(a / b, digits)

    return [divide(1, 3), divide(1, 3, digits=4)]


def positional_by_name():
    def divide(a, /):
        return a

    return divide(a=1)


def locals_and_vars():
    x, y = 1, 2
    return sorted(locals())
