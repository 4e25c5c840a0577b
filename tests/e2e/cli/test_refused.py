"""Containers whose filter refuses a system call: what needs it says so, and the rest works."""

import errno
import json
import pathlib
import subprocess

import pytest

from cli_support import CAPSULE, DEADLINE, Outcome, python

OPENAT2 = 437  # the same number on every architecture

SUBTASK = """from capsule import task

@task(name="reader", allowed_files=["data"])
def reader():
    return open('data/x').read()

@task(name="main")
def main():
    return reader()
"""


@pytest.fixture(scope="session")
def refuse(tmp_path_factory):
    """A program that runs a command with one system call refused."""
    program = tmp_path_factory.mktemp("refuse") / "refuse"
    source = pathlib.Path(__file__).with_name("refuse.c")
    subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", "-o", str(program), str(source)], check=True)
    if subprocess.run([program, str(OPENAT2), str(errno.ENOSYS), "true"]).returncode == 125:
        pytest.skip("seccomp filters are not allowed here")
    return program


@pytest.fixture(params=[errno.ENOSYS, errno.EPERM, errno.EACCES], ids=errno.errorcode.get)
def run(request, refuse, project):
    def run_refused(*words):
        done = subprocess.run([refuse, str(OPENAT2), str(request.param), CAPSULE, *words], cwd=project.path,
                              env=project.environment, capture_output=True, timeout=DEADLINE)  # fmt: skip
        return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())

    (project.path / "data").mkdir()
    project.write("data/x", "1")
    return run_refused


@pytest.mark.parametrize("name, text", [
    ("main.py", python("import helper, sqlite3\nreturn helper.VALUE")),
    ("main.ts", "import { task } from '@capsule-run/sdk';\nimport { VALUE } from './value';\n"
                "export const main = task({ name: 'main' }, () => VALUE);\n"),
])  # fmt: skip
def test_programs_without_files_run(run, project, name, text):
    project.write("helper.py", "VALUE = 7\n")
    project.write("value.ts", "export const VALUE: number = 7;\n")
    project.write(name, text)
    assert run("run", "--json", name).envelope["result"] == 7


def test_a_declared_grant_is_a_configuration_error(run, project):
    project.write("main.py", python("return open('data/x').read()", "allowed_files=['data']"))
    outcome = run("run", "--json", "main.py")
    assert outcome.code == 2 and outcome.envelope["error"]["error_type"] == "config_error"
    assert "openat2" in outcome.envelope["error"]["message"]


def test_a_mount_is_a_configuration_error(run, project):
    project.write("main.py", python("return open('data/x').read()"))
    outcome = run("run", "--json", "--mount", "data", "main.py")
    assert outcome.code == 2 and outcome.envelope["error"]["error_type"] == "config_error"
    assert "openat2" in outcome.envelope["error"]["message"]


def test_a_subtask_with_a_grant_fails_alone(run, project):
    project.write("main.py", SUBTASK)
    outcome = run("run", "--json", "main.py")
    assert outcome.code == 0 and outcome.envelope["result"]["error"]["error_type"] == "config_error"


def test_denied_files_need_no_openat2(run, project):
    project.write("main.py", python("return 1", "allowed_files=['data']"))
    assert run("run", "--json", "--deny-files", "main.py").envelope["result"] == 1


def test_doctor_says_so(run):
    outcome = run("doctor", "--json")
    [check] = [check for check in json.loads(outcome.out) if check["check"] == "openat2"]
    assert outcome.code == 0 and not check["ok"] and check["level"] == "warning" and check["cost"]
