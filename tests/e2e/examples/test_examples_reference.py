"""Programs as they are written for the reference, in both languages: a task that reads a directory and one with more
rights that writes it, code that came as text, a program that meets every limit. CAPSULE_REFERENCE may name a checkout of
the reference: then its own examples run too, unchanged, those that need neither network nor its host package."""

import json
import os
import shutil
from pathlib import Path

import pytest

REFERENCE = Path(os.environ.get("CAPSULE_REFERENCE", "/nonexistent")) / "examples"

WRITER = {
    "main.py": """from capsule import task

@task(name="append", allowed_files=[{"path": "./notes", "mode": "read-write"}])
def append(line: str) -> dict:
    with open("./notes/log.txt", "a") as file:
        file.write(line + "\\n")
    return {"appended": True}

@task(name="main", allowed_files=[{"path": "./notes", "mode": "read-only"}])
def main() -> dict:
    with open("./notes/list.txt") as file:
        lines = file.read().strip().split("\\n")
    answer = append(f"{len(lines)} entries, {lines[-1]} last")
    try:
        open("./notes/log.txt", "a")
        refused = False
    except PermissionError:
        refused = True
    return {"count": len(lines), "first": lines[0], "refused": refused, "answer": answer}
""",
    "main.ts": """import { task } from "@capsule-run/sdk";
import fs from "fs";

const append = task({ name: "append", allowedFiles: [{ path: "./notes", mode: "read-write" }] }, async (line: string) => {
  fs.appendFileSync("./notes/log.txt", line + "\\n");
  return { appended: true };
});

export const main = task({ name: "main", allowedFiles: [{ path: "./notes", mode: "read-only" }] }, async () => {
  const lines = (fs.readFileSync("./notes/list.txt", "utf8") as string).trim().split("\\n");
  const answer = await append(`${lines.length} entries, ${lines[lines.length - 1]} last`);
  let refused = false;
  try {
    fs.appendFileSync("./notes/log.txt", "x");
  } catch {
    refused = true;
  }
  return { count: lines.length, first: lines[0], refused, answer };
});
""",
}

TEXT = {
    "main.py": """from capsule import task

@task(name="evaluate", compute="HIGH", timeout="10s", ram="64MB")
def evaluate(code: str):
    found = {}
    exec(code, {}, found)
    return found.get("result")

@task(name="main", compute="HIGH", timeout="30s")
def main(code: str):
    return [evaluate(code), evaluate("result = open('secret').read()"), evaluate("result = unknown")]
""",
    "main.ts": """import { task } from "@capsule-run/sdk";

const evaluate = task({ name: "evaluate", compute: "HIGH", timeout: "10s", ram: "64MB" }, (code: string): unknown => {
  const fn = new Function("require", code);
  return fn(undefined);
});
const direct = task({ name: "direct", timeout: 10000 }, async (code: string): Promise<any> => await eval(code));

export const main = task({ name: "main", compute: "HIGH", timeout: "30s" }, async (code: string) => {
  return [await evaluate(code), await evaluate("return unknown;"), await direct("console.log('seen'); 6 * 7")];
});
""",
}

LIMITS = {
    "main.py": """import math
import time
from capsule import task

@task(name="sleeps", timeout="300ms", compute="HIGH")
def sleeps():
    for _ in range(5): time.sleep(0.2)

@task(name="computes", compute="LOW", timeout="60s")
def computes():
    result = 0.0
    for i in range(100_000_000): result += math.sqrt(i) * math.sin(i)
    return result

@task(name="hoards", ram="32MB", compute="HIGH", timeout="30s")
def hoards():
    kept = []
    try:
        for i in range(1000):
            kept.append([index * 0.5 for index in range(1_000_000)])
            print(f"{i} kept")
    except Exception as error:
        print(f"error: {error}")
        raise error

@task(name="tiny", timeout="3s", compute="LOW", ram="5MB")
def tiny():
    return "never"

@task(name="main", compute="HIGH", timeout="120s")
def main():
    return [each()["error"]["error_type"] for each in (sleeps, computes, hoards, tiny)]
""",
    "main.ts": """import { task } from "@capsule-run/sdk";

const sleeps = task({ name: "sleeps", timeout: "300ms", compute: "HIGH" }, async () => {
  for (let i = 0; i < 5; i++) await new Promise(resolve => setTimeout(resolve, 200));
});
const computes = task({ name: "computes", compute: "LOW", timeout: "60s" }, (): number => {
  let result = 0;
  for (let i = 0; i < 100000000; i++) result += Math.sqrt(i) * Math.sin(i);
  return result;
});
const hoards = task({ name: "hoards", ram: "32MB", compute: "HIGH", timeout: "30s" }, async () => {
  const kept: number[][] = [];
  for (let i = 0; i < 1000; i++) {
    kept.push(new Array(1000000).fill(0).map((_, index) => index * Math.random()));
    console.log(`${i} kept`);
  }
});
const tiny = task({ name: "tiny", timeout: "3s", compute: "LOW", ram: "1MB" }, () => "never");

export const main = task({ name: "main", compute: "HIGH", timeout: "120s" }, async () => {
  const all: any[] = [];
  for (const each of [sleeps, computes, hoards, tiny]) all.push((await (each as any)()).error.error_type);
  return all;
});
""",
}


@pytest.mark.parametrize("name", ["main.py", "main.ts"])
def test_a_reader_calls_a_writer(work, name):
    work.write(name, WRITER[name])
    work.write("notes/list.txt", "one\ntwo\nthree\n")
    result = work.result(name)
    answer = result.pop("answer")
    assert result == {"count": 3, "first": "one", "refused": True}
    assert answer["success"] and answer["result"] == {"appended": True} and answer["execution"]["task_name"] == "append"
    assert (work.path / "notes/log.txt").read_text() == "3 entries, three last\n"


def test_code_that_came_as_text_in_python(work):
    work.write("main.py", TEXT["main.py"])
    work.write("secret", "secret")
    good, refused, broken = work.result("main.py", "print('seen')\nresult = sum(range(100))")
    assert good["success"] and good["result"] == 4950 and good["stdout"] == "seen\n"
    assert refused["error"]["error_type"] == "task_error" and "FileNotFoundError" in refused["error"]["traceback"]
    assert "name 'unknown' is not defined" in broken["error"]["message"]


def test_code_that_came_as_text_in_typescript(work):
    work.write("main.ts", TEXT["main.ts"])
    good, broken, direct = work.result("main.ts", "return Array.from({ length: 5 }, (_, i) => i * i)")
    assert good["success"] and good["result"] == [0, 1, 4, 9, 16]
    assert "unknown is not defined" in broken["error"]["message"]
    assert direct["result"] == 42 and direct["stdout"] == "seen\n"


@pytest.mark.parametrize("name", ["main.py", "main.ts"])
def test_a_program_that_meets_every_limit(work, name):
    work.write(name, LIMITS[name])
    assert work.result(name) == ["timeout", "compute_exceeded", "memory_exceeded", "memory_exceeded"]


# ---- The reference's own ----

OWN = {
    "python/file-access": ("main.py", [], lambda r: (r["input_lines"], r["first_line"], r["write_result"]["result"])
                           == (2, "Hello from Capsule!", {"written": True})),
    "python/exec-untrusted-code": ("main.py", [], lambda r: r["success"] and r["result"] == 42),
    "python/run-from-existing-project": ("capsule_sandbox.py", ["result = sum(range(100))"], lambda r: r == 4950),
    "javascript/file-access": ("main.ts", [], lambda r: (r["inputLines"], r["firstLine"], r["writeResult"]["result"])
                               == (2, "Hello from Capsule!", {"written": True})),
    "javascript/eval-untrusted-code": ("main.ts", [], lambda r: r is None),
    "javascript/run-from-existing-project": ("capsule_sandbox.ts", ["return Array.from({length: 3}, (_, i) => i * i)"],
                                             lambda r: r == [0, 1, 4]),
}  # fmt: skip
LIMIT_TYPES = ["timeout", "compute_exceeded", "compute_exceeded", "memory_exceeded", "memory_exceeded", "timeout",
               "compute_exceeded"]  # fmt: skip

needs_reference = pytest.mark.skipif(not REFERENCE.is_dir(), reason="CAPSULE_REFERENCE names no checkout of the reference")


@needs_reference
@pytest.mark.parametrize("name", OWN)
def test_an_example_of_the_reference(work, name):
    shutil.copytree(REFERENCE / name, work.path, dirs_exist_ok=True)
    file, arguments, expected = OWN[name]
    assert expected(work.result(file, *arguments))


@needs_reference
@pytest.mark.parametrize("name, file", [("python/limit-testing", "limits_test.py"), ("javascript/limit-testing", "limits-test.ts")])
def test_the_limits_of_the_reference(work, name, file):
    """Its main calls every task and passes over what they answer: that is seen in the trace."""
    shutil.copytree(REFERENCE / name, work.path, dirs_exist_ok=True)
    work.result(file, timeout=300)
    [run] = json.loads(work.capsule("trace", "--json").stdout)
    subtasks = json.loads(work.capsule("trace", "--json", run["id"]).stdout)["subtasks"]
    assert [subtask["error_type"] for subtask in subtasks] == LIMIT_TYPES
