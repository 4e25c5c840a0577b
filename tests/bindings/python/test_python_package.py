"""The package itself: what is in it, and what a decorated function is outside a sandbox."""

import asyncio
import inspect
import os
import subprocess
import sys
import zipfile

import pytest

from binding_support import ROOT

NAMES = ["ErrorInfo", "ExecutionInfo", "RunnerOptions", "RunnerResult", "TaskRunner", "app", "close_all", "exports", "http",
         "run", "run_with_worker", "task"]
OURS = ["TaskError", "run_code", "run_file", "unwrap"]


def test_every_name_of_the_reference(capsule):
    assert sorted(capsule.__all__) == sorted(NAMES + OURS)
    assert all(hasattr(capsule, name) for name in NAMES + OURS)


def test_a_task_stays_a_function(capsule):
    @capsule.task(name="double", compute="LOW", ram="64MB", timeout="2s", max_retries=2, allowed_files=["./data"])
    def double(n, *, plus=0):
        """Doubles."""
        return 2 * n + plus

    @capsule.task
    def bare():
        return "bare"

    @capsule.task()
    async def later(n):
        return n + 1

    assert double(4) == 8 and double(4, plus=1) == 9 and bare() == "bare" and double.__doc__ == "Doubles."
    assert inspect.iscoroutinefunction(later) or sys.version_info < (3, 12)
    assert asyncio.run(later(1)) == 2
    with pytest.raises(ValueError, match="Invalid allowed_files mode 'x'"):
        capsule.task(allowed_files=[{"path": "./d", "mode": "x"}])
    with pytest.raises(ZeroDivisionError):
        capsule.task(lambda: 1 / 0)()


def test_wheel_and_sdist_are_whole_and_reproducible(installed, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "bindings" / "python"))
    import build_wheel

    first = tmp_path / "first"
    second = tmp_path / "second"
    first.mkdir(), second.mkdir()
    wheel = build_wheel.build_wheel(first)
    assert (first / wheel).read_bytes() == (second / build_wheel.build_wheel(second)).read_bytes()
    names = zipfile.ZipFile(first / wheel).namelist()
    assert {"capsule/__init__.py", "capsule/host.py", "capsule/py.typed", "capsule/decorator.pyi"} <= set(names)
    assert not any("_runtime" in name or "__pycache__" in name for name in names)
    sdist = build_wheel.build_sdist(first)
    site = tmp_path / "site"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--disable-pip-version-check",
                    "--target", str(site), str(first / sdist)], check=True, timeout=300,
                   env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore"})
    assert (site / "capsule" / "decorator.py").read_bytes() == (installed / "capsule" / "decorator.py").read_bytes()


def test_what_is_shared_is_what_the_sandbox_has(installed):
    shared = ROOT / "guests" / "python" / "sdk" / "capsule"
    for name in ("__init__.py", "app.py", "decorator.py", "errors.py", "http.py", "mapping.py", "programs.py", "results.py", "sandbox.py"):
        assert (installed / "capsule" / name).read_bytes() == (shared / name).read_bytes()


def test_the_sources_compile_for_the_oldest_python(installed):
    import ast

    for file in (installed / "capsule").glob("*.py*"):
        if file.suffix in (".py", ".pyi"):
            ast.parse(file.read_text(), feature_version=(3, 10))
