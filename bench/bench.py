#!/usr/bin/env python3
"""Us and the peers, side by side in one run.

    bench.py [--quick] [--without PEER]... [--build FOLDER] [PART]...        default: every part

Repetitions of all contestants are interleaved, so that a noisy moment hits everyone; minima are compared, medians shown
beside them. Prints a table for each part, and writes bench.json and bench.svg into FOLDER (build). `make bench` prepares the
peers; one that is not there is shown with the reason."""

import argparse
import importlib
import sys
from pathlib import Path

from measure import machine
from measure.paths import BUILD
from peers import presence
from report import chart, results
from report.table import as_text

PARTS = ("start", "first", "calls", "python", "javascript", "subtasks", "where", "growth", "idle", "overshoot", "worker", "soak", "compute")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer repetitions: minutes less, and less to rely on")
    parser.add_argument("--build", type=Path, default=BUILD, help="where bench.json and bench.svg go")
    parser.add_argument("--without", action="append", default=[], metavar="PEER", help="a peer of a registry to do without")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    chosen = parser.parse_args()
    for name in chosen.parts:
        if name not in PARTS:
            parser.error(f"part {name!r}: there are {', '.join(PARTS)}")
    chosen.build.mkdir(parents=True, exist_ok=True)
    presence.left_out.update(chosen.without)
    tables, machines = results.read(chosen.build / "bench.json")
    for name in chosen.parts or PARTS:
        here = {**machine.describe(), "quick": chosen.quick}
        print(f"\n== {name}: {machine.sentence(here)}", flush=True)
        for table in importlib.import_module(f"parts.{name}").run_part(chosen.quick):
            print(f"\n{as_text(table)}", flush=True)
            tables[table.name], machines[table.name] = table, here
        # After each part: what was measured is kept when a later one is interrupted.
        results.write(chosen.build / "bench.json", tables, machines)
        (chosen.build / "bench.svg").write_text(chart.draw(tables.values()), encoding="utf-8")
    print(f"\n{chosen.build / 'bench.json'}, {chosen.build / 'bench.svg'}")


if __name__ == "__main__":
    sys.exit(main())
