"""Memory of sandboxes that do nothing: a thousand of one program, waiting in a task, and free between two calls."""

import tempfile

from measure import inprocess
from parts import samples
from report.table import Column, Table

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
    sandboxes = 100 if quick else 1000
    table = Table("idle", f"Memory of {sandboxes:,} idle sandboxes of one program, KB each, thread included",
                  [Column("waiting", "waiting in a task", 0), Column("free", "between two calls", 0), Column("seconds", "all started, s")], chart="waiting")
    with tempfile.TemporaryDirectory() as folder:
        samples.write(folder, "idle.py", PYTHON)
        samples.write(folder, "idle.ts", TYPESCRIPT)
        for file in ("idle.py", "idle.ts"):
            found = inprocess.program("idle", folder, sandboxes, file)
            table.add(f"capsule {file}", waiting=found["waiting_bytes"] / 1e3, free=found["free_bytes"] / 1e3, seconds=found["seconds"])
    return [table]
