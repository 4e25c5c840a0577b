"""What a subtask costs the task that starts it: one at a time, and a map over many small items."""

import tempfile

from measure import inprocess
from parts import samples
from report.table import Column, Table

MANY = 100  # subtasks one after the other, in one call
PYTHON = """from capsule import task


@task(name="double", compute="LOW")
def double(n):
    return 2 * n


@task(name="none", compute="HIGH")
def none(n):
    return n


@task(name="one_by_one", compute="HIGH")
def one_by_one(n):
    return sum(double(i)["result"] for i in range(n))


@task(name="map", compute="HIGH")
def map_(n):
    return sum(double.map(range(n), values=True))
"""
TYPESCRIPT = """import { task } from "@capsule-run/sdk";

const double = task({ name: "double", compute: "LOW" }, (n: number) => 2 * n);

export const none = task({ name: "none", compute: "HIGH" }, (n: number) => n);

export const oneByOne = task({ name: "one_by_one", compute: "HIGH" }, async (n: number) => {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += ((await double(i)) as any).result;
  return sum;
});

export const map = task({ name: "map", compute: "HIGH" }, async (n: number) => {
  const all = await double.map(Array.from({ length: n }, (_, i) => i), { values: true });
  return all.reduce((sum: number, one: number) => sum + one, 0);
});
"""


def run_part(quick):
    rounds, items = (3, 1000) if quick else (7, 10_000)
    table = Table("subtasks", "What a subtask costs, in µs",
                  [Column("one", "one at a time, each", 1), Column("map", f"a map over {items:,}, each", 1)], chart="one")
    with tempfile.TemporaryDirectory() as folder:
        samples.write(folder, "subtasks.py", PYTHON)
        samples.write(folder, "subtasks.ts", TYPESCRIPT)
        taken = {file: [] for file in ("subtasks.py", "subtasks.ts")}
        for _ in range(rounds):
            for file, found in taken.items():
                found.append({task: call(folder, file, task, count, repetitions) for task, count, repetitions in
                              (("none", 1, 100), ("one_by_one", MANY, 20), ("map", items, 2))})
    for file, found in taken.items():
        nothing = inprocess.least(found, "none")
        table.add(f"capsule {file}", one=(inprocess.least(found, "one_by_one") - nothing) / MANY, map=(inprocess.least(found, "map") - nothing) / items)
    table.notes.append("Without trace rows; from the fastest of each; as many run side by side as there are cores.")
    return [table]


def call(folder, file, task, count, repetitions):
    return inprocess.calls(folder, file, count=repetitions, threads=1, task=(task, f"[{count}]"))["least_us"]
