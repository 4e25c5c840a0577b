#!/usr/bin/env python3
"""The corpus on both sides, live: refreshes records/ from the reference, then compares.

    run.py record [PROGRAM...]     runs the reference; what is recorded already is left alone
    run.py check [PROGRAM...]      runs the reference and compares with the records: are they still what it does?
    run.py compare [PROGRAM...]    runs ours and lists every difference from the records with its reason

PROGRAM is a name or pattern of a folder of programs/. `make differential` sets the reference up first.
CAPSULE_BIN names our command, CAPSULE_REFERENCE_PATH the folder pip installed the reference into, CAPSULE_REFERENCE_MODULES
a node_modules folder with @capsule-run/sdk (JavaScript programs are left out without). A build of the reference takes a
minute of CPU time: `record` writes each program's record when it is done and can be interrupted. Its builds are kept in
CAPSULE_REFERENCE_WORK, else in a folder of the temporary directory."""

import os
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True

from compare import differences, explain  # noqa: E402
from corpus import load_corpus  # noqa: E402
from observe import BUILD_DEADLINE, ours, reference  # noqa: E402
from records import explanations, recorded, write  # noqa: E402

TOP = Path(__file__).resolve().parents[2]
WORK = Path(os.environ.get("CAPSULE_REFERENCE_WORK", Path(tempfile.gettempdir()) / "capsule-differential"))
FEW = 2  # cases, and they build themselves: a program that cannot be built would be built once more for nothing


def the_reference():
    root = Path(os.environ.get("CAPSULE_REFERENCE_PATH", TOP / "build/deps/reference"))
    if not (root / "bin/capsule").exists():
        sys.exit(f"run.py: no reference in {root}; `make setup-reference` installs it")
    return reference(root, os.environ.get("CAPSULE_REFERENCE_MODULES"))


def observe_program(side, program, cases, project):
    """case name -> observation of these cases of a program. The project is kept by the caller, so that a build is re-used."""
    project.mkdir(parents=True, exist_ok=True)
    side.prepare(project, program)
    if len(program.cases) <= FEW:
        return {case.name: side.observe(project, case, BUILD_DEADLINE) for case in cases}
    begin = time.monotonic()
    code, _, err = side.build(project, program)
    print(f"  built {time.monotonic() - begin:.0f} s", flush=True)
    if code:
        sys.exit(f"{program.name} cannot be built: {err}")
    return {case.name: side.observe(project, case) for case in cases}


def on_reference(side, programs, wanted):
    """(program, observations) of each program the reference can be asked about here; wanted: program -> its cases to run."""
    for program in programs:
        cases = wanted(program)
        if cases and not program.entry.endswith(".py") and not side.modules:
            print(f"{program.name}: left out, CAPSULE_REFERENCE_MODULES is not set")
        elif cases:
            print(f"{program.name}: {len(cases)} cases", flush=True)
            yield program, observe_program(side, program, cases, WORK / program.name)


def stale(program):
    known = recorded(program)
    return [case for case in program.cases if case.name not in known]


def record(programs):
    for program, observations in on_reference(the_reference(), programs, stale):
        write(program, recorded(program) | observations)
    left = sum(len(stale(program)) for program in programs)
    print(f"{sum(len(recorded(program)) for program in programs)} cases are recorded, {left} are not")
    return 1 if left else 0


def check(programs):
    changed = 0
    for program, observations in on_reference(the_reference(), programs, lambda program: program.cases):
        known = recorded(program)
        for name, observation in observations.items():
            if known.get(name) != observation:
                changed += 1
                print(f"{program.name}/{name}: the record says {known.get(name)}\n  the reference {observation}")
    print(f"{changed} observations differ from their records")
    return 1 if changed else 0


def compare(programs):
    known, unexplained, cases = explanations(), 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        side = ours(os.environ.get("CAPSULE_BIN", TOP / "build/capsule"), Path(scratch, "cache"))
        for program in programs:
            known_cases = recorded(program)
            project = Path(scratch, program.name)
            project.mkdir()
            side.prepare(project, program)
            for case in program.cases:
                if case.name not in known_cases:
                    print(f"{case.id}: not recorded")
                    unexplained += 1
                    continue
                cases += 1
                for difference in differences(case.id, known_cases[case.name], side.observe(project, case)):
                    explanation = explain(difference, known)
                    unexplained += explanation is None
                    print(f"{difference}\n    {'because: ' + explanation.reason if explanation else 'UNEXPLAINED'}")
    print(f"{len(programs)} programs, {cases} cases, {sum(e.used for e in known)} explained differences, {unexplained} unexplained")
    return 1 if unexplained else 0


def main():
    verb = {"record": record, "check": check, "compare": compare}.get(sys.argv[1] if len(sys.argv) > 1 else "")
    if not verb:
        sys.exit(__doc__)
    return verb(load_corpus(sys.argv[2:] or ["*"]))


if __name__ == "__main__":
    sys.exit(main())
