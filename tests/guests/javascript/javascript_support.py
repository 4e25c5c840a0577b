"""Runs JavaScript and TypeScript programs through the CLI and hands their envelopes to the tests."""

import json
import os
import pathlib
import shutil
import subprocess
import textwrap

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
CAPSULE = os.environ.get("CAPSULE_BIN") or str(ROOT / "build" / "capsule")
CASES = HERE / "cases"
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

    def failure(self, key):
        assert not self["success"], f"succeeded with {self['result']!r}"
        return self["error"][key]

    @property
    def error_type(self):
        return self.failure("error_type")

    @property
    def message(self):
        return self.failure("message")

    @property
    def traceback(self):
        return self.failure("traceback")


class Project:
    """A directory with a program in it."""

    def __init__(self, path, cache):
        self.path, self.cache = path, cache

    def write(self, name, text):
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(text), encoding="utf-8")
        return target

    def case(self, name):
        """Copies a program of cases/ into the project."""
        shutil.copy(CASES / name, self.path / name)
        return name

    def run(self, source, *args, name="program.ts", flags=(), env=None):
        """Writes `source` to `name` (or runs the file `name` when None) and answers how the run ended."""
        if source is not None:
            self.write(name, source)
        command = [CAPSULE, "run", "--json", *flags, name, *args]
        surroundings = os.environ | {"CAPSULE_CACHE": str(self.cache)} | (env or {})
        done = subprocess.run(
            command, cwd=self.path, env=surroundings, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE
        )
        lines = [line for line in done.stdout.decode().split("\n") if line]
        assert len(lines) <= 1, f"more than one line on standard output: {done.stdout!r}"
        run = Run(json.loads(lines[0]) if lines else {"success": False, "error": None, "result": None})
        run.code, run.errors = done.returncode, done.stderr.decode()
        return run

    def main(self, body, options="", imports="", **how):
        """Runs `body` as the async function of a task main with these options."""
        source = (
            f'import {{ task }} from "@capsule-run/sdk";\n{imports}\n'
            f'export const main = task({{ name: "main", {options} }}, async (...args: any[]): Promise<any> => {{\n{body}\n}});\n'
        )
        return self.run(source, *how.pop("args", ()), **how)
