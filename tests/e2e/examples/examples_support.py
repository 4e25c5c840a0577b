"""Copies of the examples, to run the CLI in."""

import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tasks"))

from tasks_support import ROOT, Workspace  # noqa: E402, F401

EXAMPLES = ROOT / "examples"


def copy_examples(name, target):
    """Copies a folder of examples/, or the whole ("."), without what earlier runs left in it."""
    shutil.copytree(EXAMPLES / name, target, ignore=shutil.ignore_patterns(".capsule", "__pycache__"))
    for made in target.rglob("clean/*.csv"):
        made.unlink()
