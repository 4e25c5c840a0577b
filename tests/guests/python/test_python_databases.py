"""SQLite databases in granted directories: shared between runs and with programs of the host, and left in order by a killed run."""

import os
import sqlite3
import subprocess
import time

import pytest

CREATE = "create table t(n integer); insert into t values (1);"


@pytest.fixture
def database(project):
    folder = project.path / "data"
    folder.mkdir()
    path = folder / "file.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(CREATE)
    connection.close()
    return path


def program(body, mode="rw", options=""):
    return f"""
        import sqlite3
        from capsule import task

        @task(name="main", allowed_files=["data:{mode}"]{options})
        def main():
            connection = sqlite3.connect("data/file.db", timeout=0)
            {body}
    """


WRITE = "connection.execute('insert into t values (2)'); connection.commit(); return connection.execute('select count(*) from t').fetchone()"
READ = "return connection.execute('select count(*) from t').fetchone()"


def test_a_killed_run_leaves_no_lock(project, database):
    spin = "connection.execute('insert into t values (2)'); __import__('time').sleep(60)"
    assert project.run(program(spin, options=", timeout='300ms'")).error_type == "timeout"
    assert "file.db.lock" not in os.listdir(database.parent)
    assert project.run(program(WRITE)).value == [2]
    with sqlite3.connect(database, timeout=0) as connection:
        assert connection.execute("select count(*) from t").fetchone() == (2,)
    connection.close()


def test_a_database_can_be_read_where_nothing_may_be_written(project, database):
    assert project.run(program(READ, "ro")).value == [1]
    refused = project.run(program(WRITE, "ro"))
    assert "attempt to write a readonly database" in refused.message


def test_the_hosts_transaction_is_respected(project, database):
    host = sqlite3.connect(database, isolation_level=None)
    host.execute("begin immediate")
    assert project.run(program(READ)).value == [1]
    assert "database is locked" in project.run(program(WRITE)).message
    host.execute("rollback")
    assert project.run(program(WRITE)).value == [2]
    host.close()


def test_the_host_respects_a_runs_transaction(project, database):
    body = """connection.execute('insert into t values (2)')
            open('data/started', 'w').close()
            while not __import__('os').path.exists('data/seen'): __import__('time').sleep(0.01)
            connection.commit()"""
    project.write("program.py", program(body))
    command = [os.environ.get("CAPSULE_BIN") or "build/capsule", "run", "program.py"]
    running = subprocess.Popen(command, cwd=project.path, env=os.environ | {"CAPSULE_CACHE": str(project.cache)})
    while not (database.parent / "started").exists():
        assert running.poll() is None
        time.sleep(0.01)
    host = sqlite3.connect(database, timeout=0, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError, match="database is locked"):
        host.execute("insert into t values (3)")
    assert host.execute("select count(*) from t").fetchone() == (1,)
    (database.parent / "seen").touch()
    assert running.wait(timeout=120) == 0
    assert host.execute("select count(*) from t").fetchone() == (2,)
    host.close()


def test_connections_of_one_run_share_their_locks(project, database):
    body = """reader = sqlite3.connect("file:data/file.db?mode=ro", uri=True, timeout=0)
            reader.execute("begin"); reader.execute("select * from t").fetchall()
            connection.execute("insert into t values (2)")
            try: connection.commit()
            except sqlite3.OperationalError as error: first = str(error)
            reader.execute("commit"); reader.close()
            connection.commit()
            return [first, connection.execute("select count(*) from t").fetchone()[0]]"""
    assert project.run(program(body)).value == ["database is locked", 2]
