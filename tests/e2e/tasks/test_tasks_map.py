"""Many calls of one task: side by side, in order, bounded; and bare values in place of envelopes."""

import os
import time

import pytest

CORES = len(os.sched_getaffinity(0))

PYTHON = """
import asyncio, time
from capsule import TaskError, task, unwrap

@task(compute="LOW", ram="64MB")
def sq(x, plus=0): return x * x + plus

@task(compute="LOW", ram="64MB")
async def later(x, plus=0): return x * x + plus

@task(compute="LOW", ram="64MB", timeout="60s")
def nap(seconds): time.sleep(seconds); return seconds

@task(ram="64MB")
def picky(x):
    if x == 3: raise ValueError("not three")
    time.sleep(0 if x < 3 else 20)
    return x

@task(ram="64MB")
async def picky_later(x):
    if x == 3: raise ValueError("not three")
    await asyncio.sleep(0 if x < 3 else 20)
    return x

@task
def kind(x): return [type(x).__name__, x]

@task(compute="HIGH", timeout="{timeout}")
{body}
"""

SCRIPT = """
import {{ task, TaskError, unwrap }} from "@capsule-run/sdk";
const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));
const sq = task({{ name: "sq", compute: "LOW", ram: "64MB" }}, async (x: number, plus = 0) => x * x + plus);
const now = task({{ name: "now", compute: "LOW", ram: "64MB" }}, (x: number) => x * x);
const nap = task({{ name: "nap", ram: "64MB" }}, async (ms: number) => {{ await wait(ms); return ms; }});
const picky = task({{ name: "picky", ram: "64MB" }}, async (x: number) => {{
  if (x === 3) throw new RangeError("not three");
  await wait(x < 3 ? 0 : 20000);
  return x;
}});
const kind = task({{ name: "kind" }}, async (...rest: any[]) => rest);
export const main = task({{ name: "main", compute: "HIGH" }}, async () => {{
{body}
}});
"""


def python(work, body, timeout="100s", **options):
    work.write("main.py", PYTHON.format(body=body, timeout=timeout))
    return work.result("main.py", **options)


def script(work, body, **options):
    work.write("main.ts", SCRIPT.format(body=body))
    return work.result("main.ts", **options)


def test_values_python(work):
    assert python(work, """async def main():
    seen = [sq.value(3), sq.value(3, plus=1), await later.value(4), await later.value(4, plus=2)]
    seen.append(unwrap(sq(5)))
    for call in (lambda: picky.value(3), lambda: unwrap(picky(3))):
        try: call()
        except TaskError as error:
            seen.append([error.error_type, error.message, error.task_name, str(error), "not three" in error.traceback,
                         error.envelope["success"]])
    return seen""") == [9, 10, 16, 18, 25] + 2 * [
        ["task_error", "not three", "picky", "picky: task_error: not three", True, False]]  # fmt: skip


def test_values_javascript(work):
    assert script(work, """
  const seen: any[] = [await sq.value(3), await sq.value(3, 1), now.value(4), unwrap(await sq(5))];
  try { await picky.value(3); } catch (error: any) {
    seen.push([error instanceof TaskError, error instanceof Error, error.name, error.errorType, error.message, error.taskName,
               error.envelope.success, String(error.traceback).includes("not three")]);
  }
  return seen;""") == [9, 10, 16, 25, [True, True, "TaskError", "task_error", "picky: task_error: not three", "picky", False, True]]


def test_the_failure_of_a_value_is_the_callers_failure(work):
    work.write("main.py", PYTHON.format(timeout="60s", body="def main(): return picky.value(3)"))
    error = work.envelope("main.py")["error"]
    assert error["error_type"] == "task_error" and error["message"] == "picky: task_error: not three"
    assert "In the sandbox of 'picky':" in error["traceback"] and 'raise ValueError("not three")' in error["traceback"]


def test_map_keeps_order_python(work):
    assert python(work, """async def main():
    plain = [each["result"] for each in sq.map(range(300))]
    bare = await later.map((n for n in range(300)), values=True)
    spread = sq.starmap([(2, 1), [3, 2]], values=True)
    return [plain == bare == [n * n for n in range(300)], spread, sq.map([]), await later.map([], values=True)]
""") == [True, [5, 11], [], []]


def test_map_keeps_order_javascript(work):
    assert script(work, """
  const all = Array.from({ length: 300 }, (_, n) => n);
  const plain = (await sq.map(all)).map((each: any) => each.result);
  const blocking = now.map(all, { values: true });
  const spread = await sq.map([[2, 1], [3, 2]], { values: true, spread: true });
  const squares = JSON.stringify(all.map((n) => n * n));
  return [JSON.stringify(plain) === squares, JSON.stringify(blocking) === squares, spread, await sq.map([])];
""") == [True, True, [5, 11], []]


def test_an_item_is_one_argument(work):
    assert python(work, "def main(): return kind.map([(1, 2), [3], {'a': 4}, None], values=True)") == [
        ["list", [1, 2]], ["list", [3]], ["dict", {"a": 4}], ["NoneType", None]]  # fmt: skip
    assert script(work, "return kind.map([[1, 2], { a: 4 }], { values: true });") == [[[1, 2]], [{"a": 4}]]


@pytest.mark.skipif(CORES < 2, reason="side by side needs two cores")
@pytest.mark.parametrize("form", ["map", "gather", "script"])
def test_calls_really_run_side_by_side(work, form):
    """All of them are in the air at once, as far as there are cores: naps of two calls overlap."""
    if form == "script":
        times = script(work, "const t = Date.now(); await nap.map([3000, 3000]); return (Date.now() - t) / 1000;")
    else:
        body = "await asyncio.gather(slow(3), slow(3))" if form == "gather" else "nap.map([3, 3])"
        times = python(work, f"""async def main():
    start = time.monotonic()
    {body}
    return time.monotonic() - start

@task(ram="64MB")
async def slow(x): time.sleep(x)""")
    assert 3 <= times < 5.9


def test_max_parallel(work):
    took = python(work, """def main():
    start = time.monotonic()
    nap.map([1, 1, 1], max_parallel=1)
    return time.monotonic() - start""")
    assert took >= 3
    took = script(work, "const t = Date.now(); await nap.map([1000, 1000, 1000], { maxParallel: 1 }); return Date.now() - t;")
    assert took >= 3000


@pytest.mark.parametrize("value, text", [("0", "max_parallel must be at least 1, not 0"), ("1.5", "must be a whole number"), ("True", "whole number")])
def test_a_wrong_max_parallel_python(work, value, text):
    work.write("main.py", PYTHON.format(timeout="60s", body=f"def main(): return sq.map([1], max_parallel={value})"))
    assert text in work.envelope("main.py")["error"]["message"]


@pytest.mark.parametrize("options, text", [("{ maxParallel: 0 }", "a whole number from 1, not 0"), ("{ parallel: 2 }", 'unknown option "parallel"'), ("7", "must be an object")])
def test_wrong_options_javascript(work, options, text):
    work.write("main.ts", SCRIPT.format(body=f"return (sq as any).map([1], {options});"))
    assert text in work.envelope("main.ts")["error"]["message"]


@pytest.mark.parametrize("call", ["picky.map(range(600), 8, cancel_on_failure=True)", "await picky_later.map(range(600), 8, cancel_on_failure=True)"])
def test_the_first_failure_cancels_the_rest(work, call):
    start = time.monotonic()
    kinds = python(work, f"""async def main():
    return [each["error"] and each["error"]["error_type"] for each in {call}]""")
    assert time.monotonic() - start < 18, "the others were waited for"
    assert set(kinds[:3]) <= {None, "cancelled"}, "these ended before or beside it"
    assert len(kinds) == 600 and kinds[3] == "task_error" and set(kinds[4:]) == {"cancelled"}


def test_the_first_failure_cancels_the_rest_javascript(work):
    start = time.monotonic()
    kinds = script(work, """
  const all = await picky.map(Array.from({ length: 600 }, (_, n) => n), { maxParallel: 8, cancelOnFailure: true });
  return all.map((each: any) => each.error?.error_type ?? null);""")
    assert time.monotonic() - start < 18
    assert set(kinds[:3]) <= {None, "cancelled"}, "these ended before or beside it"
    assert len(kinds) == 600 and kinds[3] == "task_error" and set(kinds[4:]) == {"cancelled"}


def test_values_of_a_failed_map_raise(work):
    start = time.monotonic()
    assert python(work, """async def main():
    seen = []
    for call in (lambda: picky.map(range(9), values=True), None):
        try: await picky_later.map(range(9), values=True) if call is None else call()
        except TaskError as error: seen.append([error.task_name, error.message])
    return seen""") == [["picky", "not three"], ["picky_later", "not three"]]
    assert script(work, "try { await picky.map([1, 3, 9], { values: true }); } catch (error: any) { return error.message; }") == "picky: task_error: not three"
    assert time.monotonic() - start < 40


def test_without_cancelling_all_are_run(work):
    assert python(work, "def main(): return [each['success'] for each in picky.map([1, 3, 2, 0])]") == [True, False, True, True]


def test_everything_ends_at_the_roots_deadline(work):
    work.write("main.py", PYTHON.format(timeout="3s", body="def main(): return nap.map([50] * 100)"))
    start = time.monotonic()
    envelope = work.envelope("main.py")
    assert envelope["error"]["error_type"] == "timeout" and time.monotonic() - start < 30
    work.write("main.ts", SCRIPT.format(body="return nap.map(Array(100).fill(50000));"))
    start = time.monotonic()
    envelope = work.envelope("main.ts", flags=["--max-timeout", "3s"])
    assert envelope["error"]["error_type"] == "timeout" and time.monotonic() - start < 30


def test_giving_up_on_an_awaited_subtask_ends_it(work):
    """Its place is free for the next one at once, even with one core."""
    took = python(work, """async def main():
    try: await asyncio.wait_for(slow(), 1)
    except TimeoutError: pass
    start = time.monotonic()
    await later(1)
    return time.monotonic() - start

@task(ram="64MB")
async def slow(): time.sleep(30)""", cores=1)
    assert took < 10


@pytest.mark.parametrize("form", ["gather", "map", "sync map"])
def test_the_cost_of_a_call_does_not_grow_with_their_number_python(work, form):
    calls = {"gather": "await asyncio.gather(*[later(n) for n in range(count)])", "map": "await later.map(range(count))",
             "sync map": "sq.map(range(count))"}  # fmt: skip
    work.write("main.py", PYTHON.format(timeout="110s", body=f"""async def main(count):
    count = int(count)
    found = {calls[form]}
    return [each["result"] for each in found] == [n * n for n in range(count)]"""))
    cost = {}
    for count in (100, 1500):
        envelope = work.envelope("main.py", str(count))
        assert envelope["result"] is True, envelope["error"]
        cost[count] = envelope["execution"]["fuel_consumed"] / count
    assert cost[1500] < 1.5 * cost[100]
