"""`capsule trace --follow`: runs as they are recorded."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import time

import pytest

from cli_support import DEADLINE, python
from trace_support import runs, wait_until


class Follower:
    """A `capsule trace --follow --json` whose lines are read as they come."""

    def __init__(self, project, *words):
        self.lines = project.path.parent / "followed"
        with open(self.lines, "wb") as out:
            self.process = project.start("trace", "--follow", "--json", *words, stdout=out)
        wait_until(self.waits_for_signals)
        time.sleep(0.5)  # what is recorded before it looks is not new

    def waits_for_signals(self):
        """Which it does from just before it looks first."""
        folder = f"/proc/{self.process.pid}/fd"
        return any("signalfd" in os.readlink(f"{folder}/{fd}") for fd in os.listdir(folder) if os.path.islink(f"{folder}/{fd}"))

    def seen(self):
        return [json.loads(line) for line in self.lines.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def wait_for(self, count):
        return wait_until(lambda: (events := self.seen()) and len(events) >= count and events)

    def end(self, number=signal.SIGINT):
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=DEADLINE)
        return self.process.returncode, err


@pytest.fixture
def follow(project):
    started = []

    def start(*words):
        started.append(Follower(project, *words))
        return started[-1]

    yield start
    for follower in started:
        follower.process.kill()
        follower.process.wait()


def test_a_line_for_each_run(project, follow):
    project.write("main.py", python("return 1"))
    project.write("bad.py", python("raise ValueError('no')"))
    project.run("run", "main.py")
    follower = follow()
    assert project.run("run", "main.py").code == 0
    assert project.run("run", "bad.py").code == 1
    first, second = follower.wait_for(2)
    assert (first["file"], first["state"]) == ("main.py", "completed")
    assert (second["file"], second["error_type"]) == ("bad.py", "task_error")
    assert first == runs(project)[1]
    assert follower.end() == (130, b"")


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_it_ends_at_once(project, follow, number, code):
    follower = follow()
    begin = time.monotonic()
    assert follower.end(number) == (code, b"")
    assert time.monotonic() - begin < DEADLINE / 10


def test_a_run_that_lasts_comes_twice(project, follow):
    """The run lasts until its first line was seen, however late that is."""
    project.write("main.py", python("return input()"))
    follower = follow()
    process = project.start("run", "main.py", "--stdin", "-", stdin=subprocess.PIPE)
    try:
        [event] = follower.wait_for(1)
        assert event["state"] == "running"
        process.communicate(b"on\n", timeout=DEADLINE)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    events = follower.wait_for(2)
    assert [event["state"] for event in events] == ["running", "completed"] and events[0]["id"] == events[1]["id"]
    assert follower.end()[0] == 130


def test_only_failures(project, follow):
    project.write("main.py", python("import time\ntime.sleep(0.2)"))
    project.write("bad.py", python("import time\ntime.sleep(0.2)\nraise ValueError('no')"))
    follower = follow("--failed")
    project.run("run", "main.py")
    project.run("run", "bad.py")
    [event] = follower.wait_for(1)
    assert event["file"] == "bad.py" and event["state"] == "failed"


def test_a_database_that_is_made_later_pruned_and_replaced(project, follow):
    project.write("main.py", python("return args[0]"))
    follower = follow()
    assert not (project.path / ".capsule").exists()
    project.run("run", "main.py", "1")
    follower.wait_for(1)
    assert project.run("trace", "prune", "--older-than", "0s").code == 0
    assert runs(project) == []
    project.run("run", "main.py", "2")
    follower.wait_for(2)
    shutil.rmtree(project.path / ".capsule")
    time.sleep(0.3)
    project.run("run", "main.py", "3")
    events = follower.wait_for(3)
    assert len({event["id"] for event in events}) == 3
    (project.path / ".capsule" / "trace.db").write_bytes(b"no database, and far longer than a header is " * 100)
    time.sleep(0.3)
    project.run("run", "main.py", "4")  # moves it aside
    assert len({event["id"] for event in follower.wait_for(4)}) == 4
    assert follower.end() == (130, b"")


def test_what_is_no_trace_is_an_error(project):
    (project.path / ".capsule").write_text("a file")
    outcome = project.run("trace", "--follow")
    assert outcome.code in (2, 70) and "is not a directory" in outcome.err and outcome.out == ""


def test_a_reader_that_goes_away(project):
    """As other filters do it ends by SIGPIPE, though nothing is left to be written."""
    process = project.start("trace", "--follow")
    assert process.stdout.readline().startswith(b"ID")
    process.stdout.close()
    assert process.wait(timeout=DEADLINE) == -signal.SIGPIPE
    assert process.stderr.read() == b""
    process.stderr.close()


def test_a_reader_that_stalls_does_not_hold_up_its_end(project):
    """The pipe is full before the first line."""
    reading, writing = os.pipe()
    os.write(writing, b"x" * fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096))
    process = project.start("trace", "--follow", stdout=writing)
    time.sleep(0.3)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=DEADLINE) == 143
    process.communicate()
    os.close(reading)
    os.close(writing)


def test_for_people(project):
    project.write("main.py", python("return 1"))
    with project.start("trace", "--follow") as process:
        assert process.stdout.readline().startswith(b"ID")
        time.sleep(0.3)
        project.run("run", "main.py")
        assert b"completed" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=DEADLINE) == 130
