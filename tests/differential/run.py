#!/usr/bin/env python3
"""The corpus on both sides, live: refreshes records/ from the reference, then compares.

    run.py record [PROGRAM...]     runs the reference; what is recorded already is left alone
    run.py check [PROGRAM...]      runs the reference and compares with the records: are they still what it does?
    run.py compare [PROGRAM...]    runs ours and lists every difference from the records with its reason

PROGRAM is a name or pattern of a folder of programs/. `make differential` sets the reference up first.
CAPSULE_BIN names our command, CAPSULE_REFERENCE_PATH the folder pip installed the reference into, CAPSULE_REFERENCE_MODULES
a node_modules folder with @capsule-run/sdk (JavaScript programs are left out without). A build of the reference takes a
minute of CPU time, one of its cases a fifth of a second: `record` and `check` go on where they were interrupted, and begin no
further project when DIFFERENTIAL_MINUTES have passed. Builds, and what was checked, are kept in CAPSULE_REFERENCE_WORK, else in
a folder of the temporary directory; without that folder everything is built and checked again."""

import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True

from compare import differences, explain  # noqa: E402
from corpus import load_corpus  # noqa: E402
from observe import BUILD_DEADLINE, ours, reference  # noqa: E402
from records import explanations, fingerprint, recorded, write  # noqa: E402

TOP = Path(__file__).resolve().parents[2]
WORK = Path(os.environ.get("CAPSULE_REFERENCE_WORK", Path(tempfile.gettempdir()) / "capsule-differential"))
FEW = 2  # cases, and they build themselves: a program that cannot be built would be built once more for nothing


def the_reference():
    root = Path(os.environ.get("CAPSULE_REFERENCE_PATH", TOP / "build/deps/reference"))
    if not (root / "bin/capsule").exists():
        sys.exit(f"run.py: no reference in {root}; `make setup-reference` installs it")
    return reference(root, os.environ.get("CAPSULE_REFERENCE_MODULES"))


def observe_program(side, program, cases, project):
    """case name -> observation of these cases of a program; none when it cannot be built. The project is kept by the caller, so
    that a build is re-used."""
    project.mkdir(parents=True, exist_ok=True)
    side.prepare(project, program)
    if len(program.cases) <= FEW:
        return {case.name: side.observe(project, case, BUILD_DEADLINE) for case in cases}
    begin = time.monotonic()
    code, _, err = side.build(project, program)
    print(f"  built {time.monotonic() - begin:.0f} s", flush=True)
    if code:
        print(f"  cannot be built: {err}", flush=True)
        return {}
    return {case.name: side.observe(project, case) for case in cases}


def deadline():
    """When to begin no further project, on the monotonic clock; None: never."""
    minutes = os.environ.get("DIFFERENTIAL_MINUTES")
    return time.monotonic() + 60 * float(minutes) if minutes else None


def on_reference(side, programs, wanted):
    """(program, observations) of each program the reference is asked about; wanted: program -> its cases to run."""
    end, programs = deadline(), [(program, wanted(program)) for program in programs]
    waiting = [(program, cases) for program, cases in programs if cases]
    for number, (program, cases) in enumerate(waiting, 1):
        if not program.entry.endswith(".py") and not side.modules:
            print(f"[{number}/{len(waiting)}] {program.name}: left out, CAPSULE_REFERENCE_MODULES is not set")
            continue
        if end and time.monotonic() > end:
            print(f"{len(waiting) - number + 1} projects are left for the next time: DIFFERENTIAL_MINUTES have passed")
            return
        print(f"[{number}/{len(waiting)}] {program.name}: {len(cases)} cases", flush=True)
        begin = time.monotonic()
        observations = observe_program(side, program, cases, WORK / program.name)
        print(f"  done {time.monotonic() - begin:.0f} s", flush=True)
        yield program, observations


def stale(program):
    known = recorded(program)
    return [case for case in program.cases if case.name not in known]


def record(programs):
    for program, observations in on_reference(the_reference(), programs, stale):
        write(program, recorded(program) | observations)
    left = sum(len(stale(program)) for program in programs)
    print(f"{sum(len(recorded(program)) for program in programs)} cases are recorded, {left} are not")
    return 1 if left else 0


def settled(observation):
    """What can be compared with another run: where code and objects lie is another build's own affair."""
    return re.sub(r"0x[0-9a-f]+", "0x", json.dumps(observation, sort_keys=True))


class Checked:
    """Which observations of the reference were the same as their records, in a file beside its builds."""

    def __init__(self):
        self.path = WORK / "checked.json"
        self.known = set(json.loads(self.path.read_text())) if self.path.exists() else set()

    @staticmethod
    def key(program, case):
        return f"{case.id} {fingerprint(program, case)}"

    def left(self, program):
        return [case for case in program.cases if self.key(program, case) not in self.known]

    def add(self, program, cases):
        self.known |= {self.key(program, case) for case in cases}
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(sorted(self.known)))
        new.replace(self.path)


def check(programs):
    checked, changed = Checked(), 0
    for program, observations in on_reference(the_reference(), programs, checked.left):
        known = recorded(program)
        same = [case for case in program.cases if case.name in observations and settled(known.get(case.name)) == settled(observations[case.name])]
        for name in observations.keys() - {case.name for case in same}:
            changed += 1
            print(f"{program.name}/{name}: the record says {known.get(name)}\n  the reference {observations[name]}")
        checked.add(program, same)
    left = sum(len(checked.left(program)) for program in programs)
    print(f"{sum(len(program.cases) for program in programs) - left} cases are as recorded; {changed} differ from their records, "
          f"{left - changed} were not run")
    return 1 if left else 0


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
