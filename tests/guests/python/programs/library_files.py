"""Files in a directory that the task may write."""

import csv
import fileinput
import filecmp
import glob
import io
import json
import mmap
import os
import pathlib
import shutil
import sqlite3
import stat
import tarfile
import tempfile
import zipfile

from capsule import task

ROOT = pathlib.Path("data")


def plain():
    path = ROOT / "plain.txt"
    path.write_text("one\ntwo\nthree\n", encoding="utf-8")
    with open(path, "r+b") as file:
        assert file.seek(4) == 4 and file.read(3) == b"two"
        file.seek(0, os.SEEK_END)
        file.write(b"four\n")
        file.truncate(18)
    assert path.read_text() == "one\ntwo\nthree\nfour"
    with open(path, "a") as file:
        print("!", file=file)
    assert path.stat().st_size == 20 and stat.S_ISREG(path.stat().st_mode)
    with open(path) as file:
        assert [line for line in file][-1] == "four!\n"
    with open("/data/plain.txt") as file, open(path) as other:
        assert file.read() == other.read()


def directories():
    (ROOT / "a" / "b").mkdir(parents=True)
    for name in ("x.txt", "y.py", "ü.txt"):
        (ROOT / "a" / name).touch()
    assert sorted(os.listdir(ROOT / "a")) == ["b", "x.txt", "y.py", "ü.txt"]
    assert sorted(glob.glob("data/**/*.txt", recursive=True)) == ["data/a/x.txt", "data/a/ü.txt", "data/plain.txt"]
    assert sorted(path.name for path in ROOT.rglob("*.py")) == ["y.py"]
    assert [names for _, _, names in os.walk(ROOT / "a" / "b")] == [[]]
    with os.scandir(ROOT / "a") as entries:
        assert {entry.name: entry.is_dir() for entry in entries}["b"]
    os.rename(ROOT / "a" / "x.txt", ROOT / "a" / "z.txt")
    os.replace(ROOT / "a" / "z.txt", ROOT / "a" / "y.py")
    shutil.copytree(ROOT / "a", ROOT / "c")
    assert not filecmp.dircmp(ROOT / "a", ROOT / "c").diff_files
    shutil.rmtree(ROOT / "c")
    assert not (ROOT / "c").exists()
    os.chdir("data/a")
    assert os.path.exists("y.py") and os.getcwd() == "/data/a"
    os.chdir("/")


def links():
    os.symlink("plain.txt", ROOT / "link")
    assert os.readlink(ROOT / "link") == "plain.txt" and (ROOT / "link").read_text() == (ROOT / "plain.txt").read_text()
    assert os.path.realpath("data/link") == "/data/plain.txt"


def errors():
    for action, kind in [
        (lambda: open("data/none"), FileNotFoundError),
        (lambda: open("data/a"), IsADirectoryError),
        (lambda: os.listdir("data/plain.txt"), NotADirectoryError),
        (lambda: os.mkdir("data/a"), FileExistsError),
        (lambda: os.rmdir("data/a"), OSError),
        (lambda: open("data/plain.txt", "x"), FileExistsError),
        (lambda: open("/etc/passwd"), OSError),
        (lambda: open("data/../../etc/passwd"), OSError),
    ]:
        try:
            action()
        except kind:
            pass
        else:
            raise AssertionError(f"{kind.__name__} expected")


def databases():
    connection = sqlite3.connect("data/file.db")
    with connection:
        connection.execute("create table t(n integer)")
        connection.executemany("insert into t values (?)", [(n,) for n in range(1000)])
    connection.execute("pragma journal_mode = truncate")
    connection.close()
    with sqlite3.connect("data/file.db") as again:
        assert again.execute("select sum(n) from t").fetchone() == (499500,)
    again.close()


def archives():
    with zipfile.ZipFile("data/a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write("data/plain.txt")
        archive.writestr("in/memory", b"x" * 1000)
    with zipfile.ZipFile("data/a.zip") as archive:
        assert archive.testzip() is None and archive.read("in/memory") == b"x" * 1000
    with tarfile.open("data/a.tar.xz", "w:xz", preset=0) as archive:
        archive.add("data/plain.txt", "plain.txt")
    with tarfile.open("data/a.tar.xz") as archive:
        archive.extractall("data/out", filter="data")
    assert pathlib.Path("data/out/plain.txt").exists()


def temporary():
    tempfile.tempdir = "data"
    with tempfile.NamedTemporaryFile("w+", delete=True) as file:
        file.write("x")
        file.flush()
        assert os.path.exists(file.name)
    assert not os.path.exists(file.name)
    with tempfile.TemporaryDirectory() as directory:
        assert os.path.isdir(directory)


def formats():
    with open("data/t.csv", "w", newline="") as file:
        csv.writer(file).writerows([["a", 'b"'], [1, 2.5]])
    with open("data/t.csv", newline="") as file:
        assert list(csv.reader(file)) == [["a", 'b"'], ["1", "2.5"]]
    with open("data/t.json", "w") as file:
        json.dump({"a": [1]}, file)
    with open("data/t.json", "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        assert view[:] == b'{"a": [1]}'
    with fileinput.input("data/plain.txt") as lines:
        assert len(list(lines)) == 4
    with io.open("data/large", "wb", buffering=0) as file:
        assert file.write(b"x" * 1_000_000) == 1_000_000


@task(name="main", allowed_files=["./data"])
def main():
    parts = [plain, directories, links, errors, databases, archives, temporary, formats]
    for part in parts:
        part()
    return [part.__name__ for part in parts]
