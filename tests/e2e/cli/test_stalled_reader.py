"""Readers that stop reading: what a task prints waits for them, its limits do not, and nothing is lost when they go on."""

import json
import signal
import time

import pytest

from cli_support import DEADLINE, python

FLOOD = "while True: print('x' * 1000)"

SUBTASKS = """from capsule import task

@task(name="flood", timeout="500ms")
def flood():
    while True: print('x' * 1000)

@task(name="main")
def main():
    ended = flood()["error"]["error_type"]
    open('data/ended', 'w')
    return ended
"""

SIDE_BY_SIDE = """import asyncio
from capsule import task

@task(name="flood", timeout="60s")
async def flood():
    for _ in range(500): print('x' * 1000)

@task(name="late", timeout="1s")
async def late():
    while True: print('late')

@task(name="main", timeout="60s")
async def main():
    flooding = flood()
    ended = (await late())["error"]["error_type"]
    open('data/ended', 'w')
    return ended
"""


def wait_for(condition):
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def last_state(project):
    runs = json.loads(project.run("trace", "--json", "-n", "1").out)
    return runs[0]["state"] if runs else None


def ended(project):
    return (project.path / "data" / "ended").exists()


def test_a_timeout_ends_a_run_whose_reader_stalls(project):
    project.write("main.py", python(FLOOD, 'timeout="1s"'))
    with project.start("run", "main.py") as process:
        process.wait(timeout=DEADLINE)  # nobody has read a byte of stdout
        err = process.stderr.read()
    assert process.returncode == 1 and b"error[timeout]: timeout after 1000ms" in err
    assert last_state(project) == "timed_out"


def test_a_timeout_ends_a_run_whose_reader_of_stderr_stalls(project):
    """Its own report is for the same reader, so it waits for him; the run is over and recorded."""
    project.write("main.py", python("import sys\nwhile True: print('x' * 1000, file=sys.stderr)", 'timeout="1s"'))
    with project.start("run", "main.py") as process:
        wait_for(lambda: last_state(project) == "timed_out")
        _, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 1 and b"error[timeout]: timeout after 1000ms" in err


def test_the_envelope_waits_for_the_reader(project):
    """A subtask was ended while nobody read; the run goes on, and its envelope is a line of its own."""
    (project.path / "data").mkdir()
    project.write("main.py", SUBTASKS)
    with project.start("run", "--mount", "data", "main.py") as process:
        wait_for(lambda: ended(project))
        time.sleep(0.2)
        out, err = process.communicate(timeout=DEADLINE)
    envelope = json.loads(out.splitlines()[-1])
    assert process.returncode == 0 and err == b""
    assert envelope["result"] == "timeout" and envelope["stdout"].startswith("x" * 1000)


def test_the_envelope_of_json_waits_for_the_reader(project):
    project.write("main.py", python("print('x' * 1_000_000)\nwhile True: pass", 'timeout="500ms", compute="HIGH"'))
    with project.start("run", "--json", "main.py") as process:
        wait_for(lambda: last_state(project) == "timed_out")
        out, _ = process.communicate(timeout=DEADLINE)
    envelope = json.loads(out)
    assert process.returncode == 1 and envelope["error"]["error_type"] == "timeout" and len(envelope["stdout"]) == 1_000_001


def test_the_reader_goes_away_after_a_stall(project):
    (project.path / "data").mkdir()
    project.write("main.py", SUBTASKS)
    with project.start("run", "--mount", "data", "main.py") as process:
        wait_for(lambda: ended(project))
        process.stdout.close()
        process.wait(timeout=DEADLINE)
    assert process.returncode == -signal.SIGPIPE
    assert last_state(project) == "completed"


def test_a_stall_holds_up_no_other_task(project):
    """One task waits for the reader; the other, which waits behind it, ends at its own deadline all the same."""
    (project.path / "data").mkdir()
    project.write("main.py", SIDE_BY_SIDE)
    with project.start("run", "--jobs", "4", "--mount", "data", "main.py") as process:
        wait_for(lambda: ended(project))
        out, _ = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0 and json.loads(out.splitlines()[-1])["result"] == "timeout"


@pytest.mark.parametrize("verbose", [False, True])
def test_a_signal_ends_all_tasks_that_wait_for_a_reader(project, verbose):
    project.write("main.py", SIDE_BY_SIDE.replace('timeout="1s"', 'timeout="60s"').replace("open('data/ended', 'w')", "pass"))
    with project.start("run", "--jobs", "4", *(["--verbose"] if verbose else []), "main.py") as process:
        wait_for(lambda: last_state(project) == "running")
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=DEADLINE)
        err = process.stderr.read()
    assert process.returncode == 143 and b"error[cancelled]" in err
    assert last_state(project) == "interrupted"
