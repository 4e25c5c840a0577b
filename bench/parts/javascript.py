"""JavaScript work inside a running interpreter, all limits on, against the same engine built for this machine, and the peers."""

import contextlib
import json
import shutil
import tempfile
from pathlib import Path

from measure.paths import BENCH, CAPSULE, DEPS, PROGRAMS
from measure.process import run, run_json
from parts.suite import Suite, envelope, of_reference, reference_project
from peers import presence

BASE = "quickjs-ng native"
TITLE = "JavaScript work, as a multiple of the time of the same engine built natively"
TASK = """import { task } from "@capsule-run/sdk";
import { programs } from "./programs.js";
import { measure } from "./timing.js";

export const main = task({ name: "main", compute: "HIGH", timeout: "10m", ram: "1GB" }, (name, repetitions) =>
  JSON.parse(measure(programs[name], Number(repetitions))));
"""
# One script without imports, for engines alone.
SCRIPT = """import { programs } from "./programs.js";
import { measure } from "./timing.js";

globalThis.run = (name, repetitions) => measure(programs[name], repetitions);
"""


def run_part(quick):
    programs = sorted(path.stem for path in PROGRAMS.glob("*.js"))
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        lay_out(folder, programs)
        (folder / "script.js").write_text(SCRIPT, encoding="utf-8")
        run([DEPS / "esbuild/esbuild", "script.js", "--bundle", "--format=iife", "--outfile=bundle.js", "--log-level=warning"], folder)
        contestants = {"capsule": (ours(folder), ""), BASE: quickjs(folder), "node": node(folder), "node --jitless": node(folder, "--jitless"),
                       "capsule-run": of_reference(reference(programs), "suite.js")}
        suite = Suite(contestants, BASE)
        suite.run(programs, *((1, 2) if quick else (5, 3)))
    return [suite.summary("javascript", TITLE + ": geometric means", programs), suite.table("javascript-programs", TITLE, programs)]


def lay_out(folder, programs):
    """The suite as a program of ours and of the reference: one bundle, so one build."""
    for program in programs:
        shutil.copy(PROGRAMS / f"{program}.js", folder)
    shutil.copy(BENCH / "timing.js", folder)
    lines = [f'import {{ work as {program} }} from "./{program}.js";' for program in programs]
    (folder / "programs.js").write_text("\n".join(lines) + f"\n\nexport const programs = {{ {', '.join(programs)} }};\n", encoding="utf-8")
    (folder / "suite.js").write_text(TASK, encoding="utf-8")


def ours(folder):
    return lambda program, repetitions: envelope([CAPSULE, "run", "--json", "suite.js", program, repetitions], folder)


def quickjs(folder):
    engine, reason = presence.quickjs()
    if reason:
        return None, reason
    return lambda program, repetitions: run_json([engine, "bundle.js", call(program, repetitions)], folder), ""


def node(folder, *flags):
    engine, reason = presence.node()
    if reason:
        return None, reason
    return lambda program, repetitions: run_json([engine, *flags, "-e", f'require("./bundle.js"); console.log({call(program, repetitions)})'], folder), ""


def call(program, repetitions):
    return f"run({json.dumps(program)}, {repetitions})"


def reference(programs):
    return reference_project("javascript", TASK, "js", programs, lay_out)
