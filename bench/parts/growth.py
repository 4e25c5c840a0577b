"""What makes a call dearer: pages it writes, the size of its result and of its program, calls at the same time."""

import tempfile

from measure import inprocess
from parts import samples
from report.table import Column, Table

PYTHON = """from capsule import task

DATA = [[i, str(i)] for i in range(OBJECTS)]


@task(name="pages", compute="HIGH")
def pages(n):
    kept = bytearray(4096 * n)
    for at in range(0, 4096 * n, 4096):
        kept[at] = 1


@task(name="result", compute="HIGH")
def result(n):
    return "x" * n
"""
COLUMNS = [Column("p50", "p50 µs", 1), Column("least", "minimum µs", 1), Column("cpu", "CPU µs", 1), Column("faults", "page faults", 1)]


def run_part(quick):
    rounds, count = (2, 200) if quick else (5, 1000)
    kinds = [(f"capsule, {n:,} pages written", "small.py", "pages", n, 1) for n in (0, 10, 100, 1000, 10_000)]
    kinds += [(f"capsule, a result of {n:,} bytes", "small.py", "result", n, 1) for n in (1000, 100_000, 1_000_000, 10_000_000)]
    kinds += [(f"capsule, a program of {name}", f"{name}.py", "pages", 0, 1) for name in ("1 MB", "10 MB", "100 MB")]
    kinds += [(f"capsule, {n} threads", "small.py", "pages", 0, n) for n in (2, 4, 8, 32)]
    with tempfile.TemporaryDirectory() as folder:
        for name, objects in (("small", 0), ("1 MB", 7000), ("10 MB", 70_000), ("100 MB", 700_000)):
            samples.write(folder, f"{name}.py", PYTHON.replace("OBJECTS", str(objects)))
        taken = {kind: [] for kind in kinds}
        for _ in range(rounds):
            for kind, found in taken.items():
                name, file, task, n, threads = kind
                repetitions = max(10, count // (50 if n >= 10_000 else 1) // threads)
                found.append(inprocess.calls(folder, file, count=repetitions, threads=threads, task=(task, f"[{n}]")))
    table = Table("growth", "What makes a call dearer (Python, no trace)", COLUMNS, chart="p50")
    for (name, *_), found in taken.items():
        table.add(name, p50=inprocess.middle(found, "p50_us"), least=inprocess.least(found, "least_us"), cpu=inprocess.middle(found, "cpu_us"),
                  faults=inprocess.middle(found, "faults"))
    return [table]
