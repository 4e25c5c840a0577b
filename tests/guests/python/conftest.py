"""Runs Python programs through the CLI and hands their envelopes to the tests."""

import json
import os
import pathlib
import subprocess
import sys
import textwrap

import pytest

sys.set_int_max_str_digits(0)  # results have integers of any length
HERE = pathlib.Path(__file__).resolve().parent
CAPSULE = os.environ.get("CAPSULE_BIN") or str(HERE.parents[2] / "build" / "capsule")
#: Seconds after which a run counts as hung. Generous: the machine may be busy.
PATIENCE = 120


class Run(dict):
    """The envelope of one run, with the exit code of the process and what it wrote on standard error."""

    code = None
    errors = ""

    @property
    def value(self):
        """The result of a run that has to succeed."""
        assert self["success"], f"{self['error']}\n{(self['error'] or {}).get('traceback')}\n{self.errors}"
        return self["result"]

    @property
    def error_type(self):
        assert not self["success"], f"succeeded with {self['result']!r}"
        return self["error"]["error_type"]

    @property
    def message(self):
        assert not self["success"], f"succeeded with {self['result']!r}"
        return self["error"]["message"]

    @property
    def traceback(self):
        assert not self["success"], f"succeeded with {self['result']!r}"
        return self["error"]["traceback"]


class Project:
    """A directory with a program in it."""

    def __init__(self, path, cache):
        self.path, self.cache = path, cache

    def write(self, name, text):
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(text), encoding="utf-8")
        return target

    def run(self, source, *args, name="program.py", flags=(), env=None, stdin=None):
        """Writes `source` to `name` (or runs the file `name` when None) and answers how the run ended."""
        if source is not None:
            self.write(name, source)
        command = [CAPSULE, "run", "--json", *flags, name, *args]
        surroundings = os.environ | {"CAPSULE_CACHE": str(self.cache)} | (env or {})
        done = subprocess.run(
            command, cwd=self.path, env=surroundings, input=stdin or b"", capture_output=True, timeout=PATIENCE
        )
        lines = [line for line in done.stdout.decode().split("\n") if line]
        assert len(lines) <= 1, f"more than one line on standard output: {done.stdout!r}"
        run = Run(json.loads(lines[0]) if lines else {"success": False, "error": None, "result": None})
        run.code, run.errors = done.returncode, done.stderr.decode()
        return run


@pytest.fixture
def project(tmp_path, cache):
    if not os.access(CAPSULE, os.X_OK):
        pytest.fail(f"{CAPSULE} is missing: build it first, or name another one in CAPSULE_BIN")
    return Project(tmp_path, cache)


@pytest.fixture
def run(project):
    return project.run
