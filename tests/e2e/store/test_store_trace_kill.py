"""Whatever moment a process is killed at: what was acknowledged is recorded, and the database is whole.

CAPSULE_TRACE_KILLS says how many are killed, half of them `run`, half `worker`: 20, in the long tests 200. CAPSULE_TRACE_SEED
repeats the moments of a failure."""

import json
import os
import random
import signal
import sqlite3
import time

import pytest

from cli_support import python
from trace_support import assert_whole, runs

KILLS = int(os.environ.get("CAPSULE_TRACE_KILLS", "20"))
SEED = int(os.environ.get("CAPSULE_TRACE_SEED", random.SystemRandom().randrange(1 << 32)))

PROGRAM = '''from capsule import task

@task(name="sub", max_retries=1)
def sub(n):
    if n == 2:
        raise ValueError("no")
    return n

@task(name="main")
def main(kind="0"):
    import time
    if kind == "long":
        time.sleep(0.08)
    return [sub(i)["result"] for i in range(3 if kind == "subtasks" else 0)]
'''
KINDS = ["short", "short", "subtasks", "long"]


def kill_and_read(process):
    process.send_signal(signal.SIGKILL)
    out, _ = process.communicate()
    return [json.loads(line) for line in out.decode().splitlines(keepends=True) if line.endswith("\n")]


def kill_run(project, chance, longest):
    """Answers the envelope that was printed whole, if one was."""
    process = project.start("run", "--json", "main.py", chance.choice(KINDS))
    time.sleep(chance.uniform(0, longest))
    return kill_and_read(process)


def kill_worker(project, chance, longest):
    """Answers the envelopes that were replied."""
    process = project.start("worker", "--jobs", "4", stdin=-1, bufsize=0)  # communicate would not see what a buffer holds
    calls = [{"id": str(i), "file": "main.py", "args": [chance.choice(KINDS)]} for i in range(100)]
    process.stdin.write("".join(json.dumps(call) + "\n" for call in calls).encode())
    process.stdin.flush()
    process.stdout.readline()  # it has begun; the first reply is not counted
    time.sleep(chance.uniform(0, longest))
    return [reply["output"] for reply in kill_and_read(process)]


def recorded(project):
    with sqlite3.connect(project.path / ".capsule" / "trace.db") as database:
        return {row[0]: row[1:] for row in database.execute("SELECT id,state,parent_id FROM runs")}


def assert_acknowledged(project, envelopes):
    rows = recorded(project)
    for envelope in envelopes:
        state, parent = rows[envelope["execution"]["run_id"]]
        assert state == ("completed" if envelope["success"] else "failed") and parent is None


@pytest.mark.parametrize("kill", [kill_run, kill_worker], ids=["run", "worker"])
def test_nothing_acknowledged_is_lost(project, kill):
    print("CAPSULE_TRACE_SEED", SEED)
    chance = random.Random(SEED)
    project.write("main.py", PROGRAM)
    begin = time.monotonic()
    assert project.run("run", "main.py", "subtasks").code == 0
    longest = (time.monotonic() - begin) * 3
    begin = time.monotonic()
    assert project.run("run", "main.py", "long").code == 0
    longest = max((time.monotonic() - begin) * 1.5, 0.05)
    acknowledged = []
    for _ in range(KILLS // 2):
        acknowledged += kill(project, chance, longest)
        if kill is kill_run:  # between the kills others go on
            acknowledged.append(project.run("run", "--json", "main.py", chance.choice(KINDS)).envelope)
    assert len(acknowledged) >= KILLS // 4
    assert_acknowledged(project, acknowledged)
    assert_whole(project)
    # What was cut off shows as that at once, and is resolved by the next run that lasts.
    assert "running" not in {run["state"] for run in runs(project, "-n", "10000")}
    assert project.run("run", "main.py", "long").code == 0
    assert "running" not in {state for state, _ in recorded(project).values()}
    cut_off = [run for run in runs(project, "-n", "10000") if run["state"] == "interrupted"]
    assert all(run["error_type"] is None and run["duration_ms"] is None for run in cut_off)
    subtasks = [parent for state, parent in recorded(project).values() if parent]
    assert set(subtasks) <= set(recorded(project))  # a run and its subtasks come together
