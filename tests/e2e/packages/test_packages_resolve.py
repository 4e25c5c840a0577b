"""Packages a program asks for: found, resolved by pip, importable, warm, and never stale."""

import hashlib
import json
import os
import pty
import shutil
import subprocess
import sys

import pytest

from packages_support import CAPSULE, DEADLINE, OFFLINE

READ = "import one\nreturn one.VERSION"


def test_packages_are_whole_and_warm(project):
    """Modules, data files, metadata, dependencies; behind the library; in the program image; offline from then on."""
    project.wheel("one", "1.2", {
        "one/__init__.py": "from importlib.resources import files\nTEXT = files(__name__).joinpath('data/t.txt').read_text()\n"
                           "LOADS = 1\n",
        "one/data/t.txt": "text of one\n", "json.py": "raise SystemError('the library comes first')\n",
    }, requires=["two>=2"])
    project.wheel("two", "2.0")
    project.wheel("two", "2.1")
    project.write("requirements.txt", "one == 1.2  # the one\n")
    project.task("from importlib.metadata import version\nimport json\n"
                 "return [one.TEXT, version('one'), version('two'), two.VERSION, sys.path, one.__file__]", "import one, sys, two")
    envelope = project.envelope()
    assert envelope["result"] == ["text of one\n", "1.2", "2.1", "2.1", ["/.capsule/app", "/.capsule/lib", "/.capsule/packages"],
                                  "/.capsule/packages/one/__init__.py"]
    assert envelope["execution"]["snapshot"] == "program"
    assert project.envelope(env=OFFLINE)["result"] == envelope["result"]
    shutil.rmtree(project.cache / "programs")
    assert project.result(env=OFFLINE) == envelope["result"]


def test_programs_without_packages_see_none(project):
    project.task("import os, sys\nreturn [sys.path, os.path.exists('/.capsule/packages'), os.listdir('/.capsule')]")
    assert project.result(env=OFFLINE) == [["/.capsule/app", "/.capsule/lib"], False, ["app", "lib"]]
    assert project.packages() == []


def test_where_they_are_named(project):
    """capsule.toml before requirements.txt before pyproject.toml; each seen as soon as it is there or changes."""
    for version in range(1, 5):
        project.wheel("one", f"{version}.0")
    project.task("try:\n    import one\nexcept ModuleNotFoundError as error:\n    return str(error)\nreturn one.VERSION")
    assert project.result() == "No module named 'one'"
    project.write("pyproject.toml", '[project]\nname = "p"\ndependencies = ["one == 1.*"]\n')
    assert project.result() == "1.0"
    project.write("requirements.txt", "one==2.0\n")
    assert project.result() == "2.0"
    project.write("capsule.toml", '[python]\npackages = ["one>=3,<4"]\n')
    assert project.result() == "3.0"
    project.write("capsule.toml", "[python]\npackages = []\n")
    assert project.result() == "No module named 'one'"
    (project.path / "capsule.toml").unlink()
    assert project.result(env=OFFLINE) == "2.0"
    project.write("requirements.txt", "one==4.0\n")
    assert project.result() == "4.0"
    project.write("requirements.txt", "\n# nothing\n")
    assert project.result() == "No module named 'one'"


def test_a_string_has_none(project):
    """Whatever the project names, and what it may write it writes."""
    project.write("requirements.txt", "nothing-of-this-name\n")
    done = project.run("run", "--json", "--mount", ".::/in", "-c", "open('/in/made', 'w').write('x')")
    assert json.loads(done.stdout)["result"] == 1 and (project.path / "made").exists(), done


def test_beside_the_program_not_the_caller(project):
    project.wheel("one", "1.0")
    project.task(READ, name="deep/main.py")
    project.write("deep/requirements.txt", "one\n")
    assert project.result(file="deep/main.py") == "1.0"
    project.task(READ)
    assert not project.envelope()["success"]


def test_included_files(project):
    for version in ("1.0", "2.0"):
        project.wheel("one", version)
    project.wheel("two")
    project.write("requirements.txt", "-r more/a.txt\r\n\ttwo \\\n  >=1.0 # not 0\n")
    project.write("more/a.txt", "--requirement=b.txt\n")
    project.write("more/b.txt", "one==1.0\n")
    project.task("import one, two\nreturn one.VERSION")
    assert project.result() == "1.0"
    project.write("more/b.txt", "one==2.0\n")
    assert project.result() == "2.0"


def test_equal_requirements_share_what_was_resolved(project):
    project.wheel("one")
    project.wheel("two")
    project.task(READ)
    for text in ("one >= 1, < 2\ntwo\n", "two\n\none>=1,<2 # same\n", "two\none (>=1,<2)\n"):
        project.write("requirements.txt", text)
        assert project.result() == "1.0"
    assert len(project.packages()) == 1


def test_markers_are_those_of_the_sandbox(project):
    for name in ("one", "two", "three", "four"):
        project.wheel(name)
    project.wheel("all", requires=["one; sys_platform == 'wasi'", "two; sys_platform == 'linux'", "four; extra == 'more'",
                                   "three; python_version >= '3.13' and platform_machine == 'wasm32'"], extras=["more"])
    project.write("requirements.txt", "all[more]\ntwo; platform_system == 'Linux' or os_name == 'nt'\n")
    project.task("import importlib.util as u\nreturn [u.find_spec(n) is not None for n in ('one', 'two', 'three', 'four')]")
    assert project.result() == [True, False, True, True]


def test_a_version_for_the_sandboxs_python(project):
    project.wheel("one", "1.0")
    project.wheel("two", "1.0", requires_python="==3.13.*")
    project.wheel("one", "2.0", requires_python=">=3.99")
    project.write("requirements.txt", "one\ntwo\n")
    project.task(READ)
    assert project.result() == "1.0"
    project.write("requirements.txt", "one==2.0\n")
    assert project.refusal() == "package one is not for the sandbox's Python: not in '>=3.99'"


def test_hashes(project):
    digest = hashlib.sha256(project.wheel("one").read_bytes()).hexdigest()
    project.task(READ)
    project.write("requirements.txt", f"--require-hashes\none==1.0 \\\n    --hash=sha256:{'0' * 64} \\\n    --hash sha256:{digest}\n")
    assert project.result() == "1.0"
    project.write("requirements.txt", f"one==1.0 --hash=sha256:{'0' * 64}\n")
    assert "HASHES" in project.refusal()
    project.write("requirements.txt", "--require-hashes\none==1.0\n")
    assert "hash" in project.refusal().lower()


def test_settings_of_the_user(project, index, tmp_path):
    """An index, a relative directory and pip.conf lead to packages; what would make pip do something else does not count."""
    project.wheel("one")
    project.task(READ)
    project.write("requirements.txt", "one\n")
    hostile = {"PIP_TARGET": str(tmp_path / "elsewhere"), "PIP_NO_BINARY": ":all:", "PIP_REQUIRE_VIRTUALENV": "1", "PIP_USER": "1",
               "PIP_DRY_RUN": "1", "PIP_REQUIREMENT": "nowhere.txt", "PIP_LOG": str(tmp_path / "elsewhere")}
    assert project.result(env={"PIP_FIND_LINKS": None, "PIP_NO_INDEX": None, "PIP_INDEX_URL": index.url, **hostile}) == "1.0"
    assert index.requests and not (tmp_path / "elsewhere").exists()
    project.run("cache", "prune")
    assert project.result(env={"PIP_FIND_LINKS": "nowhere ../wheels"}) == "1.0"
    project.run("cache", "prune")
    config = tmp_path / "pip.conf"
    config.write_text(f"[global]\nfind-links = {project.wheels}\nno-index = true\n[install]\nuser = true\nno-binary = :all:\n")
    assert project.result(env={"PIP_FIND_LINKS": None, "PIP_NO_INDEX": None, "PIP_CONFIG_FILE": str(config)}) == "1.0"


def test_nothing_of_the_project_runs_on_the_host(project, tmp_path):
    """Neither modules and programs that lie in the current directory or on PYTHONPATH, nor a package's own code."""
    mark = tmp_path / "ran"
    trap = f"open({str(mark)!r}, 'w')\n"
    for name in ("pip.py", "sitecustomize.py", "usercustomize.py", "pip/__init__.py", "six.py", "re.py"):
        project.write(name, trap)
    script = project.write("python3", f"#!/bin/sh\ntouch {mark}\n")
    script.chmod(0o755)
    project.wheel("one", files={"one/__init__.py": "VERSION = '1.0'\n", "setup.py": trap, "conftest.py": trap, "evil.pth": "import " + trap})
    project.write("requirements.txt", "one\n")
    project.task(READ, name="main.py")
    directory = os.path.dirname(sys.executable)
    env = {"PYTHONPATH": str(project.path), "PATH": f".::{project.path.name}:{directory}:/usr/bin:/bin", "CAPSULE_PYTHON": None}
    project.run("run", "--json", "main.py", env=env)
    assert len(project.packages()) == 1
    assert not mark.exists()


def test_commands_of_packages_are_left_out(project):
    project.wheel("one", scripts=[("one-tool", "one:VERSION")])
    project.write("requirements.txt", "one\n")
    project.task("import one, os\nreturn sorted(os.listdir('/.capsule/packages'))")
    assert project.result() == ["one", "one-1.0.dist-info"]
    (key,) = project.packages()
    for file in (project.cache / "packages" / key).rglob("*"):
        assert file.is_dir() or str(project.cache) not in file.read_text()


def test_packages_cannot_be_changed(project):
    project.wheel("one")
    project.write("requirements.txt", "one\n")
    project.task("import os\nfailed = 0\n"
                 "for change in (lambda: open('/.capsule/packages/one/__init__.py', 'a'), lambda: open('/.capsule/packages/x.py', 'w'),\n"
                 "               lambda: os.mkdir('/.capsule/packages/x'), lambda: os.remove('/.capsule/packages/one/__init__.py')):\n"
                 "    try:\n        change()\n    except OSError:\n        failed += 1\nreturn failed")
    assert project.result() == 4


def test_packages_cannot_be_changed_through_the_project(project):
    """Even when the cache lies in a directory that a task may write."""
    project.wheel("one")
    project.write("requirements.txt", "one\n")
    project.task("import os\nsite = next(root for root, names, files in os.walk('/in') if root.endswith('/site'))\nfailed = 0\n"
                 "for change in (lambda: open(site + '/one/__init__.py', 'a'), lambda: open(site + '/x.py', 'w'),\n"
                 "               lambda: os.mkdir(site + '/one/x'), lambda: os.rename(site, site + '2'),\n"
                 "               lambda: os.rename('/in/cache', '/in/c'), lambda: os.link(site + '/one/__init__.py', '/in/x')):\n"
                 "    try:\n        change()\n    except OSError:\n        failed += 1\nopen('/in/fine', 'w')\nreturn failed",
                 options="allowed_files=['.::/in']")
    assert project.result(env={"CAPSULE_CACHE": str(project.path / "cache")}) == 6
    assert (project.path / "fine").exists()


def test_requirements_cannot_be_changed_by_a_task(project):
    project.wheel("one")
    project.write("requirements.txt", "-r more.txt\n")
    project.write("more.txt", "one\n")
    project.task("failed = 0\nfor name in ('requirements.txt', 'more.txt'):\n    try:\n        open('/in/' + name, 'a')\n"
                 "    except OSError:\n        failed += 1\nreturn failed", options="allowed_files=['.::/in']")
    assert project.result() == 2


def test_progress_is_shown_on_a_terminal_alone(project):
    project.wheel("one")
    project.wheel("two")
    project.write("requirements.txt", "one\ntwo\n")
    project.task(READ)
    ours, theirs = pty.openpty()
    process = subprocess.Popen([CAPSULE, "run", "main.py"], cwd=project.path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=theirs, env={**project.environment, "TERM": "xterm"})
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 4096):
            shown += chunk
    except OSError:  # the other end is closed
        pass
    assert process.wait(timeout=DEADLINE) == 0
    assert b"resolving 2 packages" in shown
    project.run("cache", "prune")
    done = project.run("run", "main.py")
    assert done.stderr == "" and json.loads(done.stdout)["result"] == "1.0"


def test_explain_and_cache_tell_of_them(project):
    project.wheel("one", "1.5")
    project.wheel("two_parts", "2!1.0")
    project.write("requirements.txt", "one\ntwo-parts\n")
    project.task(READ)
    described = json.loads(project.run("explain", "--json", "main.py").stdout)
    assert described["packages"] == [{"name": "one", "version": "1.5"}, {"name": "two_parts", "version": "2!1.0"}]
    assert "  packages       one 1.5\n                 two_parts 2!1.0\n" in project.run("explain", "main.py").stdout
    entries = json.loads(project.run("cache", "ls", "--json").stdout)
    assert {entry["kind"] for entry in entries} == {"program", "packages"}
    (entry,) = [entry for entry in entries if entry["kind"] == "packages"]
    assert entry["file"] == "one 1.5, two_parts 2!1.0" and entry["bytes"] > 0 and entry["last_used"]
    project.run("cache", "prune")
    assert project.packages() == [] and project.run("cache", "ls", "--json").stdout == "[]\n"
    assert "is no" in project.refusal(env=OFFLINE) or "there is no python3" in project.refusal(env=OFFLINE)
    assert project.result() == "1.5"


def test_an_import_that_is_not_pure(project):
    """Every run imports again, with packages and under the task's policy."""
    project.wheel("one")
    project.write("requirements.txt", "one\n")
    project.task("return one.VERSION", "import one\nprint('hello')")
    envelope = project.envelope()
    assert (envelope["result"], envelope["stdout"], envelope["execution"]["snapshot"]) == ("1.0", "hello\n", "language")


@pytest.mark.parametrize("flag", ["--no-cache", "--deterministic"])
def test_flags(project, flag):
    project.wheel("one")
    project.write("deep/requirements.txt", "one\n")
    project.task(READ, name="deep/main.py")
    assert project.result(flag, file="deep/main.py") == "1.0"


def test_without_a_usable_cache(project, tmp_path):
    project.wheel("one")
    project.write("requirements.txt", "one\n")
    project.task("import one\nreturn [one.VERSION, __import__('one.late').late.X]")
    project.wheel("one", files={"one/__init__.py": "VERSION = '1.0'\n", "one/late.py": "X = 5\n"})
    bad, temporary = tmp_path / "bad", tmp_path / "tmp"
    bad.mkdir()
    bad.chmod(0o777)
    temporary.mkdir()
    assert project.result(env={"CAPSULE_CACHE": str(bad), "TMPDIR": str(temporary)}) == ["1.0", 5]
    assert list(temporary.iterdir()) == [] and list(bad.iterdir()) == []
