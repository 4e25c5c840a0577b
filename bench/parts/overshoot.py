"""How long a run that does not want to end lasts past its deadline: loops, long instructions, copies."""

import os
import tempfile

from measure import inprocess
from parts import samples
from report.table import Column, Table

TIMEOUT_MS = 10
PYTHON = """import re

from capsule import task


@task(name="loop", compute="HIGH")
def loop():
    while True:
        pass


@task(name="power", compute="HIGH")
def power():
    return 10 ** 10 ** 8


@task(name="expression", compute="HIGH")
def expression():
    return re.match(r"(a|aa)+$", "a" * 60 + "b")


@task(name="copies", compute="HIGH")
def copies():
    block = bytearray(10_000_000)
    while True:
        bytes(block)


@task(name="sorting", compute="HIGH")
def sorting():
    while True:
        sorted(range(300_000, 0, -1), key=lambda n: n * 7919 % 10007)
"""
TYPESCRIPT = """import { task } from "@capsule-run/sdk";

export const loop = task({ name: "loop", compute: "HIGH" }, () => { while (true) {} });

export const power = task({ name: "power", compute: "HIGH" }, () => String(7n ** 3_000_000n).length);

export const expression = task({ name: "expression", compute: "HIGH" }, () => /(a|aa)+$/.test("a".repeat(60) + "b"));

export const copies = task({ name: "copies", compute: "HIGH" }, () => { const block = new Uint8Array(5_000_000); while (true) block.slice(); });

export const sorting = task({ name: "sorting", compute: "HIGH" }, () => { while (true) Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 10007).sort(); });
"""
TASKS = ("loop", "power", "expression", "copies", "sorting")


def run_part(quick):
    trials = int(os.environ.get("TRIALS") or (200 if quick else 10_000))
    table = Table("overshoot", f"Past a deadline of {TIMEOUT_MS} ms, over {trials:,} runs, in ms",
                  [Column("p50", "p50"), Column("p99", "p99"), Column("p999", "p99.9"), Column("most", "the most")], chart="p999")
    with tempfile.TemporaryDirectory() as folder:
        samples.write(folder, "endless.py", PYTHON)
        samples.write(folder, "endless.ts", TYPESCRIPT)
        for file in ("endless.py", "endless.ts"):
            found = inprocess.program("overshoot", folder, trials, TIMEOUT_MS, file, *TASKS)
            table.add(f"capsule {file}", **{key: found[f"{key}_ms"] for key in ("p50", "p99", "p999", "most")})
    table.notes.append(f"In turn: {', '.join(TASKS)}. From the call to its answer, the sandbox being ready for the next one included.")
    return [table]
