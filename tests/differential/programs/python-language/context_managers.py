"""Context managers: order, suppression, several at once, what happens to exceptions."""

import contextlib


class _Trace:
    def __init__(self, seen, name, swallow=False):
        self.seen, self.name, self.swallow = seen, name, swallow

    def __enter__(self):
        self.seen.append(f"enter {self.name}")
        return self.name

    def __exit__(self, kind, error, traceback):
        self.seen.append(f"exit {self.name} {kind.__name__ if kind else None}")
        return self.swallow


@contextlib.contextmanager
def _tag(seen, name):
    seen.append(f"<{name}>")
    try:
        yield name
    finally:
        seen.append(f"</{name}>")


def order():
    seen = []
    with _Trace(seen, "a") as a, _Trace(seen, "b") as b:
        seen.append(a + b)
    return seen


def swallowed():
    seen = []
    with _Trace(seen, "outer"), _Trace(seen, "inner", swallow=True):
        raise KeyError("k")
    return seen


def not_swallowed():
    with _Trace([], "a"):
        raise KeyError("k")


def decorated():
    seen = []
    with contextlib.suppress(ValueError), _tag(seen, "b"):
        raise ValueError
    return seen


def stack():
    seen = []
    with contextlib.ExitStack() as stack:
        for name in "xyz":
            stack.enter_context(_Trace(seen, name))
        stack.callback(seen.append, "callback")
    return seen


def closing():
    class Closed:
        closed = False

        def close(self):
            self.closed = True

    thing = Closed()
    with contextlib.closing(thing):
        pass
    return thing.closed


def no_protocol():
    with 5:
        pass


async def asynchronous():
    seen = []

    @contextlib.asynccontextmanager
    async def tag(name):
        seen.append(name)
        yield
        seen.append(f"/{name}")

    async with tag("a"), tag("b"):
        seen.append("inside")
    return seen
