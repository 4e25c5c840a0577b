"""Generators: values sent in, exceptions thrown in, delegation, what is left when they end."""

import itertools


def _echo():
    seen = []
    try:
        while True:
            seen.append((yield len(seen)))
    except ValueError as error:
        yield [*seen, str(error)]
    finally:
        seen.clear()


def _inner():
    received = yield "first"
    return [received, "returned"]


def _outer():
    answer = yield from _inner()
    yield answer


def _flat(values):
    for value in values:
        if isinstance(value, list):
            yield from _flat(value)
        else:
            yield value


def sent():
    generator = _echo()
    return [next(generator), generator.send("a"), generator.send("b")]


def thrown():
    generator = _echo()
    next(generator)
    generator.send("a")
    return generator.throw(ValueError("in"))


def delegated():
    generator = _outer()
    return [next(generator), generator.send("sent")]


def recursive():
    return list(_flat([1, [2, [3, [4]], 5]]))


def closed():
    generator = _echo()
    next(generator)
    generator.close()
    return next(generator, "ended")


def exhausted():
    return next(iter(()))


def stop_iteration_inside():
    def wrong():
        yield 1
        raise StopIteration

    return list(wrong())


def lazy():
    return list(itertools.islice((n * n for n in itertools.count()), 5))


def chained():
    return [list(itertools.chain("ab", [1])), list(itertools.batched(range(5), 2)), list(itertools.pairwise("abc"))]


def send_too_early():
    return _echo().send("value")


def returned_itself():
    return (n for n in range(3))
