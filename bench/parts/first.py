"""The first run of a program that nobody has seen before, and the second of the same."""

import tempfile
import time

from measure.paths import CAPSULE
from measure.process import run
from measure.rounds import Contestant, interleave
from parts import samples
from peers import presence
from report.table import Column, Table

COLUMNS = [Column("least", "minimum"), Column("median", "median")]


def run_part(quick):
    table = Table("first", "The first run of a new file, in ms", COLUMNS, chart="median")
    with tempfile.TemporaryDirectory() as ours, tempfile.TemporaryDirectory() as theirs:
        contestants = [fresh("capsule run new.py", ours, "py", samples.HELLO_PYTHON, "#"),
                       fresh("capsule run new.ts", ours, "ts", samples.HELLO_TYPESCRIPT, "//"),
                       fresh("capsule run new.py, importing thirty modules", ours, "py", samples.THIRTY_PYTHON, "#"),
                       reference(theirs, quick)]
        for name, measured in interleave(contestants, 5 if quick else 20, warm=0).items():
            table.add(name, measured.reason, least=measured.least() * 1e3, median=measured.median() * 1e3)
    table.notes.append("capsule-run compiles a program when it meets it: measured once.")
    return [table]


def fresh(name, folder, suffix, source, comment):
    """A new file with new content each time."""
    def once():
        now = time.time_ns()
        samples.write(folder, f"new{now}.{suffix}", f"{source}{comment} {now}\n")
        return run([CAPSULE, "run", f"new{now}.{suffix}"], folder).seconds
    return Contestant(name, once)


def reference(folder, quick):
    peer = presence.Reference()
    name = "capsule-run run new.py"
    if reason := peer.reason or quick and "its build takes minutes: not in a quick run":
        return Contestant(name, None, reason)
    samples.write(folder, "hello.py", samples.HELLO_PYTHON)
    return Contestant(name, lambda: run(peer.command("run", "hello.py"), folder, peer.environment()).seconds, most_rounds=1)
