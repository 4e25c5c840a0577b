"""The wheel, built and installed by pip without a network, and a project with the command on PATH."""

import os
import subprocess
import sys

import pytest

from binding_support import CAPSULE, ROOT


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """The folder the wheel is installed in; already importable."""
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--disable-pip-version-check",
         "--target", str(folder), str(ROOT / "bindings" / "python")],
        check=True, timeout=300, env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore"},
    )
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture
def capsule(installed, cache, tmp_path, monkeypatch):
    """The module, in a project of its own, with no workers before and after."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CAPSULE_CACHE", str(cache))
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "capsule").symlink_to(CAPSULE)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("CAPSULE_GUESTS", os.environ.get("CAPSULE_GUESTS", str(ROOT / "build" / "guests")))
    import capsule
    from capsule import _worker

    yield capsule
    for worker in _worker._workers.values():
        if worker.process is not None:
            worker.process.popen.kill()
    _worker.workers_close()


@pytest.fixture
def program(tmp_path):
    """Writes a program whose task main has this body."""

    def write(name, body, options=""):
        lines = "\n".join("    " + line for line in body.splitlines())
        head = f'@task(name="main"{", " + options if options else ""})\ndef main(*args):\n'
        (tmp_path / name).write_text(f"from capsule import task\n\n{head}{lines}\n")
        return name

    return write
