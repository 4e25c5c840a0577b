"""Packages where several take part: runs at once, processes that die, workers, artifacts on another machine."""

import json
import os
import signal
import subprocess
import sys
import time

from packages_support import CAPSULE, DEADLINE, OFFLINE

READ = "import one\nreturn one.VERSION"


def counting_python(tmp_path, before=""):
    """A Python that notes in `calls` that it was started."""
    calls, script = tmp_path / "calls", tmp_path / "counting"
    script.write_text(f'#!/bin/sh\necho called >>{calls}\n{before}\nexec {sys.executable} "$@"\n')
    script.chmod(0o755)
    return script, lambda: len(calls.read_text().splitlines()) if calls.exists() else 0


def start(project, env, *words):
    return subprocess.Popen([CAPSULE, "run", "--json", *words, "main.py"], cwd=project.path, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, env={**project.environment, **env})


def test_runs_at_once_resolve_once(project, tmp_path):
    project.wheel("one")
    project.write("requirements.txt", "one\n")
    project.task(READ)
    script, calls = counting_python(tmp_path, "sleep 0.5")
    processes = [start(project, {"CAPSULE_PYTHON": str(script)}) for _ in range(4)]
    results = [json.loads(process.communicate(timeout=DEADLINE)[0])["result"] for process in processes]
    assert results == ["1.0"] * 4 and calls() == 1
    assert len(project.packages()) == 1


def test_one_that_is_killed_is_no_hindrance(project, tmp_path):
    """pip ends with it, and what it left behind neither counts nor stays."""
    project.wheel("one")
    project.write("requirements.txt", "one\n")
    project.task(READ)
    pids = tmp_path / "pids"
    script, calls = counting_python(tmp_path, f"echo $$ >{pids}; exec sleep 600")
    process = start(project, {"CAPSULE_PYTHON": str(script)})
    end = time.monotonic() + DEADLINE
    while not (pids.exists() and pids.read_text().strip()) and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=DEADLINE)
    pid = int(pids.read_text())
    while os.path.exists(f"/proc/{pid}") and time.monotonic() < end:
        if "Z" in open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0]:
            break
        time.sleep(0.02)
    else:
        assert not os.path.exists(f"/proc/{pid}")
    assert project.result() == "1.0"
    project.run("cache", "prune")
    assert project.packages() == []


def test_a_damaged_entry_is_made_again(project):
    project.wheel("one")
    project.write("requirements.txt", "one\n")
    project.task(READ)
    assert project.result() == "1.0"
    (key,) = project.packages()
    tree = project.cache / "packages" / key / "tree"
    content = tree.read_text()
    tree.write_text(content.replace(content.split()[1], "another-boot"))
    assert project.result(env=OFFLINE) == "1.0" and tree.read_text() == content
    tree.write_text(content.replace(content.split()[1], "another-boot"))
    (tree.parent / "site/one/__init__.py").write_text("VERSION = 'damaged'\n")
    (project.cache / "programs").rename(project.cache / "before")
    assert project.result() == "1.0" and len(project.packages()) == 1


def test_a_worker_sees_other_requirements(project):
    for version in ("1.0", "2.0"):
        project.wheel("one", version)
    project.task(READ)
    project.write("requirements.txt", "one==1.0\n")
    process = subprocess.Popen([CAPSULE, "worker"], cwd=project.path, env=project.environment, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)

    def call(number):
        process.stdin.write(json.dumps({"id": str(number), "file": "main.py"}) + "\n")
        process.stdin.flush()
        reply = json.loads(process.stdout.readline())
        return reply["output"]["result"] if "output" in reply else (reply["error_type"], reply["error"])

    assert call(1) == "1.0"
    project.write("requirements.txt", "one==2.0\n")
    assert call(2) == "2.0"
    project.write("capsule.toml", '[python]\npackages = ["one<2"]\n')
    assert call(3) == "1.0"
    project.run("cache", "prune")
    assert call(4) == "1.0" and len(project.packages()) == 1
    project.write("capsule.toml", '[python]\npackages = ["-e ."]\n')
    kind, message = call(5)
    assert kind == "build_error" and "[python] packages" in message
    process.stdin.close()
    assert process.wait(timeout=DEADLINE) == 0


def exported(project, tmp_path):
    """The artifact of main.py, alone in a directory, and how to execute it there without anything it was made from."""
    done = project.run("build", "--export", "main.py")
    assert done.returncode == 0, done.stderr
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (project.path / "main.wasm").rename(elsewhere / "main.wasm")
    (elsewhere / "requirements.txt").write_text("nothing-of-this-name\n")
    (elsewhere / "capsule.toml").write_text('[python]\npackages = ["nothing-of-this-name"]\n')

    def execute(*words):
        done = project.run(*words, "main.wasm", cwd=elsewhere, env={**OFFLINE, "CAPSULE_CACHE": str(tmp_path / "cache2")})
        return json.loads(done.stdout)

    return execute


def test_an_artifact_carries_them(project, tmp_path):
    project.wheel("one", files={"one/__init__.py": "VERSION = '1.0'\n", "one/late.py": "X = 5\n", "one/data/t.txt": "text\n",
                                "one/.hidden": "hidden\n", "one/data/empty": ""}, requires=["two"])
    project.wheel("two")
    project.write("requirements.txt", "one\n")
    project.task("from importlib.resources import files\nfrom importlib.metadata import version\nimport one.late, two, os\n"
                 "return [one.VERSION, one.late.X, (files('one') / 'data/t.txt').read_text(), (files('one') / '.hidden').read_text(),\n"
                 "        version('two'), os.listdir('/.capsule/app'), sorted(os.listdir('/.capsule/packages'))]", "import one")
    execute = exported(project, tmp_path)
    expected = ["1.0", 5, "text\n", "hidden\n", "1.0", ["main.py"], ["one", "one-1.0.dist-info", "two", "two-1.0.dist-info"]]
    for words in (["exec", "--json"], ["exec", "--json"], ["exec", "--json", "--deterministic"], ["exec", "--json", "--no-cache"]):
        envelope = execute(*words)
        assert envelope["result"] == expected, envelope
        assert envelope["execution"]["snapshot"] == "program"
    assert [package["name"] for package in execute("explain", "--json")["packages"]] == ["one", "two"]


def test_an_artifact_carries_an_environment(project, tmp_path):
    site = ".venv/lib/python3.11/site-packages"
    project.write(".venv/pyvenv.cfg", "")
    for name in ("one.py", "pip/__init__.py", "pip-23.0.dist-info/METADATA", "one/_x.abi3.so", "__pycache__/one.cpython-311.pyc"):
        project.write(f"{site}/{name}", "VERSION = 4\n")
    project.write("capsule.toml", '[python]\nvenv = ".venv"\n')
    project.task("import one, os\nreturn [one.VERSION, sorted(os.listdir('/.capsule/packages'))]")
    execute = exported(project, tmp_path)
    assert execute("exec", "--json")["result"] == [4, ["one.py"]]
