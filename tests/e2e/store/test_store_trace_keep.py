"""What is kept of the runs, and for how long; and databases of the version before."""

import sqlite3
import time

import pytest

from cli_support import python
from trace_support import assert_whole, runs

# As the first version made it.
VERSION_1 = """
PRAGMA journal_mode=WAL; PRAGMA application_id=1128353876; PRAGMA user_version=1;
CREATE TABLE runs(seq INTEGER PRIMARY KEY,id TEXT NOT NULL UNIQUE,parent_id TEXT,task TEXT,file TEXT,language TEXT,state TEXT NOT NULL,error_type TEXT,envelope TEXT,limits TEXT,fuel_limit INTEGER,fuel_consumed INTEGER,ram_used INTEGER,started_at INTEGER,ended_at INTEGER,duration_ms INTEGER,cpu_ms INTEGER,attempts INTEGER,owner TEXT);
CREATE INDEX runs_parent ON runs(parent_id,seq) WHERE parent_id IS NOT NULL;
CREATE VIEW instance_log AS SELECT seq AS id,'default' AS agent_name,'0.0.0' AS agent_version,id AS task_id,task AS task_name,state,fuel_limit,fuel_consumed,ram_used,coalesce(CASE WHEN json_valid(envelope) THEN json_extract(envelope,'$.execution.host_requests') END,'[]') AS host_requests,datetime(started_at/1000,'unixepoch') AS created_at,datetime(coalesce(ended_at,started_at)/1000,'unixepoch') AS updated_at FROM runs;
"""


def test_a_database_of_the_version_before(project):
    folder = project.path / ".capsule"
    folder.mkdir()
    now = int(time.time() * 1000)
    with sqlite3.connect(folder / "trace.db") as database:
        database.executescript(VERSION_1)
        database.execute(
            "INSERT INTO runs VALUES(1,'01AAAA00000000000000000001',NULL,'main','old.py','python','completed',NULL,'{\"result\":1}',"
            "'{}',100,50,1000,?,?,333,300,1,NULL)",
            (now - 1000, now),
        )
    database.close()
    [old] = runs(project)
    assert old["file"] == "old.py" and old["duration_ms"] == 333 and old["policy_digest"] is None
    project.write("main.py", python("return 1"))
    assert project.run("run", "main.py").err == ""
    assert [run["file"] for run in runs(project)] == ["main.py", "old.py"]
    assert runs(project, "01AAAA")["envelope"] == {"result": 1}
    assert_whole(project)


def age_all(project, days):
    with sqlite3.connect(project.path / ".capsule" / "trace.db") as database:
        database.execute("UPDATE runs SET started_at=started_at-?", (days * 86_400_000,))
    database.close()


def test_prune_by_age(project):
    """30 days unless told, else what capsule.toml says, else what is asked for."""
    project.write("main.py", python("return 1"))
    project.run("run", "main.py")
    age_all(project, 29)
    project.run("run", "main.py")
    assert project.run("trace", "prune").out.startswith("0 runs removed")
    project.write("capsule.toml", '[trace]\nkeep = "28d"\n')
    assert project.run("trace", "prune").out.startswith("1 runs removed")
    assert len(runs(project)) == 1
    age_all(project, 10)
    assert project.run("trace", "prune", "--older-than", "11d").out.startswith("0 runs removed")
    assert project.run("trace", "prune", "--older-than", "9d", "--json").envelope["removed_runs"] == 1
    assert runs(project) == []
    age_all(project, 0)
    assert_whole(project)


def test_the_default_age(project):
    project.write("main.py", python("return 1"))
    project.run("run", "main.py")
    age_all(project, 31)
    assert project.run("trace", "prune").out.startswith("1 runs removed")
    project.run("run", "main.py")
    age_all(project, 31)
    project.write("capsule.toml", "[trace]\nkeep = 0\n")
    assert project.run("trace", "prune").out.startswith("0 runs removed")


def test_prune_of_nothing_makes_nothing(project):
    assert project.run("trace", "prune").out == "0 runs removed, 0 bytes given back\n"
    assert not (project.path / ".capsule").exists()


def test_a_size_that_is_kept(project):
    """A worker whose runs leave some 8 MB keeps the last of them, in a file of one."""
    project.write("capsule.toml", '[trace]\nmax_size = "1MB"\n')
    project.write("main.py", python("print('x' * 40000)\nreturn int(args[0])"))
    calls = "".join(f'{{"id":"{i}","file":"main.py","args":["{i}"]}}\n' for i in range(200))
    with project.start("worker", "--jobs", "2", stdin=-1) as process:
        out, _ = process.communicate(calls.encode(), timeout=300)
    assert out.count(b'"success":true') == 200
    assert project.run("trace", "prune").code == 0
    kept = runs(project, "-n", "1000")
    assert 10 <= len(kept) < 30
    assert (project.path / ".capsule" / "trace.db").stat().st_size <= 1 << 20
    assert_whole(project)


@pytest.mark.parametrize(
    "text, message",
    [
        ('keep = "soon"', 'invalid keep "soon": expected a duration'),
        ('max_size = "1023KB"', 'invalid max_size "1023KB": expected a size of at least 1 MB'),
        ('max_size = "lots"', 'invalid max_size "lots": expected a size'),
        ('max_sise = "1MB"', 'unknown key in [trace] "max_sise" (did you mean "max_size"?)'),
    ],
)
def test_a_wrong_configuration(project, text, message):
    project.write("capsule.toml", f"[trace]\n{text}\n")
    project.write("main.py", python("return 1"))
    for words in [["run", "main.py"], ["trace", "prune"]]:
        outcome = project.run(*words)
        assert outcome.code == 2 and message in outcome.err
