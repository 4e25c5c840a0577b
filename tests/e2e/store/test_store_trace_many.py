"""Many processes at once."""

import json
import subprocess

from cli_support import CAPSULE, DEADLINE, python
from trace_support import assert_whole, runs, wait_until

WRITERS, RUNS = 8, 12


def test_eight_writers_and_a_reader(project):
    """No row is lost, nobody is told that the database is locked, and the reader sees each of them once."""
    project.write("main.py", python("return args[0]"))
    assert project.run("run", "main.py", "warm").code == 0
    followed = project.path.parent / "followed"
    with open(followed, "ab") as out:
        reader = project.start("trace", "--follow", "--json", stdout=out)

        def shown():
            lines = [json.loads(line) for line in followed.read_text().splitlines(keepends=True) if line.endswith("\n")]
            return [line["id"] for line in lines if line["state"] != "running"]

        while not shown():  # it tells what is recorded from its first look on, however late that is
            assert reader.poll() is None, reader.stderr.read()
            assert project.run("run", "main.py", "look").code == 0
        loop = f'for i in $(seq {RUNS}); do "$0" run --json main.py "$1-$i" || exit 1; done'
        writers = [
            subprocess.Popen(["sh", "-c", loop, CAPSULE, str(writer)], cwd=project.path, env=project.environment,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for writer in range(WRITERS)
        ]  # fmt: skip
        told = []
        for writer in writers:
            out, err = writer.communicate(timeout=DEADLINE)
            assert writer.returncode == 0 and err == b""
            told += [json.loads(line) for line in out.splitlines()]

        ids = {envelope["execution"]["run_id"] for envelope in told}
        wait_until(lambda: reader.poll() is not None or ids <= set(shown()))
        ended = [id for id in shown() if id in ids]
        reader.terminate()
        reader.communicate(timeout=DEADLINE)
    assert len(ids) == WRITERS * RUNS
    assert set(ended) == ids and len(ended) == len(ids)
    assert ids <= {run["id"] for run in runs(project, "-n", "1000")}
    assert_whole(project)


def test_workers_and_runs_together(project):
    """Without --json, so that a row that is lost would be told."""
    project.write("main.py", python("return args[0]"))
    assert project.run("run", "main.py", "warm").code == 0
    calls = "".join(f'{{"id":"{i}","file":"main.py","args":["{i}"]}}\n' for i in range(200)).encode()
    workers = [project.start("worker", "--jobs", "4", stdin=subprocess.PIPE) for _ in range(3)]
    for worker in workers:
        worker.stdin.write(calls)
        worker.stdin.flush()
    singles = [project.run("run", "main.py", str(i)) for i in range(20)]
    replies = 0
    for worker in workers:
        out, err = worker.communicate(timeout=DEADLINE)
        assert err == b""
        replies += out.count(b'"success":true')
    assert all(single.code == 0 and single.err == "" for single in singles)
    assert replies == 600 and len(runs(project, "-n", "10000")) == 621
    assert_whole(project)
