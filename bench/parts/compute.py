"""What programs take of a compute class, here and in the reference. No times: once is enough."""

import re
import shutil
import statistics
import tempfile
from pathlib import Path

from measure.paths import BENCH, CAPSULE, PROGRAMS
from measure.process import Failed, run_json
from parts import javascript, python
from peers import presence
from report.table import Column, Table

CLASSES = [("LOW", 100_000_000), ("MEDIUM", 2_000_000_000), ("HIGH", 50_000_000_000)]
COLUMNS = [Column("units", "units here", 0), Column("fuel", "fuel there", 0), Column("ratio", "fuel per unit"), Column("here", "ends here within"),
           Column("there", "and there")]
OPERATION = """import { task } from "@capsule-run/sdk";
import { programs } from "./operations.js";

export const main = task({ name: "main", compute: "HIGH", timeout: "10m", ram: "1GB" }, (name) => programs[name]());
"""


def run_part(quick):
    return [of_suite("compute-python", "Python", python, "py"), of_suite("compute-javascript", "JavaScript", javascript, "js"), of_operations()]


def of_suite(name, language, suite, suffix):
    programs = sorted(path.stem for path in PROGRAMS.glob(f"*.{suffix}"))
    title = f"What {language} programs are charged, here and by the reference"
    return table(Table(name, title, COLUMNS), programs, f"suite.{suffix}", lambda folder: suite.lay_out(folder, programs),
                 suite.reference(programs))


def of_operations():
    text = (BENCH / "operations.js").read_text(encoding="utf-8")
    peer = presence.Reference()
    there = peer.why_not("javascript") or peer.project("operations", "javascript", [OPERATION, text], lay_out_operations)
    return table(Table("compute-operations", "What one operation of JavaScript in a loop is charged, here and by the reference", COLUMNS),
                 re.findall(r"^  (\w+): ", text, re.MULTILINE), "main.js", lay_out_operations,
                 (None if peer.why_not("javascript") else peer, there))


def lay_out_operations(folder):
    shutil.copy(BENCH / "operations.js", folder)
    (folder / "main.js").write_text(OPERATION, encoding="utf-8")


def table(found, programs, file, lay_out, reference):
    """reference: it and its folder, or None and why there is none."""
    peer, there = reference
    if not peer:
        found.notes.append(f"capsule-run: {there}.")
    with tempfile.TemporaryDirectory() as folder:
        lay_out(Path(folder))
        for program in programs:
            units = charged([CAPSULE, "run", "--json", file, program, 1], folder)
            fuel = charged(peer.command("run", "--json", file, program, 1), there, peer.environment()) if peer else None
            compared = {"fuel": fuel, "ratio": fuel / units, "there": least_class(fuel)} if fuel else {}
            found.add(program, units=units, here=least_class(units), **compared)
    ratios = [row.values["ratio"] for row in found.rows if "ratio" in row.values]
    if ratios:
        found.notes.append(f"Fuel per unit: {min(ratios):.2f} to {max(ratios):.2f}, median {statistics.median(ratios):.2f}.")
    return found


def charged(command, folder, environment=None):
    """fuel_consumed of a run that has to succeed."""
    envelope = run_json(command, folder, environment)
    if not envelope["success"]:
        raise Failed(envelope["error"]["message"])
    return envelope["execution"]["fuel_consumed"]


def least_class(charge):
    return next((name for name, limit in CLASSES if charge <= limit), "none")
