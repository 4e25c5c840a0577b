"""What a person sees of a long stage, on a terminal and elsewhere."""

import os
import pty
import subprocess

from conftest import TOOLS

SCRIPT = 'echo first; sleep 0.4; for i in 1 2; do echo "[$i/2] step $i"; echo noise; sleep 0.5; done'


def on_terminal(clone):
    """Everything that a stage writes to a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [TOOLS / "stage", "demo", "--", "sh", "-c", SCRIPT], cwd=clone.root, stderr=theirs, stdin=subprocess.DEVNULL,
        env=clone.environment(TERM="xterm", COLUMNS="60"),
    )
    os.close(theirs)
    seen = b""
    try:
        while block := os.read(ours, 1024):
            seen += block
    except OSError:  # the other side is closed
        pass
    os.close(ours)
    assert process.wait(20) == 0
    return seen.decode()


def test_a_terminal_shows_one_live_line_with_the_step(clone):
    seen = on_terminal(clone)
    assert "[1/2] step 1" in seen and "[2/2] step 2" in seen and "noise" not in seen
    assert seen.count("\n") == 1 and "setup: demo: done after" in seen.rpartition("\r")[0]


def test_elsewhere_there_is_a_line_at_the_begin_and_one_at_the_end(clone):
    _, _, errors = clone.stage("demo", "--", "sh", "-c", SCRIPT)
    lines = errors.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("setup: demo: begins") and lines[1].startswith("setup: demo: done after")
