"""What the tests of the command line share: a project of their own and a way to run the CLI in it."""

import json
import os
import pathlib
import pty
import select
import subprocess
import time
from dataclasses import dataclass

TOP = pathlib.Path(__file__).resolve().parents[3]
CAPSULE = os.environ.get("CAPSULE_BIN", str(TOP / "build" / "capsule"))
DEADLINE = 120  # seconds any one command may take, on a busy machine and with sanitizers


@dataclass
class Outcome:
    code: int
    out: str
    err: str

    @property
    def envelope(self):
        """The one line of JSON on stdout."""
        lines = self.out.splitlines()
        assert len(lines) == 1, f"expected one line, got {lines!r}; stderr: {self.err!r}"
        return json.loads(lines[0])


class Project:
    """A directory with programs, and the environment commands run in."""

    def __init__(self, path, cache):
        self.path = path
        self.environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM")}
        self.environment.update(CAPSULE_CACHE=str(cache), ASAN_OPTIONS="detect_leaks=1")

    def write(self, name, text):
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def start(self, *words, **options):
        """A Popen of `capsule WORDS...` in the project."""
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        environment = self.environment | options.pop("env", {})
        return subprocess.Popen([CAPSULE, *words], cwd=self.path, env=environment, **options)

    def run(self, *words, **options):
        with self.start(*words, **options) as process:
            try:
                out, err = process.communicate(timeout=DEADLINE)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return Outcome(process.returncode, (out or b"").decode(errors="replace"), (err or b"").decode(errors="replace"))

    def files(self):
        """Every file below the project, the trace database aside."""
        return sorted(
            str(file.relative_to(self.path))
            for file in self.path.rglob("*")
            if not file.is_dir() and not str(file.relative_to(self.path)).startswith((".capsule/trace.db", ".capsule/.gitignore"))
        )


def python(body, options=""):
    """A program whose task main has this body."""
    lines = "\n".join("    " + line for line in body.splitlines())
    return f'from capsule import task\n\n@task(name="main"{", " + options if options else ""})\ndef main(*args):\n{lines}\n'


def on_terminal(project, *words, separate_stdout=False, env=()):
    """Runs the CLI with a terminal for stdout and stderr (or stderr alone); answers (exit code, screen, piped stdout)."""
    master, slave = pty.openpty()
    environment = project.environment | {"TERM": "xterm"} | dict(env)
    process = subprocess.Popen(
        [CAPSULE, *words],
        cwd=project.path,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if separate_stdout else slave,
        stderr=slave,
    )
    os.close(slave)
    screen, end = b"", time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if not select.select([master], [], [], 1)[0]:
            continue
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        screen += piece
    piped = process.stdout.read() if separate_stdout else b""
    code = process.wait(timeout=DEADLINE)
    os.close(master)
    return code, screen.replace(b"\r\n", b"\n"), piped
