"""Ctrl-C, SIGTERM and readers that go away: the run ends, is recorded and reported, and nothing is left behind."""

import json
import os
import signal
import subprocess
import time

import pytest

from cli_support import DEADLINE, python

SLEEPER = python("print('started', flush=True)\nimport time\ntime.sleep(100)")
SPINNER = python("print('started', flush=True)\nwhile True: pass", 'compute="HIGH"')


def start(project, *words, **options):
    """Starts a run (without --json) and waits until the guest has printed."""
    process = project.start("run", *words, **options)
    assert process.stdout.readline() == b"started\n"
    return process


def last_run(project):
    return json.loads(project.run("trace", "--json", "-n", "1").out)[0]


@pytest.mark.parametrize("program", [SLEEPER, SPINNER], ids=["sleeping", "spinning"])
@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signal_cancels_the_run(project, program, number, code):
    project.write("main.py", program)
    with start(project, "main.py") as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == code
    assert b"error[cancelled]" in err and out == b""
    run = last_run(project)
    assert run["state"] == "interrupted" and run["error_type"] == "cancelled"
    assert project.files() == ["main.py"]


def test_signal_with_json_prints_the_envelope(project):
    """The guest tells through a file that it has begun: with --json its output comes at the end."""
    (project.path / "data").mkdir()
    project.write("main.py", python("print('started')\nopen('data/begun', 'w')\nwhile True: pass", 'compute="HIGH"'))
    with project.start("run", "--json", "--mount", "data", "main.py") as process:
        end = time.monotonic() + DEADLINE
        while not (project.path / "data" / "begun").exists() and time.monotonic() < end:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=DEADLINE)
    envelope = json.loads(out)
    assert process.returncode == 143 and err == b""
    assert envelope["error"]["error_type"] == "cancelled" and envelope["stdout"] == "started\n"


def test_ignored_signals_stay_ignored(project):
    """As under nohup."""
    project.write("main.py", python("print('started', flush=True)\nimport time\ntime.sleep(0.5)\nprint('done')"))
    with start(project, "main.py", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) as process:
        process.send_signal(signal.SIGHUP)
        out, _ = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0 and out == b"done\n"


def test_second_signal_ends_at_once(project):
    """The reader does not read: the run cannot finish its output, the second signal does not wait for it."""
    project.write("main.py", python("print('started', flush=True)\nprint('x' * 10_000_000)\nreturn 'y' * 1_000_000"))
    with start(project, "main.py") as process:
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(timeout=10)
    assert process.returncode == 130


@pytest.mark.parametrize("program", [SLEEPER, SPINNER], ids=["sleeping", "spinning"])
def test_a_signal_that_comes_twice_at_once_is_one(project, program):
    """timeout(1) signals its child, and then the group that the child belongs to."""
    project.write("main.py", program)
    with start(project, "main.py") as process:
        for _ in range(3):
            process.send_signal(signal.SIGTERM)
            time.sleep(0.002)
        _, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 143 and b"error[cancelled]" in err
    assert last_run(project)["error_type"] == "cancelled"


def test_signal_ends_a_run_whose_reader_is_stalled(project):
    project.write("main.py", python("print('started', flush=True)\nprint('x' * 10_000_000)"))
    with start(project, "main.py") as process:
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)
    assert process.returncode == 143


def test_closed_stdout_ends_quietly(project):
    project.write("main.py", python("print('started', flush=True)\nwhile True: print('more')", 'compute="HIGH"'))
    with start(project, "main.py") as process:
        process.stdout.close()
        _, err = process.stderr.read(), process.wait(timeout=DEADLINE)
    assert process.returncode == -signal.SIGPIPE
    assert last_run(project)["state"] in ("interrupted", "failed")
    assert project.files() == ["main.py"]


def test_head(project):
    project.write("main.py", python("for i in range(1_000_000): print(i)"))
    command = f'"{os.environ.get("CAPSULE_BIN", "capsule")}" run main.py | head -2'
    if "CAPSULE_BIN" not in os.environ:
        pytest.skip("CAPSULE_BIN is not set")
    answer = subprocess.run(
        ["sh", "-c", command], cwd=project.path, env=project.environment, capture_output=True, timeout=DEADLINE
    )
    assert answer.stdout == b"0\n1\n" and answer.stderr == b"" and answer.returncode == 0


def test_closed_stdout_of_the_envelope(project):
    project.write("main.py", python("return 'x' * 1_000_000"))
    with project.start("run", "--json", "main.py") as process:
        process.stdout.close()
        err = process.stderr.read()
        process.wait(timeout=DEADLINE)
    assert process.returncode == -signal.SIGPIPE and err == b""


def test_full_disk_of_stdout_is_told(project):
    project.write("main.py", python("print('x' * 100000)"))
    with open("/dev/full", "wb") as full:
        outcome = project.run("run", "main.py", stdout=full)
    assert outcome.code == 70 and "cannot write to stdout: No space left on device" in outcome.err


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
def test_closed_standard_descriptors(project, closed):
    """What is printed must not land in a file that was opened in their place."""
    project.write("main.py", python("import sys\nprint('x' * 5000)\nprint('y' * 5000, file=sys.stderr)\nreturn 1"))
    outcome = project.run("run", "main.py", preexec_fn=lambda: [os.close(fd) for fd in closed])
    assert outcome.code == 0
    assert json.loads(project.run("trace", "--json").out)[0]["state"] == "completed"


def test_signal_while_loading(project):
    project.write("slow.py", "while True: pass\n")
    with project.start("run", "--json", "slow.py") as process:
        time.sleep(0.7)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=DEADLINE)
    assert process.returncode in (130, 2)
    assert json.loads(out)["success"] is False
    assert project.files() == ["slow.py"]
