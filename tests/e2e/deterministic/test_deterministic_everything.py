"""The same program, input and seed give the same bytes: output, result, fuel, memory."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from deterministic_support import envelope, expect_same, seeded, unmeasured

EVERYTHING = ["everything.py", "everything.ts"]
ORIGIN = 1735689600  # seconds: 2025-01-01T00:00:00Z


@pytest.mark.parametrize("name", EVERYTHING)
def test_twenty_runs_are_the_same(twice, name):
    envelopes = []
    for number in range(20):
        project = twice.program(name, place=f"place{number % 4}")
        envelopes.append(seeded(project, name, "argument", stdin=subprocess.DEVNULL))
    found = expect_same(envelopes)
    assert found["success"], found["error"]
    assert found["execution"]["snapshot"] == "program"
    assert len(found["stdout"].splitlines()) > 50


@pytest.mark.parametrize("name", EVERYTHING)
def test_neither_place_nor_spelling_nor_cache_nor_jobs_nor_load_matter(twice, name):
    project = twice.program(name)
    deep = twice.program(name, place="some/very/long/way/down/to/a/project")
    above = twice.project()
    above.path = twice.path
    spinners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4)]
    try:
        envelopes = [seeded(twice.program(name), *words) for words in (
            [name], ["--no-cache", name], [f"./{name}"], [str(project.path / name)], ["--jobs", "1", name],
            ["--jobs", "8", name], ["--jobs", "8", "--no-cache", name], ["--no-trace", name])]
        envelopes.append(seeded(deep, name))
        envelopes.append(seeded(deep, "--no-cache", f"../project/{name}"))
        # From a directory above: the grant is beside it then.
        twice.make_data(above)
        envelopes.append(seeded(above, f"project/{name}"))
        envelopes.append(seeded(above, "--no-cache", f"./some/very/../very/long/way/down/to/a/project/{name}"))
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()
    expect_same(envelopes)


@pytest.mark.parametrize("name", EVERYTHING)
def test_seeds_differ_and_zero_is_the_default(twice, name):
    project = twice.program(name)
    run = lambda seed: envelope(project, *seed, name)  # noqa: E731
    default, zero = run(["--deterministic"]), run(["--deterministic=0"])
    expect_same([default, zero])
    seven = expect_same([run(["--deterministic=7"]), run(["--deterministic=7"])])
    most = run([f"--deterministic={2**64 - 1}"])
    results = [json.dumps(found["result"]) for found in (default, seven, most)]
    assert len(set(results)) == 3


@pytest.mark.parametrize("name", EVERYTHING)
def test_artifacts_too(twice, name):
    """An artifact brings its files with it, so what lies beside it does not matter at all."""
    project = twice.program(name)
    assert project.run("build", "--export", name).code == 0
    artifact = project.path / name.replace(name[-3:], ".wasm")
    beside = twice.program("everything.py", place="elsewhere")
    os.makedirs(beside.path / "dist")
    shutil.copy(artifact, beside.path / "dist" / "other-name.wasm")
    found = []
    for place, *words in ([project, artifact.name], [project, "--no-cache", f"./{artifact.name}"], [beside, "dist/other-name.wasm"],
                          [beside, "--jobs", "1", str(artifact)]):
        twice.make_data(place)
        found.append(unmeasured(place.run("exec", "--json", "--deterministic", *words)))
    assert expect_same(found)["success"]


def test_what_a_program_sees_of_the_time(twice):
    project = twice.project()
    project.write("clock.py", """
import time
from capsule import task

@task(name="main", deterministic=True)
def main():
    first, second = time.time_ns(), time.time_ns()
    time.sleep(3600)
    return [first, second - first, time.time_ns() - second, time.get_clock_info("time").resolution]
""")
    first, step, slept, resolution = envelope(project, "clock.py")["result"]
    assert ORIGIN * 10**9 <= first < (ORIGIN + 1) * 10**9
    assert (step, round(resolution, 9)) == (1000, 1e-06)
    assert 3600 * 10**9 <= slept < 3601 * 10**9


def test_what_a_program_sees_of_a_file(twice):
    project = twice.project()
    project.write("files.py", """
import os
from capsule import task

@task(name="main", deterministic=True, allowed_files=["data"])
def main():
    return [list(os.stat(f"data/{name}"))[1:] for name in sorted(os.listdir("data"))]
""")
    twice.make_data(project)
    result = envelope(project, "files.py")["result"]
    assert [row[5] for row in result] == [5, 5, 5, 0]  # bytes; a directory tells none
    assert all(row[-3:] == [ORIGIN] * 3 for row in result)
    assert [row[0] for row in result] == sorted(row[0] for row in result)


def test_nans_are_canonical(twice):
    nan = "000000000000f87f"
    project = twice.program("everything.py")
    lines = seeded(project, "everything.py")["stdout"].splitlines()
    found = [line.split() for line in lines if re.fullmatch(r"[0-9a-f]{16}( [0-9a-f]{8,16})+", line)]
    assert len(found) == 16
    carried = {"000000000000f8ff", "010000000000f8ff"}  # a sign that was set, a payload that was given
    assert {word for row in found for word in row if len(word) == 16} == {nan} | carried
    project = twice.program("everything.ts")
    lines = seeded(project, "everything.ts")["stdout"].splitlines()
    made = next(line.split() for line in lines if re.match(r"7ff8000000000000 ", line))
    assert len(made) == 20
    assert made[0:4] == ["7ff8000000000000"] * 4
    assert made[8:11] == ["7ff8000000000000"] * 3


@pytest.mark.skipif("CAPSULE_OTHER_GUESTS" not in os.environ, reason="CAPSULE_OTHER_GUESTS names no guests of another CPU level")
@pytest.mark.parametrize("name", EVERYTHING)
def test_guests_for_another_cpu_say_the_same(twice, name):
    project = twice.program(name)
    other = {"CAPSULE_GUESTS": os.environ["CAPSULE_OTHER_GUESTS"]}
    expect_same([seeded(project, name, "argument"), seeded(project, name, "argument", env=other)])
