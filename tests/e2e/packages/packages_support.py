"""A project with a directory of wheels, and the CLI run in it without a network."""

import json
import os
import subprocess
import sys
from pathlib import Path

import wheels

ROOT = Path(__file__).resolve().parents[3]
CAPSULE = os.environ.get("CAPSULE_BIN", str(ROOT / "build" / "capsule"))
DEADLINE = 240  # seconds anything may take: pip starts slowly on a busy machine


class Project:
    def __init__(self, base):
        self.path, self.cache, self.wheels = base / "project", base / "cache", base / "wheels"
        for directory in (self.path, self.wheels):
            directory.mkdir()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON", "CAPSULE_"))}
        self.environment = kept | {
            "CAPSULE_CACHE": str(self.cache),
            "CAPSULE_PYTHON": sys.executable,
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_NO_INDEX": "1",
        }

    def write(self, name, text):
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def task(self, body, head="", options="", name="main.py"):
        """A program whose task main has this body."""
        lines = "\n".join("    " + line for line in body.splitlines())
        decorator = f'@task(name="main"{", " + options if options else ""})'
        return self.write(name, f"from capsule import task\n{head}\n{decorator}\ndef main(*args):\n{lines}\n")

    def wheel(self, name, version="1.0", files=None, **options):
        """A wheel whose package has a VERSION, unless `files` says otherwise."""
        files = {f"{name}/__init__.py": f"VERSION = {version!r}\n"} if files is None else files
        return wheels.make_wheel(self.wheels, name, version, files, **options)

    def run(self, *arguments, env=None, **options):
        """`capsule` with these arguments; variables that are None are unset."""
        environment = {**self.environment, **(env or {})}
        environment = {name: value for name, value in environment.items() if value is not None}
        options = {"cwd": self.path, "stdin": subprocess.DEVNULL, "timeout": DEADLINE, **options}
        return subprocess.run([CAPSULE, *arguments], env=environment, capture_output=True, text=True, **options)

    def envelope(self, *words, file="main.py", **options):
        done = self.run("run", "--json", *words, file, **options)
        assert done.stderr == "" and len(done.stdout.splitlines()) == 1, done
        return json.loads(done.stdout)

    def result(self, *words, **options):
        envelope = self.envelope(*words, **options)
        assert envelope["success"], envelope
        return envelope["result"]

    def failure(self, *words, **options):
        """The error of a program that cannot be loaded."""
        envelope = self.envelope(*words, **options)
        assert not envelope["success"], envelope
        return envelope["error"]

    def refusal(self, *words, **options):
        """The message of a build_error."""
        error = self.failure(*words, **options)
        assert error["error_type"] == "build_error", error
        return error["message"]

    def packages(self):
        """The directories of packages in the cache."""
        directory = self.cache / "packages"
        return sorted(path.name for path in directory.iterdir()) if directory.exists() else []


#: Variables with which no packages can be resolved.
OFFLINE = {"PATH": "/nonexistent", "CAPSULE_PYTHON": None, "PIP_FIND_LINKS": None}
