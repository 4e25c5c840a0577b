"""Runs that are recorded later, many at once, through the public header and the shared library."""

import json
import pathlib
import subprocess

import pytest

from cli_support import TOP, Project

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = """from capsule import task

@task(name="half", timeout="5s")
def half(number):
    return number / 2

@task(name="main", max_retries=1)
def main(number):
    half(number)
    return number + 1
"""


@pytest.fixture
def binary(tmp_path):
    library = TOP / "build"  # not a sanitizer's, which an ordinary program cannot load
    path = tmp_path / "record_later"
    subprocess.run(["cc", "-std=c17", "-Wall", "-Wextra", "-Werror", f"-I{TOP}/include", str(HERE / "record_later.c"), "-o", str(path),
                    str(library / "libcapsule.so.0"), f"-Wl,-rpath,{library}"], check=True)  # fmt: skip
    return path


@pytest.fixture
def projects(tmp_path):
    made = []
    for name in ("one", "two"):
        path = tmp_path / name
        path.mkdir()
        (path / "main.py").write_text(PROGRAM)
        made.append(Project(path, tmp_path / "cache"))
    return made


def record(binary, projects):
    environment = {"CAPSULE_GUESTS": str(TOP / "build/guests"), **projects[0].environment}
    return subprocess.run([str(binary), *(str(p.path) for p in projects)], env=environment, capture_output=True, text=True, timeout=120)


def trace(project):
    """All rows, the newest first, but for those of runs that lasted and were not recorded."""
    rows = json.loads(project.run("trace", "--json", "-n", "100").out)
    return [json.loads(project.run("trace", "--json", row["id"]).out) for row in rows if row["state"] not in ("running", "interrupted")]


def test_runs_of_several_projects_are_recorded_at_once(binary, projects):
    done = record(binary, projects)
    assert (done.returncode, done.stderr) == (0, "")
    ids = done.stdout.split()
    rows = [trace(project) for project in projects]
    assert sorted(row["id"] for of_one in rows for row in of_one) == sorted(ids)
    assert [len(of_one) for of_one in rows] == [2, 2]
    by_id = {row["id"]: row for of_one in rows for row in of_one}
    first, second, failed, last = (by_id[id] for id in ids)
    assert [row["state"] for row in (first, second, failed, last)] == ["completed", "completed", "failed", "completed"]
    assert failed["attempts"] == 2 and "can only concatenate" in failed["message"]
    assert [child["task"] for child in first["subtasks"]] == ["half"]


def test_a_trace_that_cannot_be_written_is_an_error(binary, projects):
    (projects[1].path / ".capsule").write_text("in the way")
    done = record(binary, projects)
    assert done.returncode == 1 and done.stderr.endswith("/.capsule is not a directory\n")
    assert len(trace(projects[0])) == 2
