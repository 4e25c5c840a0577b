"""The in-guest SDK in ordinary Python: tasks are plain functions."""

import pathlib
import subprocess
import sys

import pytest

SDK = pathlib.Path(__file__).resolve().parents[3] / "guests" / "python" / "sdk"


def run(source):
    done = subprocess.run([sys.executable, "-B", "-c", source], env={"PYTHONPATH": str(SDK)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_calls_are_calls():
    source = """
import asyncio
from capsule import task, http, app
@task(name="double", compute="low", ram="1GB", timeout="5s", max_retries=1, allowed_files=["a", {"path": "b", "mode": "ro"}])
def double(x, y=0): return 2 * x + y
@task
async def later(x): return x
print(double(2, y=1), asyncio.run(later(3)), http.get("u").ok(), double.__name__)
print(app.get_task_config("double"))
"""
    assert run(source).splitlines() == [
        "5 3 True double",
        "{'name': 'double', 'compute': 'LOW', 'ram': '1GB', 'timeout': '5s', 'max_retries': 1, "
        "'allowed_files': ['a', {'path': 'b', 'mode': 'ro'}]}",
    ]


def test_further_ways_to_call_are_loops_of_calls():
    source = """
import asyncio
from capsule import TaskError, task, unwrap
@task(retry_delay="1s")
def double(x, y=0): return 2 * x + y
@task
async def later(x, y=0): return x + y
print(double.value(2, y=1), double.map(range(3)), double.map([1], values=True), double.starmap([(1, 2), [3, 4]]))
print(asyncio.run(later.value(1, y=2)), asyncio.run(later.map([1, 2])), asyncio.run(later.starmap([(1, 2)], 1, values=True)))
try: double.map([None])
except TypeError: print("its own exception")
try: double.map([1], max_parallel=0)
except ValueError as error: print(error)
try: unwrap({"success": False, "error": {"error_type": "timeout", "message": "late"}, "execution": {"task_name": "t"}})
except TaskError as error: print(error.error_type, error, error.traceback)
"""
    assert run(source).splitlines() == [
        "5 [0, 2, 4] [2] [4, 10]",
        "3 [1, 2] [3]",
        "its own exception",
        "max_parallel must be at least 1, not 0",
        "timeout t: timeout: late None",
    ]


def test_all_names_are_there():
    names = "task app http TaskRunner run RunnerOptions RunnerResult ExecutionInfo ErrorInfo run_with_worker close_all exports"
    assert run(f"import capsule; print([hasattr(capsule, name) for name in {names.split()!r}])") == str([True] * 12)


@pytest.mark.parametrize("mode", ["append", "", "RW"])
def test_invalid_mode(mode):
    source = f"""
from capsule import task
try:
    task(allowed_files=[{{"path": "./data", "mode": {mode!r}}}])
except ValueError as error:
    print(error)
"""
    assert run(source) == f"Invalid allowed_files mode '{mode}' for path './data'. Use 'read-only' or 'read-write'."


def test_name_must_be_text():
    assert "a task's name must be a string, not int" in run(
        "from capsule import task\ntry:\n    task(name=3)(print)\nexcept TypeError as error:\n    print(error)"
    )
