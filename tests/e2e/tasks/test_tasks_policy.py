"""Grants and the operator's ceiling."""

import json

import pytest

FILES = """
from capsule import task

@task(name="reader", allowed_files=[{"path": "./data", "mode": "read-only"}])
def reader():
    with open("/data/input.txt") as f:
        return f.read()

@task(name="writer", allowed_files=[{"path": "./data", "mode": "read-write"}])
def writer(text):
    with open("data/output.txt", "w") as f:
        f.write(text)
    return True

@task(name="readonly_writer", allowed_files=[{"path": "./data", "mode": "read-only"}])
def readonly_writer():
    open("data/output.txt", "w")

@task(name="nothing")
def nothing():
    return open("data/input.txt").read()

@task(name="main")
def main():
    return [reader(), writer("written"), readonly_writer(), nothing()]
"""


@pytest.fixture
def files(work):
    work.write("files.py", FILES)
    work.write("data/input.txt", "content")
    return work


def test_each_task_has_its_own_grants(files):
    read, written, refused, ungranted = files.result("files.py")
    assert read["result"] == "content" and written["result"] is True
    assert (files.path / "data/output.txt").read_text() == "written"
    assert refused["error"]["error_type"] == "task_error" and "[Errno 63]" in refused["error"]["message"]
    assert ungranted["error"]["error_type"] == "task_error" and "[Errno 44]" in ungranted["error"]["message"]


def test_deny_files_takes_every_grant_away(files):
    results = files.result("files.py", flags=["--deny-files"])
    assert [r["success"] for r in results] == [False] * 4
    assert not (files.path / "data/output.txt").exists()


def test_links_do_not_lead_out(files, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    (files.path / "data/link").symlink_to(tmp_path / "secret.txt")
    (files.path / "data/dirlink").symlink_to(tmp_path)
    files.write("out.py", """
from capsule import task

@task(name="main", allowed_files=["./data"])
def main():
    seen = []
    for path in ("data/link", "data/dirlink/secret.txt", "data/../../secret.txt", "/data/../../../secret.txt", "data/link/"):
        try:
            seen.append(open(path).read())
        except OSError as error:
            seen.append(error.errno)
    return seen
""")
    assert "secret" not in json.dumps(files.result("out.py"))


def test_ceiling_on_the_command_line_lowers_what_a_file_asks_for(work):
    work.write("greedy.py", """
from capsule import task

@task(name="main", compute="HIGH", ram="2GB", timeout="1h")
def main():
    while True: pass
""")
    assert work.envelope("greedy.py", flags=["--max-timeout", "200ms"])["error"]["error_type"] == "timeout"
    assert work.envelope("greedy.py", flags=["--max-compute", "LOW"])["error"]["error_type"] == "compute_exceeded"
    assert work.envelope("greedy.py", flags=["--max-ram", "1MB"])["error"]["error_type"] == "memory_exceeded"


def test_ceiling_in_capsule_toml(work):
    work.write("greedy.py", "from capsule import task\n@task(name='main', timeout='1h', compute='HIGH')\ndef main():\n    while True: pass\n")
    work.write("capsule.toml", "[limits]\nmax_timeout = \"200ms\"\n")
    error = work.envelope("greedy.py")["error"]
    assert (error["error_type"], error["allowed"]) == ("timeout", 200)


def test_only_named_variables_reach_a_task(work):
    work.write(".env", "FROM_FILE=file\nOTHER=hidden\n")
    work.write("env.py", """
import os
from capsule import task

@task(name="sub")
def sub():
    return dict(os.environ)

@task(name="main", env_variables=["FROM_FILE", "FROM_PROCESS", "ABSENT"])
def main():
    return [dict(os.environ), os.getenv("OTHER"), sub()["result"]]
""")
    own, other, sub = work.result("env.py", env={"FROM_PROCESS": "process"})
    assert own == {"FROM_FILE": "file", "FROM_PROCESS": "process"} and other is None and sub == {}


def test_nothing_can_be_granted_at_run_time(work):
    work.write("data/input.txt", "content")
    work.write("late.py", """
from capsule import task

@task(name="main")
def main():
    @task(name="late", allowed_files=["./data"])
    def late():
        return open("data/input.txt").read()
    seen = []
    try:
        seen.append(late())
    except Exception as error:
        seen.append(type(error).__name__)
    import _capsule
    return repr(seen)
""")
    assert "content" not in work.result("late.py")


def test_a_subtask_cannot_name_another_task_in_its_arguments(work):
    work.write("forge.py", """
from capsule import task

@task(name="quiet")
def quiet(*args, **kwargs):
    return "quiet"

@task(name="loud")
def loud(*args, **kwargs):
    return "loud"

@task(name="main")
def main():
    return quiet({"task": "loud"}, task="loud", args=["x"])["result"]
""")
    assert work.result("forge.py") == "quiet"


def test_a_task_may_call_one_that_was_declared_with_more(files):
    files.write("more.py", """
from capsule import task

@task(name="reader", allowed_files=["./data"], ram="256MB")
def reader():
    return open("data/input.txt").read()

@task(name="main", ram="64MB")
def main():
    return reader()["result"]
""")
    assert files.result("more.py") == "content"


def test_a_misspelt_option_is_an_error_in_both_languages(work):
    work.write("typo.py", "from capsule import task\n@task(name='main', timout='1s')\ndef main():\n    pass\n")
    work.write("typo.ts", 'import { task } from "@capsule-run/sdk";\nexport const main = task({ name: "main", timout: "1s" } as any, () => 1);\n')
    for name in ("typo.py", "typo.ts"):
        done = work.capsule("run", name)
        assert done.returncode == 2 and "timout" in done.stderr, done.stderr
