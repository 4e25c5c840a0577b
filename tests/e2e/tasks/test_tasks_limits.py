"""Limits of tasks, in both languages: each ends what goes past it, with its type, numbers and partial output."""

import pytest

PYTHON = """
import time
from capsule import task

@task(name="main", {options})
def main():
    print("begun", flush=True)
    {body}
"""

JAVASCRIPT = """
import {{ task }} from "@capsule-run/sdk";
export const main = task({{ name: "main", {options} }}, async () => {{
  console.log("begun");
  {body}
}});
"""

ENDS = [
    ("python", 'timeout="300ms", compute="HIGH"', "while True: pass", "timeout", "timeout"),
    ("python", 'timeout="300ms"', "time.sleep(60)", "timeout", "timeout"),
    ("python", 'timeout="500ms", compute="HIGH"', "len(str(10**(10**8)))", "timeout", "timeout"),
    ("python", 'timeout="500ms", compute="HIGH"', 'import re; re.match(r"(a+)+$", "a" * 40 + "b")', "timeout", "timeout"),
    ("python", 'compute="LOW"', "while True: pass", "compute_exceeded", "compute"),
    ("python", 'compute="90000000"', "while True: pass", "compute_exceeded", "compute"),
    ("python", 'ram="64MB"', "bytearray(200_000_000)", "memory_exceeded", "ram"),
    ("python", 'ram="1MB"', "pass", "memory_exceeded", "ram"),
    ("javascript", 'timeout: "300ms", compute: "HIGH"', "while (true) {}", "timeout", "timeout"),
    ("javascript", 'timeout: 300', "await new Promise((r) => setTimeout(r, 60000));", "timeout", "timeout"),
    ("javascript", 'timeout: "500ms", compute: "HIGH"', '/(a+)+$/.test("a".repeat(40) + "b");', "timeout", "timeout"),
    ("javascript", 'compute: "LOW"', "while (true) {}", "compute_exceeded", "compute"),
    ("javascript", "compute: 90000000", "while (true) {}", "compute_exceeded", "compute"),
    ("javascript", 'ram: "1MB"', "", "memory_exceeded", "ram"),
]


def program(work, language, options, body):
    template, name = (PYTHON, "limits.py") if language == "python" else (JAVASCRIPT, "limits.ts")
    work.write(name, template.format(options=options, body=body))
    return name


@pytest.mark.parametrize("language, options, body, error_type, limit", ENDS)
def test_a_limit_ends_the_task(work, language, options, body, error_type, limit):
    envelope = work.envelope(program(work, language, options, body))
    assert envelope["success"] is False and envelope["result"] is None
    error = envelope["error"]
    assert (error["error_type"], error["limit"]) == (error_type, limit), error
    assert error["used"] >= error["allowed"] or error_type == "memory_exceeded"
    if "1MB" not in options:
        assert envelope["stdout"] == "begun\n"


def test_timeout_text_is_the_references(work):
    name = program(work, "python", 'timeout="200ms"', "time.sleep(60)")
    assert work.envelope(name)["error"]["message"] == "timeout after 200ms"


@pytest.mark.parametrize("language, body", [("python", 'while True: print("x" * 1000)'), ("javascript", 'while (true) console.log("x".repeat(1000));')])
def test_an_output_flood_ends_with_its_head_kept(work, language, body):
    envelope = work.envelope(program(work, language, 'compute="HIGH"' if language == "python" else 'compute: "HIGH"', body))
    error = envelope["error"]
    assert (error["error_type"], error["limit"], error["allowed"]) == ("output_exceeded", "output", 16 << 20)
    assert envelope["stdout_truncated"] is True
    assert envelope["stdout"].startswith("begun\n" + "x" * 1000)
    assert envelope["execution"]["output_bytes"] == 16 << 20


def test_a_caught_memory_error_is_ordinary_python(work):
    work.write("caught.py", """
from capsule import task

@task(name="main", ram="64MB")
def main():
    try:
        bytearray(200_000_000)
    except MemoryError:
        return len(bytearray(1_000_000))
""")
    assert work.result("caught.py") == 1_000_000


def test_recursion_is_an_error_of_the_language(work):
    work.write("deep.py", """
import json
from capsule import task

@task(name="main", compute="HIGH")
def main():
    def down(n):
        return down(n + 1)
    nested = []
    for _ in range(200_000):
        nested = [nested]
    kinds = []
    for attempt in (lambda: down(0), lambda: json.loads("[" * 200_000), lambda: repr(nested), lambda: json.dumps(nested)):
        try:
            attempt()
        except (RecursionError, MemoryError) as error:
            kinds.append(type(error).__name__)
    return kinds
""")
    assert work.result("deep.py") == ["RecursionError"] * 4
    work.write("deep.ts", """
import { task } from "@capsule-run/sdk";
export const main = task({ name: "main", compute: "HIGH" }, () => {
  const down = (n: number): number => down(n + 1) + 1;
  const kinds: string[] = [];
  for (const attempt of [() => down(0), () => JSON.parse("[".repeat(200000) + "]".repeat(200000))]) {
    try { attempt(); kinds.push("none"); } catch (error) { kinds.push((error as Error).name); }
  }
  return kinds;
});
""")
    kinds = work.result("deep.ts")
    assert kinds[0] in ("RangeError", "InternalError")
    assert kinds[1] in ("RangeError", "InternalError", "SyntaxError", "none")


def test_the_process_lives_on_after_every_kind_of_end(work):
    work.write("many.py", """
import sys, time
from capsule import task

@task(name="spin", timeout="100ms", compute="HIGH")
def spin():
    while True: pass

@task(name="burn", compute="30000000")
def burn():
    while True: pass

@task(name="eat", ram="48MB")
def eat():
    return len([bytearray(1_000_000) for _ in range(100)])

@task(name="leave")
def leave():
    sys.exit(7)

@task(name="fine")
def fine(n):
    return n

@task(name="main", compute="HIGH")
def main():
    kinds = []
    for turn in range(3):
        for failing in (spin, burn, eat, leave):
            kinds.append(failing()["error"]["error_type"])
            assert fine(turn)["result"] == turn
    return kinds
""")
    assert work.result("many.py") == ["timeout", "compute_exceeded", "memory_exceeded", "exit"] * 3


def test_fuel_is_the_same_on_every_run(work):
    work.write("fuel.py", """
from capsule import task

@task(name="main")
def main():
    return sum(i * i for i in range(20000))
""")
    work.envelope("fuel.py")
    fuels = {work.envelope("fuel.py")["execution"]["fuel_consumed"] for _ in range(3)}
    assert len(fuels) == 1


def test_retries_repeat_the_task_with_fresh_state(work):
    work.write("retry.py", """
from capsule import task

@task(name="flaky", max_retries=2, allowed_files=["./state"])
def flaky():
    with open("state/count", "a") as f:
        f.write("x")
    with open("state/count") as f:
        seen = len(f.read())
    if seen < 3:
        raise ValueError(f"attempt {seen}")
    return seen

@task(name="main", max_retries=1)
def main():
    return flaky()
""")
    (work.path / "state").mkdir()
    result = work.result("retry.py")
    assert result["result"] == 3
    assert (result["execution"]["retries"], result["execution"]["attempts"]) == (2, 3)
