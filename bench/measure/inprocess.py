"""The C programs of inprocess/, which use the library as an embedder does."""

import statistics

from measure.paths import BUILD
from measure.process import run_json

CALLS = BUILD / "bench-calls"


def calls(folder, file, *words, count, threads=1, trace=False, task=()):
    """What `bench-calls` prints, as an object."""
    flags = ["-n", count, "-t", threads, *([] if trace else ["-T"]), *words]
    return run_json([CALLS, *flags, file, *task], folder)


def program(name, folder, *words):
    return run_json([BUILD / f"bench-{name}", *words], folder)


def middle(rounds, key):
    """The median of what each round found."""
    return statistics.median(one[key] for one in rounds)


def least(rounds, key):
    return min(one[key] for one in rounds)
