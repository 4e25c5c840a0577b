"""Memory of sandboxes that do nothing: up to a thousand of one program, waiting in a task, and free between two calls."""

import tempfile
from pathlib import Path

from measure import inprocess
from measure.process import Failed
from parts import samples
from report.table import Column, Table

MAPPINGS = Path("/proc/sys/vm/max_map_count")
PYTHON = """import time

from capsule import task


@task(name="main")
def main():
    print("waiting", flush=True)
    time.sleep(600)
"""
TYPESCRIPT = """import { task } from "@capsule-run/sdk";

export const main = task({ name: "main" }, async () => {
  console.log("waiting");
  await new Promise((go) => setTimeout(go, 600_000));
});
"""


def run_part(quick):
    table = Table("idle", "Memory of idle sandboxes of one program in one process, KB each, thread included",
                  [Column("waiting", "waiting in a task", 0), Column("free", "between two calls", 0), Column("mappings", "mappings each", 0),
                   Column("seconds", "all started, s")], chart="waiting")
    with tempfile.TemporaryDirectory() as folder:
        samples.write(folder, "idle.py", PYTHON)
        samples.write(folder, "idle.ts", TYPESCRIPT)
        for sandboxes in (100,) if quick else (100, 500, 1000):
            for file in ("idle.py", "idle.ts"):
                row(table, folder, sandboxes, file)
    table.notes.append(f"A process may have {MAPPINGS.read_text().strip()} mappings here (vm.max_map_count).")
    return [table]


def row(table, folder, sandboxes, file):
    name = f"capsule {file}, {sandboxes:,} sandboxes"
    try:
        found = inprocess.program("idle", folder, sandboxes, file)
    except Failed as error:
        table.add(name, str(error))
        return
    table.add(name, waiting=found["waiting_bytes"] / 1e3, free=found["free_bytes"] / 1e3, mappings=found["mappings"], seconds=found["seconds"])
