"""Every run is recorded, and nothing that is wrong with the trace ever fails a run."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import time

import pytest

from cli_support import DEADLINE, python
from trace_support import runs


def test_what_is_recorded(project):
    project.write("good.py", python("return 2**70"))
    project.write("bad.py", python("raise ValueError('no')"))
    project.write("slow.py", python("import time\ntime.sleep(30)", 'timeout="200ms"'))
    assert [project.run("run", "--json", name).code for name in ("good.py", "bad.py", "slow.py")] == [0, 1, 1]
    listed = runs(project)
    assert [(run["file"], run["state"], run["error_type"]) for run in listed] == [
        ("slow.py", "timed_out", "timeout"),
        ("bad.py", "failed", "task_error"),
        ("good.py", "completed", None),
    ]
    good = listed[2]
    assert good["task"] == "main" and good["language"] == "python" and good["attempts"] == 1
    assert good["ram_used"] > 1 << 20 and good["fuel_consumed"] > 0
    whole = runs(project, good["id"][:20].lower()) if good["id"][:20] != listed[1]["id"][:20] else runs(project, good["id"])
    assert whole["envelope"]["result"] == 2**70
    assert whole["limits"] and whole["subtasks"] == []


def test_subtasks_belong_to_their_run(project):
    project.write(
        "main.py",
        'from capsule import task\n\n@task(name="sub")\ndef sub(n):\n    return n\n\n'
        '@task(name="main")\ndef main():\n    return [sub(i)["result"] for i in range(3)]\n',
    )
    assert project.run("run", "--json", "main.py").envelope["result"] == [0, 1, 2]
    listed = runs(project)
    assert len(listed) == 1
    subtasks = runs(project, listed[0]["id"])["subtasks"]
    assert [task["task"] for task in subtasks] == ["sub"] * 3


def test_the_folder_keeps_out_of_version_control(project):
    project.write("main.py", python("return 1"))
    project.run("run", "main.py")
    assert (project.path / ".capsule" / ".gitignore").read_text() == "*\n"


def test_columns_of_the_reference(project):
    project.write("main.py", python("return 1"))
    project.run("run", "main.py")
    with sqlite3.connect(project.path / ".capsule" / "trace.db") as database:
        rows = database.execute(
            "SELECT id, agent_name, agent_version, task_id, task_name, state, fuel_limit, fuel_consumed, ram_used,"
            " host_requests, created_at, updated_at FROM instance_log"
        ).fetchall()
    assert len(rows) == 1
    assert rows[0][4:6] == ("main", "completed") and rows[0][9] == "[]"
    assert rows[0][3] == runs(project)[0]["id"]


def test_a_locked_database_costs_the_row_only(project):
    project.write("main.py", python("return 1"))
    project.run("run", "main.py")
    database = sqlite3.connect(project.path / ".capsule" / "trace.db", isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    outcome = project.run("run", "--json", "main.py")
    assert outcome.code == 0 and outcome.envelope["result"] == 1
    database.execute("COMMIT")
    database.close()
    assert len(runs(project)) == 1
    assert project.run("run", "main.py").code == 0
    assert len(runs(project)) == 2


def test_a_reader_waits_longer_for_a_lock_than_a_run_does(project):
    project.write("main.py", python("return 1"))
    project.run("run", "main.py")
    database = sqlite3.connect(project.path / ".capsule" / "trace.db", isolation_level=None)
    database.execute("PRAGMA locking_mode=EXCLUSIVE")
    database.execute("BEGIN EXCLUSIVE")
    with project.start("trace", "--json") as process:
        time.sleep(1.5)
        assert process.poll() is None
        database.close()
        out, _ = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0 and len(json.loads(out)) == 1


def worker_warnings(project, calls):
    """How often a worker that answers so many calls warns."""
    lines = "".join(f'{{"id":"{i}","file":"main.py"}}\n' for i in range(calls))
    with project.start("worker", stdin=subprocess.PIPE) as process:
        out, err = process.communicate(lines.encode(), timeout=DEADLINE)
    assert out.count(b'"success":true') == calls
    return err.count(b"warning: ")


@pytest.mark.parametrize("kind", ["file", "link", "garbage", "directory", "fifo", "database link"])
def test_an_odd_trace_fails_no_run(project, kind):
    project.write("main.py", python("return 1"))
    folder = project.path / ".capsule"
    if kind == "file":
        folder.write_text("a file")
    elif kind == "link":
        (project.path.parent / "elsewhere").mkdir()
        folder.symlink_to(project.path.parent / "elsewhere")
    else:
        folder.mkdir()
        if kind == "garbage":
            (folder / "trace.db").write_bytes(random.Random(1).randbytes(20000))
        elif kind == "directory":
            (folder / "trace.db").mkdir()
        elif kind == "database link":
            (project.path.parent / "victim").write_bytes(b"")
            (folder / "trace.db").symlink_to(project.path.parent / "victim")
        else:
            os.mkfifo(folder / "trace.db")
    outcome = project.run("run", "--json", "main.py")
    assert outcome.code == 0 and outcome.envelope["result"] == 1 and outcome.err == ""
    if kind != "garbage":  # which is moved aside, once
        outcome = project.run("run", "main.py")
        assert outcome.code == 0
        assert outcome.err.startswith("capsule: warning: ") and outcome.err.count("\n") == 1
        assert worker_warnings(project, 5) == 1
    if kind == "link":
        assert not list((project.path.parent / "elsewhere").iterdir())
    if kind == "database link":
        assert (project.path.parent / "victim").read_bytes() == b""
    if kind == "garbage":
        assert len(runs(project)) == 1
        assert [file.name for file in folder.iterdir() if file.name.startswith("trace.db.corrupt-")]


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
@pytest.mark.parametrize("options", ["ro", "size=60k"])
def test_a_read_only_or_full_disk(project, options):
    """In a mount namespace of its own: the project on a file system that takes nothing, or next to nothing."""
    script = f"""
        set -e
        mount -t tmpfs none "$PWD"
        cd "$PWD"
        printf '%s' "$PROGRAM" > main.py
        mount -o remount,{options} "$PWD"
        exec "$CAPSULE" run main.py
    """
    from cli_support import CAPSULE

    environment = project.environment | {"PROGRAM": python("return 'fine'"), "CAPSULE": CAPSULE}
    command = ["unshare", "-m", "sh", "-c", script]
    outcome = subprocess.run(command, cwd=project.path, env=environment, capture_output=True, timeout=DEADLINE)
    if b"mount:" in outcome.stderr or b"unshare:" in outcome.stderr:
        pytest.skip("mounts are not allowed here")
    assert outcome.returncode == 0, outcome.stderr
    assert json.loads(outcome.stdout)["result"] == "fine"
    assert outcome.stderr.startswith(b"capsule: warning: ") and outcome.stderr.count(b"\n") == 1


def test_runs_at_the_same_time(project):
    project.write("main.py", python("return args[0]"))
    project.run("run", "main.py", "0")
    processes = [project.start("run", "--json", "main.py", str(number)) for number in range(1, 9)]
    results = [json.loads(process.communicate(timeout=DEADLINE)[0])["result"] for process in processes]
    assert results == [str(number) for number in range(1, 9)]
    assert len(runs(project)) == 9


def test_a_run_that_lasts_shows_while_it_runs(project):
    project.write("main.py", python("print('started', flush=True)\nimport time\ntime.sleep(100)", 'ram="64MB"'))
    with project.start("run", "main.py") as process:
        end = time.monotonic() + DEADLINE
        while not runs(project) and time.monotonic() < end:
            time.sleep(0.02)
        [run] = runs(project)
        whole = runs(project, run["id"])
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=DEADLINE)
    assert (run["state"], run["file"], run["task"], run["error_type"]) == ("running", "main.py", "main", None)
    assert run["duration_ms"] is None and whole["envelope"] is None and whole["limits"]["ram"] == 64 << 20
    [ended] = runs(project)
    assert ended["id"] == run["id"] and ended["state"] == "interrupted" and ended["error_type"] == "cancelled"


@pytest.mark.parametrize("language", ["python", "typescript"])
def test_a_run_that_was_killed_shows_as_interrupted(project, language):
    if language == "python":
        project.write("main.py", python("while True: pass", 'compute="HIGH"'))
    else:
        project.write("main.ts", "import { task } from '@capsule-run/sdk';\n"
                                 "export const main = task({ name: 'main', compute: 'HIGH' }, () => { for (;;); });\n")  # fmt: skip
    name = "main.py" if language == "python" else "main.ts"
    with project.start("run", name) as process:
        end = time.monotonic() + DEADLINE
        while not runs(project) and time.monotonic() < end:
            time.sleep(0.02)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        [unreaped] = runs(project)
        process.communicate(timeout=DEADLINE)
    [run] = runs(project)
    assert unreaped == run
    assert run["state"] == "interrupted" and run["file"] == name and run["error_type"] is None
    listed = project.run("trace")
    assert "interrupted" in listed.out
    shown = project.run("trace", run["id"])
    assert shown.code == 0 and "interrupted" in shown.out


def test_a_run_that_is_not_to_be_recorded_is_not(project):
    project.write("main.py", python("import time\ntime.sleep(0.3)\nreturn 1"))
    assert project.run("run", "--no-trace", "main.py").code == 0
    assert not (project.path / ".capsule").exists()
