"""explain: what each task may do, what it may cost, and where each value comes from."""

import json

import pytest

PYTHON = """\
from capsule import task

MEGABYTES = 32 * 2

@task(
    name="main",
    ram=f"{MEGABYTES}MB",
    timeout="90s",
    allowed_files=[{"path": name, "mode": "read-only"} for name in ["data"]],
)
def main():
    raise SystemExit("explain runs nothing")


@task()
def helper():
    pass
"""

TYPESCRIPT = """\
import { task } from "@capsule-run/sdk";
import { helper } from "./lib/helper.ts";

const megabytes: number = 32 * 2;

export const main = task(
  {
    name: "main",
    ram: `${megabytes}MB`,
    timeout: "90s",
    allowedFiles: ["data"].map((path) => ({ path, mode: "read-only" as const })),
  },
  () => helper() ?? process.exit(3),
);
"""

HELPER = """\
import { task } from "@capsule-run/sdk";

interface Unused {
  erased: string;
}

export const helper = task({ name: "helper" }, () => null);
"""

CONFIG = """\
[tasks]
default_compute = "LOW"
default_env_variables = ["KEY"]

[limits]
max_timeout = "1m"
max_tmp = "1MB"
"""


@pytest.fixture(params=["python", "typescript"])
def program(request, project):
    """A project in either language; answers (project, file, where main is declared, where helper is)."""
    (project.path / "data").mkdir()
    project.write("capsule.toml", CONFIG)
    if request.param == "python":
        project.write("main.py", PYTHON)
        return project, "main.py", "main.py:5", "main.py:15"
    project.write("main.ts", TYPESCRIPT)
    project.write("lib/helper.ts", HELPER)
    return project, "main.ts", "main.ts:6", "lib/helper.ts:7"


def row(text, name):
    """A line of the list, without its name, blanks made single."""
    lines = [" ".join(line.split()[1:]) for line in text.splitlines() if line.startswith(f"  {name} ")]
    assert len(lines) == 1, text
    return lines[0]


def test_every_value_says_where_it_comes_from(program):
    project, file, main_at, _ = program
    outcome = project.run("explain", "--max-ram", "48MB", file, "main")
    assert outcome.code == 0 and outcome.err == ""
    text = outcome.out
    assert f"\nmain, declared at {main_at} (what `run` starts)\n" in text
    expected = {
        "cost": "LOW: about 25ms of CPU time and never more than 5s, 48 MB of memory, 1m",
        "compute": "100000000 units (LOW) capsule.toml:2 default_compute",
        "ram": f"48 MB {main_at} ram, lowered by --max-ram",
        "timeout": f"1m {main_at} timeout, lowered by capsule.toml:6 max_timeout",
        "cpu": "5s follows compute",
        "tmp": "1 MB built-in default, lowered by capsule.toml:7 max_tmp",
        "max_retries": "0 built-in default",
        "env_variables": "KEY capsule.toml:3 default_env_variables",
    }
    assert {name: row(text, name) for name in expected} == expected
    option = "allowed_files" if file.endswith(".py") else "allowedFiles"
    assert row(text, "allowed_files") == f"data as /data, read-only {main_at} {option}"


def test_json_has_the_same(program):
    project, file, main_at, helper_at = program
    outcome = project.run("explain", "--json", "--max-ram", "48MB", file)
    described = json.loads(outcome.out)
    main, helper = sorted(described["tasks"], key=lambda task: task["name"] == "helper")
    for task, place in [(main, main_at), (helper, helper_at)]:
        assert f"{task['declared_at']['file']}:{task['declared_at']['line']}" == place
    assert main["cost"]["class"] == "LOW" and main["cost"]["cpu_most_ms"] == 5000 and main["cost"]["attempts"] == 1
    ram = main["sources"]["ram"]
    assert ram["set_by"] == main["declared_at"] | {"from": "declared", "text": f"{main_at} ram"}
    assert ram["lowered_by"] == {"from": "caller", "file": None, "line": None, "text": "--max-ram"}
    assert main["sources"]["timeout"]["lowered_by"] == {
        "from": "config", "file": "capsule.toml", "line": 6, "text": "capsule.toml:6 max_timeout",
    }  # fmt: skip
    assert helper["sources"]["ram"]["set_by"]["from"] == "default"
    assert set(main["sources"]) == set(helper["sources"]) >= set(main["effective"]) - {"name", "timeout_ns", "cpu_ns", "retry_delay_ns"}
    assert "retry_delay" in main["sources"]


def test_places_survive_the_cache(program):
    project, file, main_at, _ = program
    first, second = (project.run("explain", "--json", file).out for _ in range(2))
    assert first == second and main_at.split(":")[0] in first
    assert project.run("explain", "--json", "--no-cache", file).out == first


def test_places_travel_with_an_artifact(program):
    project, file, main_at, _ = program
    assert project.run("build", "--export", file).code == 0
    assert f"main, declared at {main_at} (" in project.run("explain", "main.wasm").out


def test_one_task(program):
    project, file, _, helper_at = program
    text = project.run("explain", file, "helper").out
    assert f"\nhelper, declared at {helper_at}\n" in text and "\nmain" not in text
    described = json.loads(project.run("explain", "--json", file, "helper").out)
    assert [task["name"] for task in described["tasks"]] == ["helper"] and described["default"] == "main"


@pytest.mark.parametrize(
    "name, says",
    [
        ("helpr", "there is no task 'helpr' (did you mean 'helper'?)"),
        ("something-else", "there is no task 'something-else': known are"),
        ("", "there is no task '': known are"),
        ("\x1b[2J", "there is no task '^[[2J': known are"),
    ],
)
def test_unknown_task(program, name, says):
    project, file, _, _ = program
    outcome = project.run("explain", file, name)
    assert outcome.code == 2 and outcome.out == "" and says in outcome.err
    answer = project.run("explain", "--json", file, name)
    assert answer.code == 2 and answer.envelope["error"]["error_type"] == "config_error"
    assert says in answer.envelope["error"]["message"]


def test_a_function_that_is_no_task_yet(project):
    project.write("main.py", "x = 1\n\ndef main():\n    pass\n")
    assert "\nmain, declared at main.py:3 (" in project.run("explain", "main.py").out


def test_bare_decorator_and_a_decorator_elsewhere(project):
    project.write("shared/__init__.py", "")
    project.write("shared/tasks.py", "from capsule import task\n\n@task\ndef first():\n    pass\n")
    project.write(
        "main.py",
        "from capsule import task\nfrom shared.tasks import first\n\ndef main():\n    pass\nmain = task(name='main')(main)\n",
    )
    text = project.run("explain", "main.py").out
    assert "\nfirst, declared at shared/tasks.py:3\n" in text
    assert "\nmain, declared at main.py:6 (" in text


def test_deny_flags_and_the_operators_lines(project):
    (project.path / "data").mkdir()
    project.write("capsule.toml", "[limits]\ndeny_net = true\n")
    project.write(
        "main.py",
        'from capsule import task\n@task(allowed_files=["data"], allowed_hosts=["example.com"])\ndef main(): pass\n',
    )
    text = project.run("explain", "--deny-files", "main.py").out
    assert row(text, "allowed_files") == "none main.py:2 allowed_files, lowered by --deny-files"
    assert row(text, "allowed_hosts") == "none main.py:2 allowed_hosts, lowered by capsule.toml:2 deny_net"


def test_a_file_that_forges_lines(project):
    source = 'from capsule import task\nexec(compile("@task(name=\'main\')\\ndef main(): pass", "x\\n  ram  1 TB\\x1b[2J", "exec"))\n'
    project.write("main.py", source)
    outcome = project.run("explain", "main.py")
    assert outcome.code == 0 and "1 TB" not in outcome.out and "\x1b" not in outcome.out
