"""What bounds the tree of a run's subtasks: their number, all levels together, and their depth."""

import pytest

PYTHON = """
from capsule import task
@task(ram="64MB")
def one(): return 1
@task(ram="64MB")
def two(): return [one()["success"], one()["success"]]
@task(ram="64MB")
def nest(levels):
    if levels == 0: return 0
    below = nest(levels - 1)
    return below["result"] + 1 if below["success"] and type(below["result"]) is int else below["error"] or below["result"]
@task
def main(): return {body}
"""

SCRIPT = """
import {{ task }} from "@capsule-run/sdk";
const one = task({{ name: "one" }}, async () => 1);
const two = task({{ name: "two" }}, async () => [(await one()).success, (await one()).success]);
const nest: any = task({{ name: "nest" }}, async (levels: number) => {{
  if (levels === 0) return 0;
  const below = await nest(levels - 1);
  return below.success && typeof below.result === "number" ? below.result + 1 : below.error ?? below.result;
}});
export const main = task({{ name: "main" }}, async () => {body});
"""


def run(work, language, python, script):
    name, text = ("main.py", PYTHON.format(body=python)) if language == "python" else ("main.ts", SCRIPT.format(body=script))
    work.write(name, text)
    return work.result(name)


BOTH = pytest.mark.parametrize("language", ["python", "javascript"])


@BOTH
def test_number(work, language):
    work.write("capsule.toml", "[limits]\nmax_subtasks = 4\n")
    third, *last = run(work, language, "[two(), one(), one()]", "[await two(), await one(), await one()]")
    assert third["result"] == [True, True] and last[0]["success"], "four of them, on two levels"
    error = last[1]["error"]
    assert (error["error_type"], error["limit"], error["used"], error["allowed"]) == ("subtasks_exceeded", "subtasks", 5, 4)
    assert error["message"] == "more than 4 subtasks"


@BOTH
def test_none_at_all(work, language):
    work.write("capsule.toml", "[limits]\nmax_subtasks = 0\n")
    assert run(work, language, "one()", "one()")["error"]["error_type"] == "subtasks_exceeded"


@BOTH
def test_depth(work, language):
    deepest, deeper = run(work, language, "[nest(15), nest(16)]", "[await nest(15), await nest(16)]")
    assert deepest["success"] and deepest["result"] == 15, "sixteen levels below main"
    error = deeper["result"]
    assert (error["error_type"], error["limit"], error["used"], error["allowed"]) == ("subtasks_exceeded", "depth", 17, 16)
    assert error["message"] == "subtasks nested deeper than 16"


@BOTH
def test_a_map_past_the_number(work, language):
    work.write("capsule.toml", "[limits]\nmax_subtasks = 10\n")
    ends = run(work, language, "[each['success'] for each in nest.map([0] * 12)]",
               "(await nest.map(Array(12).fill(0))).map((each: any) => each.success)")  # fmt: skip
    assert ends == [True] * 10 + [False] * 2
