"""Deterministic tasks: who asks for them, what their subtasks see, how they end."""

import json
import subprocess

import pytest

from cli_support import python
from deterministic_support import envelope, expect_same, seeded


def test_a_task_declares_it(twice):
    project = twice.project()
    project.write("a.py", python("import random\nreturn random.random()", "deterministic=True"))
    project.write("a.ts", 'import { task } from "@capsule-run/sdk";\n'
                  'export const main = task({ name: "main", deterministic: true }, () => Math.random());\n')
    for name in ("a.py", "a.ts"):
        expect_same([envelope(project, name), envelope(project, name), seeded(project, name)])


def test_a_configuration_says_so_for_all_and_a_task_otherwise(twice):
    project = twice.project()
    project.write("capsule.toml", "[tasks]\ndefault_deterministic = true\n")
    project.write("a.py", python("import random\nreturn random.random()"))
    project.write("b.py", python("return 1", "deterministic=False"))
    expect_same([envelope(project, "a.py"), envelope(project, "a.py")])
    assert project.run("run", "--json", "b.py").envelope["execution"]["deterministic"] is False


def test_without_it_nothing_is(twice):
    project = twice.project()
    project.write("a.py", python("import random, time\nreturn [random.random(), time.time()]"))
    first, second = (project.run("run", "--json", "a.py").envelope for _ in range(2))
    assert first["execution"]["deterministic"] is second["execution"]["deterministic"] is False
    assert first["result"][0] != second["result"][0]
    assert first["result"][1] > 1735689600 + 86400


def test_explain_shows_it(twice):
    project = twice.project()
    project.write("a.py", python("return 1", "deterministic=True"))
    project.write("b.py", python("return 1"))
    assert "  deterministic  yes  " in project.run("explain", "a.py").out
    assert "  deterministic  no  " in project.run("explain", "b.py").out
    assert project.run("explain", "--json", "a.py").envelope["tasks"][0]["effective"]["deterministic"] is True


@pytest.mark.parametrize("value", ["", "x", "-1", "1.5", "0x10", str(2**64), " 1"])
def test_a_seed_is_a_whole_number(twice, value):
    project = twice.project()
    project.write("a.py", python("return 1"))
    outcome = project.run("run", f"--deterministic={value}", "a.py")
    assert outcome.code == 2
    assert f"--deterministic={value}: a seed is a whole number from 0 to 18446744073709551615" in outcome.err


def test_the_seed_never_is_the_next_word(twice):
    project = twice.project()
    project.write("a.py", python("return args"))
    assert seeded(project, "a.py", "5")["result"] == ["5"]
    assert project.run("run", "--deterministic", "5", "a.py").code == 2  # 5 is taken for the file


def test_an_option_of_another_type_is_refused(twice):
    project = twice.project()
    project.write("a.py", python("return 1", "deterministic=7"))
    outcome = project.run("run", "--json", "a.py")
    assert outcome.code == 2
    assert "invalid deterministic 7: expected true or false" in outcome.envelope["error"]["message"]


def test_an_impure_import_is_repeatable(twice):
    project = twice.project()
    project.write("a.py", "import os, random, time\nprint(random.random(), time.time_ns(), os.urandom(4))\n"
                  + python("return [random.random(), time.time_ns()]"))
    project.write("a.ts", 'import { task } from "@capsule-run/sdk";\nconst T = [Date.now(), Math.random()];\nconsole.log(T);\n'
                  'export const main = task({ name: "main" }, () => [...T, Math.random()]);\n')
    for name in ("a.py", "a.ts"):
        found = expect_same([seeded(project, name), seeded(project, name), seeded(project, "--no-cache", name)])
        assert found["execution"]["snapshot"] == "language"
        assert json.dumps(envelope(project, "--deterministic=1", name)["result"]) != json.dumps(found["result"])


def test_one_unit_of_work_is_the_same_whatever_the_cache_does(twice):
    """Fuel of the first run, of the next, without a cache, and with one that cannot be written."""
    for name, text in (("a.py", python("return sum(range(1000))")),
                       ("a.ts", 'import { task } from "@capsule-run/sdk";\nexport const main = task({ name: "main" }, () => 1);\n')):
        project = twice.project(name)
        project.write(name, text)
        (twice.path / "no-cache").touch()
        found = [seeded(project, name), seeded(project, name), seeded(project, "--no-cache", name),
                 seeded(project, name, env={"CAPSULE_CACHE": str(twice.path / "no-cache" / "x")})]
        expect_same(found)
        plain = project.run("run", "--json", name).envelope["execution"]
        assert plain["fuel_consumed"] == found[0]["execution"]["fuel_consumed"]
        assert plain["snapshot"] == "program"


SIBLINGS = """
import asyncio, random, time
from capsule import task

@task
def one(n):
    return random.random()

@task
def two(n):
    return [random.random(), one(n)["result"]]

@task
async def waits(n):
    await asyncio.sleep(n)
    return time.time_ns() // 10**9

@task
async def same():
    return random.random()

@task(name="main")
async def main():
    first = [one(n)["result"] for n in range(20)] + two(1)["result"] + two(1)["result"]
    return [first + [random.random()], [found["result"] for found in await asyncio.gather(*(waits(n) for n in (5, 3, 8)))]]
"""


def test_siblings_draw_different_numbers(twice):
    project = twice.project()
    project.write("a.py", SIBLINGS)
    numbers, times = expect_same([seeded(project, "a.py"), seeded(project, "--jobs", "1", "a.py")])["result"]
    assert len(set(numbers)) == len(numbers) == 25
    assert [second - min(times) for second in times] == [2, 0, 5]  # they waited side by side


RACE = """
import asyncio, time
from capsule import task

@task
async def nap(seconds):
    print("nap", seconds)
    await asyncio.sleep(seconds)
    return seconds

@task(name="main")
async def main():
    begin, order = time.monotonic(), []
    for call in asyncio.as_completed([asyncio.ensure_future(wrap(n)) for n in (30, 10, 20)]):
        order.append(await call)
    took = time.monotonic() - begin
    try:
        await asyncio.wait_for(nap(3600), 60)
    except TimeoutError:
        order.append("too late")
    return [order, round(took), round(time.monotonic() - begin)]

async def wrap(n):
    return (await nap(n))["result"]
"""


def test_virtual_time_passes_side_by_side(twice):
    project = twice.project()
    project.write("a.py", RACE)
    found = expect_same([seeded(project, "a.py") for _ in range(3)])
    assert found["result"] == [[10, 20, 30, "too late"], 30, 90]
    assert found["stdout"] == "nap 30\nnap 10\nnap 20\nnap 3600\n"  # output in the order of their starts


def test_a_race_in_javascript(twice):
    project = twice.project()
    project.write("a.ts", """
import { task } from "@capsule-run/sdk";
const nap = task({ name: "nap" }, async (s: number) => {
  await new Promise((resolve) => setTimeout(resolve, 1000 * s));
  return s;
});
export const main = task({ name: "main" }, async () => {
  const begin = Date.now();
  const first = await Promise.race([nap(30), nap(10), nap(20)]);
  const tired = await Promise.race([nap(3600), new Promise((resolve) => setTimeout(() => resolve("too late"), 60000))]);
  return [first.result, tired, Math.round((Date.now() - begin) / 1000)];
});
""")
    assert expect_same([seeded(project, "a.ts") for _ in range(3)])["result"] == [10, "too late", 70]


def test_subtasks_show_virtual_time_and_no_name_of_the_host(twice):
    project = twice.project()
    project.write("a.py", """
import time
from capsule import task

@task
def nap():
    time.sleep(2)

@task(name="main")
def main():
    return [nap()["execution"] for _ in range(2)]
""")
    first, second = expect_same([seeded(project, "a.py") for _ in range(2)])["result"]
    assert first["duration_ms"] == second["duration_ms"] == 2000
    assert first["deterministic"] is True
    assert first["run_id"] != second["run_id"]


def test_a_deterministic_subtask_of_another_task(twice):
    project = twice.project()
    project.write("a.py", """
import random
from capsule import task

@task(deterministic=True)
def steady():
    return random.random()

@task(name="main")
def main():
    return [steady()["result"], steady()["result"], steady()["execution"]["deterministic"], random.random()]
""")
    first, second = (project.run("run", "--json", "a.py").envelope for _ in range(2))
    assert first["execution"]["deterministic"] is False
    assert first["result"][:3] == second["result"][:3]
    assert first["result"][0] == first["result"][1]
    assert first["result"][2] is True
    assert first["result"][3] != second["result"][3]


ENDLESS = """
from capsule import task

@task
def child(n):
    print("child", n, flush=True)
    while True:
        n += 1
        print("child", n)

@task(name="main", compute=%s)
def main(kind="loop"):
    if kind == "child":
        print(child(0)["execution"]["fuel_consumed"])
    n = 0
    while True:
        n += 1
        if n %% 1000 == 0:
            print("main", n)
"""


@pytest.mark.parametrize("compute", [3_000_000, 50_000_001])
def test_the_end_of_compute_is_the_same(twice, compute):
    """No effect passes the limit, and what was used is the limit, whenever the guest was really stopped."""
    project = twice.project()
    project.write("a.py", ENDLESS % compute)
    found = expect_same([seeded(project, *jobs, "a.py") for jobs in ([], [], ["--jobs", "1"], ["--no-cache"], [], [])])
    assert found["error"]["error_type"] == "compute_exceeded"
    assert found["error"]["used"] == found["error"]["allowed"] == found["execution"]["fuel_consumed"] == compute
    assert found["stdout"] == "".join(f"main {1000 * n}\n" for n in range(1, found["stdout"].count("\n") + 1))


def test_a_child_that_is_stopped_is_the_same(twice):
    project = twice.project()
    project.write("a.py", (ENDLESS % 20_000_000).replace("@task\n", "@task(compute=9_000_000)\n"))
    found = expect_same([seeded(project, "a.py", "child") for _ in range(4)])
    assert "\n9000000\n" in found["stdout"]


def test_failures_are_the_same(twice):
    project = twice.project()
    bodies = {
        "error.py": "import random\nraise ValueError(random.random())",
        "exit.py": "import sys, time\nsys.exit(time.time_ns() % 97)",
        "memory.py": "rows = []\nwhile True:\n    rows.append(bytes(1 << 20))",
        "stack.py": "def f(n):\n    return f(n + 1)\nreturn f(0)",
        "output.py": "import sys\nwhile True:\n    sys.stdout.write('x' * 100000)",
        "result.py": "return object()",
    }
    for name, body in bodies.items():
        project.write(name, python(body, 'ram="64MB"'))
        found = expect_same([seeded(project, name) for _ in range(2)] + [seeded(project, "--no-cache", f"./{name}")])
        assert not found["success"], name


def test_a_deadline_is_real_time(twice):
    project = twice.project()
    project.write("a.py", python("import time\ntime.sleep(3600)\nprint('slept')\nwhile True: pass", 'timeout="2s", compute="HIGH"'))
    found = seeded(project, "a.py")
    assert (found["error"]["error_type"], found["stdout"]) == ("timeout", "slept\n")


def test_stdin_in_pieces(twice):
    project = twice.project()
    project.write("a.py", python("import sys\nreturn [len(piece) for piece in iter(lambda: sys.stdin.buffer.raw.read(1000), b'')]"))
    found = []
    for pieces in ([b"x" * 2500], [b"x" * 700, b"x" * 700, b"x" * 1100]):
        process = project.start("run", "--json", "--deterministic", "--stdin", "-", "a.py", stdin=subprocess.PIPE)
        for piece in pieces:
            process.stdin.write(piece)
            process.stdin.flush()
        out, _ = process.communicate(timeout=120)
        found.append(json.loads(out)["result"])
    assert found == [[1000, 1000, 500]] * 2


def test_a_long_wait_is_no_wait(twice):
    """The deadline of every command in these tests is two minutes."""
    project = twice.project()
    project.write("a.py", python("import time\nfor _ in range(1000): time.sleep(86400)\nreturn time.gmtime().tm_year"))
    assert seeded(project, "a.py")["result"] == 2027


def test_the_trace_knows_it_by_its_typed_name(twice):
    project = twice.project()
    project.write("dir/a.py", python("return 1"))
    seeded(project, "dir/a.py")
    rows = project.run("trace", "--json").envelope
    assert rows[0]["file"] == "dir/a.py"
