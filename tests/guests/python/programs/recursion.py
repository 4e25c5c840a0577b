"""Deep recursion ends in RecursionError, and the interpreter works on as if nothing had been."""

import functools


def plain(n):
    return plain(n + 1)


class Attribute:
    def __getattr__(self, name):
        return getattr(self, name + "x")


class Text:
    def __repr__(self):
        return repr(self)


class Sum:
    def __add__(self, other):
        return self + other


def by_generator():
    yield from by_generator()


def by_sort(n=0):
    return sorted([1, 2], key=lambda _: by_sort(n + 1))


def by_reduce(n=0):
    return functools.reduce(lambda *_: by_reduce(n + 1), [1, 2])


def by_exec(n=0):
    exec("by_exec(n + 1)", globals(), {"n": n})


def by_comparison():
    left, right = [], []
    left.append(right)
    right.append(left)
    other_left, other_right = [], []
    other_left.append(other_right)
    other_right.append(other_left)
    return left == other_left


ATTEMPTS = {
    "plain": lambda: plain(0),
    "attribute": lambda: Attribute().a,
    "text": lambda: repr(Text()),
    "sum": lambda: Sum() + 1,
    "generator": lambda: list(by_generator()),
    "sort": by_sort,
    "reduce": by_reduce,
    "exec": by_exec,
    "comparison": by_comparison,
}


def main():
    told = {}
    for _ in range(3):
        for name, attempt in ATTEMPTS.items():
            try:
                attempt()
            except RecursionError as error:
                told[name] = str(error)
            else:
                raise AssertionError(f"{name} ended")
    assert sum(range(10)) == 45
    return list(told)
