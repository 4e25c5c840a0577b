"""records/: what the reference did, one JSON file a program, and explained.toml."""

import hashlib
import json

from compare import load_explanations
from corpus import HERE

RECORDS = HERE / "records"
REFERENCE = "capsule-run 0.8.10"
FORMAT = 3  # of observations; raised when observe.py reduces differently, so that every record is made again


def fingerprint(program):
    """Hash of everything a record depends on: sources, cases, and how observations are reduced."""
    digest = hashlib.sha256(b"%d" % FORMAT)
    for name, data in program.sources.items():
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    digest.update(repr(program.cases).encode())
    return digest.hexdigest()


def path(program):
    return RECORDS / f"{program.name}.json"


def read(program):
    """The record of a program, or None."""
    try:
        return json.loads(path(program).read_text())
    except FileNotFoundError:
        return None


def write(program, observations):
    record = {"reference": REFERENCE, "fingerprint": fingerprint(program), "cases": observations}
    RECORDS.mkdir(exist_ok=True)
    path(program).write_text(json.dumps(record, indent=1, ensure_ascii=True) + "\n")


def explanations():
    return load_explanations((HERE / "explained.toml").read_text(), (HERE.parents[1] / "docs/compatibility.md").read_text())
