"""`build --export` and `exec`: a program with its policy in one file, away from its sources."""

import json
import shutil
import subprocess

import pytest

PYTHON = """
import sys
from capsule import task
from parts import greeting

@task(name="main", timeout="300ms", compute="HIGH")
def main(mode="greet"):
    if mode == "spin":
        while True: pass
    from later import value
    return greeting(mode) + value
"""


@pytest.fixture
def artifact(work):
    work.write("tool.py", PYTHON)
    work.write("parts/__init__.py", "def greeting(name):\n    return 'hello ' + name\n")
    work.write("later.py", "value = '!'\n")
    built = work.capsule("build", "--export", "tool.py")
    assert built.returncode == 0, built.stderr
    return work.path / "tool.wasm"


def test_an_artifact_runs_without_its_sources(artifact, work, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.move(artifact, elsewhere / "tool.wasm")
    shutil.rmtree(work.path)
    work.path = elsewhere
    done = work.capsule("exec", "--json", "tool.wasm", "greet")
    assert json.loads(done.stdout)["result"] == "hello greet!"
    assert done.returncode == 0


def test_the_declared_policy_holds(artifact, work):
    done = work.capsule("exec", "--json", "tool.wasm", "spin")
    assert json.loads(done.stdout)["error"]["error_type"] == "timeout"
    assert done.returncode == 1


def test_it_is_a_valid_module(artifact):
    assert subprocess.run(["wasm-validate", str(artifact)]).returncode == 0


def test_a_damaged_artifact_is_refused(artifact, work):
    data = bytearray(artifact.read_bytes())
    data[len(data) // 2] ^= 1
    artifact.write_bytes(data)
    done = work.capsule("exec", "tool.wasm")
    assert done.returncode == 2 and "tool.wasm" in done.stderr


def test_what_an_artifact_takes_along(work, tmp_path):
    """Packages, whatever they are called; not what tools keep in the project, nor names that no import can ask for."""
    work.write("main.py", """from capsule import task
@task(name="main")
def main():
    import build, dist.inner, later
    return [build.VALUE, dist.inner.VALUE, later.VALUE]
""")
    work.write("build/__init__.py", "VALUE = 1\n")
    work.write("dist/__init__.py", "")
    work.write("dist/inner.py", "VALUE = 2\n")
    work.write("later.py", "VALUE = 3\n")
    work.write("odd/a\nb.py", "never")
    work.write("my-env/pyvenv.cfg", "home = /usr/bin\n")
    work.write("my-env/lib/big.py", "#" * 100_000)
    work.write("sub/build/lib.py", "#" * 100_000)
    built = work.capsule("build", "--export", "main.py")
    assert built.returncode == 0, built.stderr
    assert (work.path / "main.wasm").stat().st_size < 100_000
    shutil.move(work.path / "main.wasm", tmp_path / "main.wasm")
    shutil.rmtree(work.path)
    work.path = tmp_path
    done = work.capsule("exec", "--json", "main.wasm")
    assert json.loads(done.stdout)["result"] == [1, 2, 3]


def test_a_main_file_with_an_odd_name_is_refused(work):
    work.write("a\nb.py", PYTHON.replace("from parts import greeting", "greeting = str"))
    built = work.capsule("build", "--export", "a\nb.py")
    assert built.returncode == 2 and "has a character that is not allowed" in built.stderr
    assert [file.name for file in work.path.iterdir()] == ["a\nb.py"]


def test_typescript(work):
    work.write("tool.ts", """
import { task } from "@capsule-run/sdk";
import { double } from "./double";
export const main = task({ name: "main", timeout: 500, compute: "HIGH" }, (n: string) => {
  if (n === "spin") while (true) {}
  return double(Number(n));
});
""")
    work.write("double.ts", "export const double = (n: number): number => n * 2;\n")
    assert work.result("tool.ts", "4") == 8  # from the cache afterwards
    assert work.capsule("build", "--export", "tool.ts").returncode == 0
    (work.path / "tool.ts").unlink()
    assert json.loads(work.capsule("exec", "--json", "tool.wasm", "21").stdout)["result"] == 42
    assert json.loads(work.capsule("exec", "--json", "tool.wasm", "spin").stdout)["error"]["error_type"] == "timeout"
