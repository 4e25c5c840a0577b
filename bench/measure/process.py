"""Whole processes: run, time, and what they took of the machine."""

import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from measure.paths import BUILD


class Failed(Exception):
    """A command that ended badly; the text is its own last words."""


@dataclass
class Usage:
    seconds: float       # from fork to the end
    output: bytes


def run(command, cwd=None, environment=None):
    """Runs a command with no input; raises Failed unless it exits with 0."""
    begin = time.perf_counter()
    process = subprocess.Popen([str(word) for word in command], cwd=cwd, env=environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.stdout.read()
    process.wait()
    seconds = time.perf_counter() - begin
    process.stdout.close()
    if process.returncode:
        raise Failed(f"{name(command)} ended with {process.returncode}: {last_line(output)}")
    return Usage(seconds, output)


def name(command):
    """Without the folders of this machine: it goes into documents."""
    return Path(command[0]).name


def last_line(output):
    lines = output.decode(errors="replace").strip().splitlines()
    return lines[-1][:200] if lines else "it said nothing"


def run_json(command, cwd=None, environment=None):
    """The last line of a command's output, which is JSON."""
    output = run(command, cwd, environment).output
    try:
        return json.loads(output.splitlines()[-1])
    except (ValueError, IndexError):
        raise Failed(f"{name(command)}: {last_line(output)}") from None


def peak_bytes(command, cwd=None, environment=None):
    """The most resident memory of a command. A process starts with its parent's peak for its own, so a small one is between."""
    return int(run([BUILD / "bench-peak", *command], cwd, environment).output.splitlines()[-1])
