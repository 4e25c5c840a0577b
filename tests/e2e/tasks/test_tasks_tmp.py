"""/tmp in memory: what every task has without a grant, its size, and that nothing of it stays."""

import os
import signal
import subprocess
import time

import pytest

from tasks_support import CAPSULE

PYTHON = """
import os
from capsule import task

@task(name="main"{options})
def main():
    {body}
"""


def python(work, body, options="", name="tmp.py"):
    work.write(name, PYTHON.format(body=body.strip().replace("\n", "\n    "), options=options))
    return name


def test_the_libraries_of_python_find_it(work):
    work.write("library.py", """
import tempfile, shutil, sqlite3, zipfile, pathlib, os
from capsule import task

found = tempfile.tempdir  # the module is in the image, and must not have looked then

@task(name="main")
def main():
    answer = {"imported": found, "dir": tempfile.gettempdir(), "root": os.listdir("/"), "before": os.listdir("/tmp")}
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory)
        (path / "a").write_text("text")
        (path / "a").rename(path / "b")
        (path / "link").symlink_to("b")
        os.link(path / "b", path / "hard")
        shutil.copytree(path, directory + "-copy")
        answer["copied"] = sorted(os.listdir(directory + "-copy")) + [(path / "link").read_text()]
        shutil.rmtree(directory + "-copy")
        with zipfile.ZipFile(path / "z.zip", "w") as archive:
            archive.writestr("member", "x" * 10_000)
        with zipfile.ZipFile(path / "z.zip") as archive:
            answer["zip"] = len(archive.read("member"))
        database = sqlite3.connect(path / "db")
        database.execute("create table t(a)")
        database.executemany("insert into t values (?)", [(n,) for n in range(1000)])
        database.commit()
        answer["sum"] = database.execute("select sum(a) from t").fetchone()[0]
        database.close()
    with tempfile.NamedTemporaryFile("w+") as file:
        file.write("12345")
        file.flush()
        answer["named"] = os.path.getsize(file.name)
    with tempfile.TemporaryFile() as file:
        file.write(b"x" * 100_000)
        file.seek(0)
        answer["unnamed"] = len(file.read())
    answer["after"] = os.listdir("/tmp")
    return answer
""")
    expected = {"imported": None, "dir": "/tmp", "root": ["tmp"], "before": [], "copied": ["b", "hard", "link", "text"],
                "zip": 10_000, "sum": 499_500, "named": 5, "unnamed": 100_000, "after": []}
    assert work.result("library.py") == expected
    assert work.result("library.py") == expected  # out of the kept image


def test_javascript_has_it_too(work):
    work.write("tmp.ts", """
import { task } from "@capsule-run/sdk";
import * as os from "node:os";
import * as fs from "node:fs";
import * as path from "node:path";
export const main = task({ name: "main" }, () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "x-"));
  fs.writeFileSync(path.join(directory, "a"), "hello");
  fs.renameSync(path.join(directory, "a"), path.join(directory, "b"));
  fs.appendFileSync(path.join(directory, "b"), "!");
  const text = fs.readFileSync(path.join(directory, "b"), "utf8");
  fs.rmSync(directory, { recursive: true });
  return [os.tmpdir(), text, fs.readdirSync("/tmp")];
});
""")
    assert work.result("tmp.ts") == ["/tmp", "hello!", []]


FILL = """
with open("/tmp/file", "wb") as file:
    file.write(b"x" * {})
return os.path.getsize("/tmp/file")"""


@pytest.mark.parametrize("flags, size", [((), 64 << 20), (("--tmp", "1MB"), 1 << 20), (("--tmp", "1000"), 1000)])
def test_its_size_and_one_byte_more(work, flags, size):
    assert work.result(python(work, FILL.format(size)), flags=flags) == size
    envelope = work.envelope(python(work, 'print("begun")\n' + FILL.format(size + 1)), flags=flags)
    error = envelope["error"]
    assert (error["error_type"], error["limit"], error["allowed"]) == ("disk_exceeded", "tmp", size)
    assert error["used"] > size and "--tmp" in error["hint"]
    assert "Quota exceeded" in error["message"] and envelope["stdout"] == "begun\n"


def test_past_the_limit_is_an_ordinary_error_inside(work):
    body = """
try:
    with open("/tmp/file", "wb") as file:
        file.write(b"x" * 2000)
except OSError as error:
    return error.strerror"""
    assert work.result(python(work, body), flags=["--tmp", "1000"]) == "Quota exceeded"


def test_a_hole_counts_and_costs_nothing(work):
    body = """
with open("/tmp/file", "wb") as file:
    file.truncate(1 << 40)"""
    assert work.envelope(python(work, body))["error"]["limit"] == "tmp"
    body = """
with open("/tmp/file", "wb+") as file:
    file.truncate(32 << 30)
    file.seek(16 << 30)
    return len(file.read(1000))"""
    assert work.result(python(work, body), flags=["--tmp", "32GB"]) == 1000


def test_10000_files_and_no_more(work):
    body = """
made = 0
try:
    while True:
        open(f"/tmp/{made}", "x").close()
        made += 1
except OSError as error:
    if made != 10_000: raise
    open("/tmp/more", "x")"""
    error = work.envelope(python(work, body, ', compute="HIGH"'))["error"]
    assert (error["error_type"], error["limit"], error["allowed"]) == ("disk_exceeded", "tmp_inodes", 10_000)


def test_it_can_be_switched_off(work):
    body = 'return [os.listdir("/"), os.path.exists("/tmp")]'
    assert work.result(python(work, body), flags=["--tmp", "0"]) == [[], False]


@pytest.mark.parametrize("size, message", [("much", 'invalid --tmp "much": expected a size like'),
                                           ("65GB", "tmp limit of 69793218560 bytes is too large, at most 68719476736"),
                                           ("-1", 'invalid --tmp "-1": expected a size like')])
def test_a_size_that_is_none(work, size, message):
    done = work.capsule("run", "--tmp", size, python(work, "pass"))
    assert done.returncode == 2 and message in done.stderr


def test_the_operators_ceiling(work):
    work.write("capsule.toml", '[limits]\nmax_tmp = "1MB"\n')
    name = python(work, FILL.format((1 << 20) + 1))
    for flags in ((), ("--tmp", "1GB")):
        assert work.envelope(name, flags=flags)["error"]["allowed"] == 1 << 20
    assert work.envelope(name, flags=["--tmp", "1000"])["error"]["allowed"] == 1000
    explained = work.capsule("explain", name).stdout
    assert "tmp            1 MB" in explained and "tmp 64 MB lowered to 1 MB (operator's max_tmp)" in explained
    work.write("capsule.toml", "[limits]\nmax_tmp = 0\n")
    assert work.result(python(work, 'return os.path.exists("/tmp")'), flags=["--tmp", "1GB"]) is False
    assert "tmp            none" in work.capsule("explain", name).stdout


def test_every_attempt_and_every_subtask_has_its_own(work):
    work.write("own.py", """
import os
from capsule import task

@task(name="child", max_retries=2)
def child(name):
    seen = os.listdir("/tmp")
    print(seen)
    open("/tmp/" + name, "w").close()
    if name == "bad":
        raise ValueError(str(seen))
    return seen

@task(name="main")
def main():
    open("/tmp/mains", "w").close()
    answers = [child(name) for name in ("a", "b")]
    bad = child("bad")
    return [[a["result"] for a in answers], bad["error"]["message"], bad["execution"]["attempts"], os.listdir("/tmp")]
""")
    assert work.result("own.py") == [[[], []], "[]", 3, ["mains"]]


def test_a_granted_directory_keeps_its_place(work):
    work.write("tmp/kept.txt", "kept")
    body = """
open("/tmp/new", "w").write("on the host")
return sorted(os.listdir("/tmp"))"""
    assert work.result(python(work, body, ', allowed_files=["./tmp"]')) == ["kept.txt", "new"]
    assert (work.path / "tmp" / "new").read_text() == "on the host"
    body = 'return open("/tmp/kept.txt").read()'
    read_only = ', allowed_files=[{"path": ".", "mode": "read-only"}]'
    assert work.result(python(work, body, read_only, "whole.py")) == "kept"
    assert work.result(python(work, body, ', allowed_files=["."]', "writable.py")) == "kept"


def test_beside_a_granted_root(work):
    """A writable one could make a /tmp of its own, which must not be lost; one that is only read gets ours."""
    body = """
os.makedirs("/tmp", exist_ok=True)
open("/tmp/file", "w").write("x")
return os.listdir("/tmp")"""
    assert work.result(python(work, body, ', allowed_files=["."]')) == ["file"]
    assert (work.path / "tmp" / "file").read_text() == "x"
    (work.path / "tmp" / "file").unlink()
    (work.path / "tmp").rmdir()
    assert work.result(python(work, body, ', allowed_files=[{"path": ".", "mode": "read-only"}]')) == ["file"]
    assert not (work.path / "tmp").exists()
    assert work.result(python(work, body, ', allowed_files=["."]'), flags=["--tmp", "1MB"]) == ["file"]
    assert not (work.path / "tmp").exists()


def test_an_artifact_has_it(work):
    name = python(work, FILL.format(1000))
    assert work.capsule("build", "--export", name).returncode == 0
    assert '"result":1000' in work.capsule("exec", "tmp.wasm").stdout
    done = work.capsule("exec", "--tmp", "999", "tmp.wasm")
    assert done.returncode == 1 and "limit tmp: 1000 bytes used, 999 bytes allowed" in done.stderr


def test_an_import_has_none(work):
    work.write("early.py", """
import os
open("/tmp/file", "w").write("x")
from capsule import task

@task(name="main")
def main():
    return os.listdir("/tmp")
""")
    done = work.capsule("run", "early.py")
    assert done.returncode == 2 and "an import has no files" in done.stderr


def test_it_needs_no_directory_and_leaves_nothing(work, tmp_path):
    """Not on the host's /tmp, not beside the project, and no memory file: not even when the process is killed."""
    before = set(os.listdir(work.path))
    (tmp_path / "nothing").mkdir()
    work.write("hang.py", """
import time
from capsule import task

@task(name="main")
def main():
    open("/tmp/secret", "w").write("x" * 1_000_000)
    print("written", flush=True)
    time.sleep(60)
""")
    environment = {**os.environ, "CAPSULE_CACHE": str(work.cache), "TMPDIR": str(tmp_path / "nothing")}
    process = subprocess.Popen([CAPSULE, "run", "--no-trace", "hang.py"], cwd=work.path, env=environment,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout.readline() == "written\n"
    opened = [os.readlink(f"/proc/{process.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{process.pid}/fd")]
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not [path for path in opened if "(deleted)" in path and "capsule-image" not in path]
    assert os.listdir(tmp_path / "nothing") == []
    assert set(os.listdir(work.path)) - before <= {"hang.py"}
