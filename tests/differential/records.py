"""records/: what the reference did, one JSON file a program, and explained.toml."""

import hashlib
import json

from compare import load_explanations
from corpus import HERE

RECORDS = HERE / "records"
REFERENCE = "capsule-run 0.8.10"
FORMAT = 3  # of observations; raised when observe.py reduces differently, so that every record is made again


def fingerprint(program, case):
    """Hash of everything an observation depends on: sources, the case, and how observations are reduced."""
    digest = hashlib.sha256(b"%d" % FORMAT)
    for name, data in program.sources.items():
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    digest.update(repr(case).encode())
    return digest.hexdigest()[:16]


def path(program):
    return RECORDS / f"{program.name}.json"


def recorded(program):
    """Observations of the program's cases that are up to date: case name -> observation."""
    try:
        cases = json.loads(path(program).read_text())["cases"]
    except FileNotFoundError:
        return {}
    found = {}
    for case in program.cases:
        observation = cases.get(case.name, {})
        if observation.pop("of", None) == fingerprint(program, case):
            found[case.name] = observation
    return found


def write(program, observations):
    """Replaces the record of a program by these observations."""
    cases = {case.name: {"of": fingerprint(program, case)} | observations[case.name] for case in program.cases if case.name in observations}
    RECORDS.mkdir(exist_ok=True)
    path(program).write_text(json.dumps({"reference": REFERENCE, "cases": cases}, indent=1, ensure_ascii=True) + "\n")


def explanations():
    return load_explanations((HERE / "explained.toml").read_text(), (HERE.parents[1] / "docs/compatibility.md").read_text())
