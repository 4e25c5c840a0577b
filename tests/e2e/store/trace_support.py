"""Looking at the trace through the command line."""

import json
import sqlite3
import time

from cli_support import DEADLINE


def runs(project, *words):
    """What `capsule trace --json WORDS...` answers."""
    outcome = project.run("trace", "--json", *words)
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out)


def wait_until(condition):
    """Polls until the condition holds; answers what it answered."""
    end = time.monotonic() + DEADLINE
    while not (answer := condition()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)
    return answer


def assert_whole(project):
    """The database is sound, and none was moved aside."""
    with sqlite3.connect(project.path / ".capsule" / "trace.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert not [file.name for file in (project.path / ".capsule").iterdir() if "corrupt" in file.name or "foreign" in file.name]
