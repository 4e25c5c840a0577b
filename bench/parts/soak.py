"""Many runs in one process: does it hold more at the end than at the beginning? tests/long/soak.c, which fails when it does."""

import re
import shutil
import tempfile
import time

from measure.paths import BUILD, ROOT
from measure.process import Failed, run
from parts import samples
from report.table import Column, Table

WELL = """import { task } from "@capsule-run/sdk";

export const main = task({ name: "main" }, (turn: number) => [turn, String(turn).repeat(10)]);
"""
BAD_TIMEOUT_MS = 50
LINE = re.compile(r"(\d+) runs: descriptors (\d+) -> (\d+), threads (\d+) -> (\d+), mappings (\d+) -> (\d+), resident memory ([+-][\d.]+) bytes")
COLUMNS = [Column("runs", "runs", 0), Column("descriptors", "descriptors"), Column("threads", "threads"), Column("mappings", "mappings"),
           Column("slope", "resident bytes a run", 1), Column("minutes", "minutes", 1)]


def run_part(quick):
    well, mixed = (20_000, 1000) if quick else (1_000_000, 100_000)
    table = Table("soak", "Many runs in one process: before → after", COLUMNS)
    with tempfile.TemporaryDirectory() as folder:
        samples.write(folder, "well.ts", WELL)
        shutil.copy(ROOT / "tests/long/soak.py", folder)
        one_row(table, "capsule, TypeScript, all of them end well", folder, well, "-a", "well.ts")
        one_row(table, "capsule, Python, half of them end badly", folder, mixed, "-t", BAD_TIMEOUT_MS, "soak.py")
    table.notes.append("Badly, in turn: endless loop, memory, output, exit, exception. The limit is 8 bytes a run in a full run; few runs show "
                       "the allocator's wobble.")
    return [table]


def one_row(table, name, folder, runs, *words):
    begin = time.perf_counter()
    try:
        said, verdict = run([BUILD / "soak", *words, runs], folder).output.decode(), ""
    except Failed as error:
        said, verdict = str(error), ", over its limit"
    found = LINE.search(said)
    if not found:
        table.add(name, said)
        return
    done, d0, d1, t0, t1, m0, m1, slope = found.groups()
    table.add(name, runs=int(done), descriptors=f"{d0} → {d1}", threads=f"{t0} → {t1}", mappings=f"{m0} → {m1}", slope=slope + verdict,
              minutes=(time.perf_counter() - begin) / 60)
