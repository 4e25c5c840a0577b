"""Whole processes: run, time, and what they took of the machine."""

import json
import os
import subprocess
import time
from dataclasses import dataclass


class Failed(Exception):
    """A command that ended badly; the text is its own last words."""


@dataclass
class Usage:
    seconds: float       # from fork to the end
    peak_bytes: int      # most resident memory, of the process that was started
    output: bytes


def run(command, cwd=None, environment=None):
    """Runs a command with no input; raises Failed unless it exits with 0."""
    begin = time.perf_counter()
    process = subprocess.Popen([str(word) for word in command], cwd=cwd, env=environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.stdout.read()
    _, status, resources = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    if process.returncode:
        raise Failed(f"{command[0]} ended with {process.returncode}: {last_line(output)}")
    return Usage(seconds, resources.ru_maxrss * 1024, output)


def last_line(output):
    lines = output.decode(errors="replace").strip().splitlines()
    return lines[-1][:200] if lines else "it said nothing"


def run_json(command, cwd=None, environment=None):
    """The last line of a command's output, which is JSON."""
    output = run(command, cwd, environment).output
    try:
        return json.loads(output.splitlines()[-1])
    except (ValueError, IndexError):
        raise Failed(f"{command[0]}: {last_line(output)}") from None
