"""An existing project of the host that runs a sandbox: the wheel installed by pip into a fresh virtual environment, and a
script of the project started with that environment's interpreter, from its own folder."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from binding_support import CAPSULE, ROOT

REFERENCE = Path(os.environ.get("CAPSULE_REFERENCE", "/nonexistent"))  # a checkout, whose examples are run as they are
EXAMPLE = REFERENCE / "examples/python/run-from-existing-project"

SCRIPT = """
import asyncio

from capsule import run


async def main():
    answers = [await run(file="./sandbox.py", args=[code]) for code in ("answer = 6 * 7", "answer = open('main.py').read()")]
    print([answers[0], answers[1]["success"], answers[1]["error"]["error_type"]])


if __name__ == "__main__":
    asyncio.run(main())
"""

SANDBOX = """
from capsule import task


@task(name="main", compute="MEDIUM", ram="64MB", timeout="10s")
def main(code: str):
    names = {}
    exec(code, {}, names)
    return names["answer"]
"""


@pytest.fixture(scope="session")
def interpreter(tmp_path_factory):
    """python of a virtual environment that has the wheel and nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=300)
    python = folder / "bin/python"
    subprocess.run([sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-index", "--no-deps",
                    "--disable-pip-version-check", str(ROOT / "bindings/python")],
                   check=True, timeout=300, env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore"})
    return python


def start(interpreter, project, cache):
    """What main.py of the project printed, as a value."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment |= {"PATH": f"{Path(CAPSULE).parent}:{os.environ['PATH']}", "CAPSULE_CACHE": str(cache)}
    done = subprocess.run([str(interpreter), "main.py"], cwd=project, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return ast.literal_eval(done.stdout)


def test_a_script_runs_a_sandbox_of_its_project(interpreter, tmp_path):
    (tmp_path / "main.py").write_text(SCRIPT)
    (tmp_path / "sandbox.py").write_text(SANDBOX)
    first, second, kind = start(interpreter, tmp_path, tmp_path / "cache")
    assert first["success"] and first["result"] == 42 and first["error"] is None
    assert first["execution"]["task_name"] == "main"
    assert (second, kind) == (False, "task_error")


@pytest.mark.skipif(not EXAMPLE.is_dir(), reason="CAPSULE_REFERENCE names no checkout of the reference")
def test_the_references_own_example_unchanged(interpreter, tmp_path):
    project = tmp_path / "project"
    shutil.copytree(EXAMPLE, project)
    answer = start(interpreter, project, tmp_path / "cache")
    assert answer["success"] and answer["result"] == 4950 and answer["error"] is None
