"""What `capsule trace` tells of a run: limits and use, attempts, subtasks as a tree, filters."""

import pytest

from cli_support import on_terminal, python
from trace_support import runs

FAMILY = '''from capsule import task

@task(name="leaf")
def leaf(n):
    if n == 3:
        raise ValueError("bad leaf \\x1b[2J\\nforged")
    return n

@task(name="mid", max_retries=2, ram="64MB", timeout="20s")
def mid(n):
    print("four")
    leaf(n)
    if n == 1:
        raise RuntimeError("again")
    return n

@task(name="main")
def main(count="4"):
    for i in range(int(count)):
        mid(i)
    return "done"
'''


def test_limits_and_use(project):
    (project.path / "data").mkdir()
    project.write("data/file.txt", "text")
    project.write(
        "main.py",
        python(
            "print('12345')\nopen('/data/file.txt').read()\n"
            "for _ in range(3):\n    try: open('/data/new', 'w')\n    except OSError: pass\nreturn 'result'",
            'allowed_files=["data:ro"], ram="64MB", timeout="20s", compute="LOW"',
        ),
    )
    assert project.run("run", "main.py").code == 0
    [run] = runs(project)
    assert (run["fuel_limit"], run["ram_limit"], run["timeout_ms"]) == (100_000_000, 64 << 20, 20_000)
    assert run["output_bytes"] == 6 and run["result_bytes"] == len('"result"')
    assert run["denials"] == 3 and run["file_calls"] > 4
    assert run["exit_code"] is None and run["message"] is None and run["parent_id"] is None


def test_outcomes(project):
    project.write("exit.py", python("import sys\nsys.exit(7)"))
    project.write("long.py", python("raise ValueError('x' * 5000)"))
    for name in ("exit.py", "long.py"):
        assert project.run("run", name).code == 1
    long, exited = runs(project)
    assert (exited["error_type"], exited["exit_code"]) == ("exit", 7)
    assert long["error_type"] == "task_error" and long["exit_code"] is None
    assert 1000 < len(long["message"]) <= 1024


def test_a_digest_stands_for_a_policy(project):
    """Equal for equal policies, whatever task has them and however they are written; another for each that differs."""
    for name, options in {
        "a": 'ram="64MB", env_variables=["A", "B"]',
        "same": 'ram="65536KB", env_variables=["B", "A"]',
        "ram": 'ram="65MB", env_variables=["A", "B"]',
        "more": 'ram="64MB", env_variables=["A", "B", "C"]',
    }.items():
        project.write(name + ".py", python("return 1", options))
        assert project.run("run", name + ".py").code == 0
    (project.path / "data").mkdir()
    assert project.run("run", "--mount", "data", "a.py").code == 0
    assert project.run("run", "--max-ram", "63MB", "a.py").code == 0
    assert project.run("run", "--deterministic", "a.py").code == 0
    deterministic, lowered, mounted, more, ram, same, first = [run["policy_digest"] for run in runs(project)]
    assert first == same and len(first) == 64
    assert len({first, ram, more, mounted, lowered, deterministic}) == 6


def test_attempts_and_their_reasons(project):
    project.write("main.py", FAMILY)
    assert project.run("run", "main.py").code == 0
    [run] = runs(project)
    whole = runs(project, run["id"])
    assert whole["attempts"] == 1 and whole["attempt_outcomes"] == []
    mids = whole["subtasks"]
    assert [(mid["state"], mid["attempts"]) for mid in mids] == [("completed", 1), ("failed", 3), ("completed", 1), ("completed", 1)]
    repeated = mids[1]
    assert [attempt["number"] for attempt in repeated["attempt_outcomes"]] == [1, 2, 3]
    for attempt in repeated["attempt_outcomes"]:
        assert (attempt["error_type"], attempt["message"], attempt["output_bytes"]) == ("task_error", "again", 5)
        assert attempt["fuel_consumed"] > 0
    assert sum(attempt["fuel_consumed"] for attempt in repeated["attempt_outcomes"]) == repeated["fuel_consumed"]
    assert repeated["output_bytes"] == 15 and repeated["ram_limit"] == 64 << 20 and repeated["timeout_ms"] == 20_000
    assert [leaf["task"] for leaf in repeated["subtasks"]] == ["leaf"] * 3  # one in each attempt
    assert all(leaf["parent_id"] == repeated["id"] for leaf in repeated["subtasks"])
    text = project.run("trace", run["id"]).out
    assert "3 attempts" in text and "attempt 2  task_error" in text


def test_an_attempt_that_helped(project):
    """Main is repeated too; the last attempt is one that went well."""
    (project.path / "data").mkdir()
    project.write(
        "main.py",
        python(
            "import os\nif not os.path.exists('/data/tried'):\n    open('/data/tried', 'w')\n    raise OSError('first')\nreturn 1",
            'allowed_files=["data"], max_retries=3',
        ),
    )
    assert project.run("run", "main.py").code == 0
    [run] = runs(project)
    assert (run["state"], run["attempts"], run["message"]) == ("completed", 2, None)
    outcomes = runs(project, run["id"])["attempt_outcomes"]
    assert [(outcome["error_type"], outcome["message"]) for outcome in outcomes] == [("task_error", "first"), (None, None)]


@pytest.mark.parametrize("retries, kept", [(98, 99), (99, 100), (100, 100)])
def test_the_first_hundred_attempts_are_told_apart(project, retries, kept):
    project.write("main.ts", "import { task } from '@capsule-run/sdk';\n"
                             f"export const main = task({{ name: 'main', maxRetries: {retries} }}, () => {{ throw new Error('no'); }});\n")  # fmt: skip
    assert project.run("run", "main.ts").code == 1
    whole = runs(project, runs(project)[0]["id"])
    assert whole["attempts"] == retries + 1 and len(whole["attempt_outcomes"]) == kept


def test_every_subtask_is_recorded(project):
    """More than a thousand, in TypeScript, because that is quick."""
    project.write("main.ts", "import { task } from '@capsule-run/sdk';\n"
                             "export const sub = task({ name: 'sub' }, (n: number) => { if (n % 2) throw new Error('odd'); return n; });\n"
                             "export const main = task({ name: 'main', compute: 'HIGH' }, async () => {\n"
                             "  for (let i = 0; i < 1234; i++) await sub(i); });\n")  # fmt: skip
    assert project.run("run", "main.ts").code == 0
    [run] = runs(project)
    whole = runs(project, run["id"])
    assert len(whole["subtasks"]) == 1234
    assert sum(task["state"] == "failed" for task in whole["subtasks"]) == 617
    tree = project.run("trace", run["id"]).out
    assert "└─ … 1,214 more (607 failed)\n" in tree
    assert tree.count("├─ sub") == 20
    assert "└─ … 1,231 more (616 failed)\n" in project.run("trace", "-n", "3", run["id"]).out
    assert "more" not in project.run("trace", "-n", "1234", run["id"]).out.split("limits:")[0]


def test_the_tree(project):
    project.write("main.py", FAMILY)
    assert project.run("run", "main.py").code == 0
    [run] = runs(project)
    lines = project.run("trace", run["id"][:22]).out.splitlines()
    assert lines[0].startswith(run["id"]) and lines[0].endswith("main  main.py")
    shapes = [line.split("  ")[0].rstrip() for line in lines[1:4]]
    assert shapes[0] == "├─ mid" and lines[2].startswith("│  └─ leaf  completed")
    assert any(line.startswith("└─ mid") for line in lines) and any(line.startswith("   └─ leaf") for line in lines)
    assert any("bad leaf ^[[2J^Jforged" in line for line in lines)


def test_a_subtask_by_its_id(project):
    project.write("main.py", FAMILY)
    assert project.run("run", "main.py", "1").code == 0
    [run] = runs(project)
    subtask = runs(project, run["id"])["subtasks"][0]
    assert runs(project, subtask["id"])["task"] == "mid"
    assert f"subtask of {run['id']}" in project.run("trace", subtask["id"]).out


def test_filters(project):
    project.write("main.py", FAMILY)
    project.write("bad.py", python("raise ValueError('no')"))
    assert project.run("run", "main.py").code == 0
    assert project.run("run", "bad.py").code == 1
    assert [run["file"] for run in runs(project, "--failed")] == ["bad.py"]
    assert [run["task"] for run in runs(project, "--task", "leaf")] == ["leaf"] * 6
    assert [run["message"] for run in runs(project, "--task", "mid", "--failed")] == ["again"]
    assert len(runs(project, "--since", "1h")) == 2 and runs(project, "--since", "0s") == []
    assert project.run("trace", "--task", "nobody").out == "No such runs recorded here.\n"


@pytest.mark.parametrize(
    "words, text",
    [
        (["--since", "soon"], 'invalid since "soon"'),
        (["--follow", "--since", "1h"], "--since and --follow exclude each other"),
        (["--follow", "--limit", "3"], "--limit and --follow exclude each other"),
        (["01ABC", "--failed"], "--failed and an ID exclude each other"),
        (["01ABC", "--follow"], "--follow and an ID exclude each other"),
        (["prune", "--task", "a"], "--task and prune exclude each other"),
        (["prune", "--older-than", "old"], 'invalid older-than "old"'),
        (["--older-than", "1d"], "goes with `capsule trace prune` alone"),
        (["--limit", "10001"], "accepted is 1 to 10000"),
    ],
)
def test_flags_that_make_no_sense(project, words, text):
    outcome = project.run("trace", *words)
    assert outcome.code == 2 and text in outcome.err and outcome.out == ""
    outcome = project.run("trace", "--json", *words)
    assert outcome.code == 2 and text in outcome.envelope["error"]["message"]


def test_colours_on_a_terminal_alone(project):
    project.write("main.py", FAMILY)
    project.write("bad.py", python("raise ValueError('\\x1b[32mgreen \\u202e\\x9b2J')"))
    project.run("run", "main.py")
    project.run("run", "bad.py")
    bad, main = [run["id"] for run in runs(project)]
    for words in [["trace"], ["trace", main], ["trace", bad]]:
        code, screen, _ = on_terminal(project, *words)
        assert code == 0 and b"\x1b[3" in screen
        assert b"\x1b[2J" not in screen and b"\x1b[32mgreen" not in screen and "\u202e".encode() not in screen and b"\x9b2J" not in screen
        assert b"\x1b[" not in on_terminal(project, *words, env={"NO_COLOR": "1"})[1]
        assert "\x1b" not in project.run(*words).out.replace("\\u001b", "")
