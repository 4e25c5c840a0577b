"""A project directory, and the CLI run in it."""

import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CAPSULE = os.environ.get("CAPSULE_BIN", str(ROOT / "build" / "capsule"))


class Workspace:
    """Files below `path`, runs of the CLI in it, and an image cache that the tests of one session share."""

    def __init__(self, path, cache):
        self.path, self.cache = Path(path), cache

    def write(self, name, text):
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def capsule(self, *arguments, env=None, timeout=120, stdin=subprocess.DEVNULL, cores=None):
        environment = {**os.environ, "CAPSULE_CACHE": str(self.cache), **(env or {})}
        pin = (lambda: os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])) if cores else None
        return subprocess.run([CAPSULE, *arguments], cwd=self.path, env=environment, stdin=stdin, timeout=timeout,
                              capture_output=True, text=True, preexec_fn=pin)

    def envelope(self, file, *arguments, flags=(), env=None, timeout=120, cores=None):
        """The envelope of `capsule run --json`, on so many cores."""
        done = self.capsule("run", "--json", *flags, file, *arguments, env=env, timeout=timeout, cores=cores)
        lines = done.stdout.splitlines()
        assert len(lines) == 1, f"expected one line, got {done.stdout!r} and {done.stderr!r}"
        return json.loads(lines[0])

    def result(self, file, *arguments, **options):
        """The result of a run that must succeed."""
        envelope = self.envelope(file, *arguments, **options)
        assert envelope["success"], envelope["error"]
        return envelope["result"]
