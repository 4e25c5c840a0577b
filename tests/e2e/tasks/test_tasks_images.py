"""Program images: what a run takes from them, and what must be new each time."""

import time


def test_random_numbers_time_and_environment_are_right_after_an_image(work):
    work.write("fresh.py", """
import os, random, secrets, tempfile, time, uuid
from capsule import task

@task(name="main", env_variables=["MARK"])
def main():
    return [random.random(), str(uuid.uuid4()), secrets.token_hex(8), random.randbytes(8).hex(), time.time(), os.environ["MARK"]]
""")
    first = work.envelope("fresh.py", env={"MARK": "1"})
    second = work.envelope("fresh.py", env={"MARK": "2"})
    assert second["execution"]["snapshot"] == "program"
    for a, b in zip(first["result"][:4], second["result"][:4]):
        assert a != b
    assert abs(second["result"][4] - time.time()) < 60
    assert (first["result"][5], second["result"][5]) == ("1", "2")


def test_javascript_too(work):
    work.write("fresh.ts", """
import { task } from "@capsule-run/sdk";
export const main = task({ name: "main", envVariables: ["MARK"] }, () =>
  [Math.random(), crypto.randomUUID(), Array.from(crypto.getRandomValues(new Uint8Array(8))).join(), Date.now(), process.env.MARK]);
""")
    first = work.envelope("fresh.ts", env={"MARK": "1"})
    second = work.envelope("fresh.ts", env={"MARK": "2"})
    assert second["execution"]["snapshot"] == "program"
    for a, b in zip(first["result"][:3], second["result"][:3]):
        assert a != b
    assert abs(second["result"][3] / 1000 - time.time()) < 60
    assert second["result"][4] == "2"


def test_an_import_that_draws_random_numbers_is_repeated(work):
    work.write("impure.py", """
import random
from capsule import task

TOKEN = random.random()

@task(name="main")
def main():
    return TOKEN
""")
    first, second = work.envelope("impure.py"), work.envelope("impure.py")
    assert first["execution"]["snapshot"] == second["execution"]["snapshot"] == "language"
    assert first["result"] != second["result"]


def test_an_import_that_reads_the_environment_sees_the_tasks(work):
    work.write("settings.py", """
import os
from capsule import task

LEVEL = os.environ.get("LEVEL", "none")

@task(name="main", env_variables=["LEVEL"])
def main():
    return LEVEL
""")
    assert work.result("settings.py", env={"LEVEL": "a"}) == "a"
    assert work.result("settings.py", env={"LEVEL": "b"}) == "b"


def test_a_changed_file_is_imported_again(work):
    work.write("helper.py", "VALUE = 1\n")
    work.write("main.py", "from capsule import task\nimport helper\n@task(name='main')\ndef main():\n    return helper.VALUE\n")
    assert work.result("main.py") == 1
    work.write("helper.py", "VALUE = 2\n")
    assert work.result("main.py") == 2


def test_a_new_file_that_shadows_the_library_is_noticed(work):
    work.write("main.py", "from capsule import task\nimport colorsys\n@task(name='main')\ndef main():\n    return getattr(colorsys, 'MINE', 'library')\n")
    assert work.result("main.py") == "library"
    work.write("colorsys.py", "MINE = 'mine'\n")
    assert work.result("main.py") == "mine"


def test_state_of_one_run_is_not_seen_by_the_next(work):
    work.write("state.py", """
from capsule import task

COUNT = []

@task(name="bump")
def bump():
    COUNT.append(1)
    return len(COUNT)

@task(name="main")
def main():
    COUNT.append(1)
    return [len(COUNT), bump()["result"], bump()["result"]]
""")
    assert work.result("state.py") == [1, 1, 1]
    assert work.result("state.py") == [1, 1, 1]


def test_options_are_those_of_the_import(work):
    work.write("computed.py", """
from capsule import task

SIZE = 32 + 32

@task(name="main", ram=f"{SIZE}MB", timeout="%dms" % (100 * 2), compute="HIGH")
def main():
    while True: pass
""")
    error = work.envelope("computed.py")["error"]
    assert (error["error_type"], error["allowed"]) == ("timeout", 200)
