"""Pure Python work inside a running interpreter, all limits on, against the same CPython built for this machine, and the peers."""

import contextlib
import shutil
import tempfile
from pathlib import Path

from measure.paths import BENCH, CAPSULE, PROGRAMS
from measure.process import run_json
from parts.suite import Suite, envelope, of_reference, reference_project
from peers import presence
from peers.agent import PEERS, Agent

BASE = "CPython plain"
TITLE = "Pure Python work, as a multiple of the time of the same CPython built plainly"
# Every program by name: the reference bundles what it finds imported.
SUITE = """from capsule import task
import timing
{imports}


@task(name="main", compute="HIGH", timeout="10m", ram="1GB")
def main(name, repetitions):
    return timing.measure(name, int(repetitions))
"""


def run_part(quick):
    programs = sorted(path.stem for path in PROGRAMS.glob("*.py"))
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        lay_out(folder, programs)
        contestants = {"capsule": (ours(folder), ""), BASE: native(folder, presence.plain_python()),
                       "CPython PGO+LTO": native(folder, presence.optimized_python()), "capsule-run": of_reference(reference(programs), "suite.py")}
        for peer in PEERS:
            root, reason = presence.folder(peer)
            contestants[peer] = (resident(stack.enter_context(Agent(peer, root))), "") if root else (None, reason)
        suite = Suite(contestants, BASE)
        suite.run(programs, *((1, 1) if quick else (5, 3)))
    return [suite.summary("python", TITLE + ": geometric means", programs), suite.table("python-programs", TITLE, programs)]


def lay_out(folder, programs):
    """The suite as a program of ours and of the reference."""
    for program in programs:
        shutil.copy(PROGRAMS / f"{program}.py", folder)
    shutil.copy(BENCH / "timing.py", folder)
    (folder / "suite.py").write_text(SUITE.format(imports="\n".join(f"import {program}" for program in programs)), encoding="utf-8")


def ours(folder):
    return lambda program, repetitions: envelope([CAPSULE, "run", "--json", "suite.py", program, repetitions], folder)


def native(folder, found):
    python, reason = found
    if reason:
        return None, reason
    return lambda program, repetitions: run_json([python, "-I", "-S", "timing.py", folder, program, repetitions], folder), ""


def resident(agent):
    return lambda program, repetitions: agent.ask(do="work", source=(PROGRAMS / f"{program}.py").read_text(encoding="utf-8"), repetitions=repetitions)


def reference(programs):
    return reference_project("python", SUITE, "py", programs, lay_out)
