"""Objects that end: finalizers, weak references, cycles, exit handlers."""

import gc
import weakref


class _Thing:
    def __init__(self, name, seen):
        self.name, self.seen = name, seen

    def __del__(self):
        self.seen.append(f"{self.name} ended")


def reference_counting():
    seen = []
    thing = _Thing("a", seen)
    seen.append("before")
    del thing
    seen.append("after")
    return seen


def cycle_collected():
    seen = []
    thing = _Thing("c", seen)
    thing.self = thing
    del thing
    before = list(seen)
    gc.collect()
    return [before, seen]


def weak_reference():
    thing = _Thing("w", [])
    reference = weakref.ref(thing)
    alive = reference() is thing
    del thing
    return [alive, reference()]


def weak_dictionary():
    table = weakref.WeakValueDictionary()
    thing = _Thing("v", [])
    table["k"] = thing
    found = "k" in table
    del thing
    return [found, "k" in table]


def finalizer():
    seen = []
    thing = _Thing("f", [])
    weakref.finalize(thing, seen.append, "finalized")
    del thing
    return seen


def exit_handler():
    import atexit

    atexit.register(print, "at exit")
    return "registered"


def generator_cleanup():
    seen = []

    def numbers():
        try:
            yield 1
        finally:
            seen.append("closed")

    generator = numbers()
    next(generator)
    del generator
    return seen
