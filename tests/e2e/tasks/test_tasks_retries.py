"""Attempts as declared: how many, how far apart, what is told of them, and what ends the wait between two."""

import json
import signal
import sqlite3
import subprocess
import time

import pytest

from tasks_support import CAPSULE

FLAKY = """
import pathlib, time
from capsule import task

@task(name="flaky", allowed_files=["./state"], {options})
def flaky(until):
    path = pathlib.Path("state/count")
    seen = int(path.read_text()) + 1 if path.exists() else 1
    path.write_text(str(seen))
    if seen < until:
        raise ValueError(f"attempt {{seen}}")
    return seen
"""


def flaky(work, options, body="def main(): return flaky(3)", main="@task"):
    (work.path / "state").mkdir(exist_ok=True)
    work.write("main.py", FLAKY.format(options=options) + f"\n{main}\n{body}\n")


def test_the_wait_doubles_and_is_told(work):
    flaky(work, 'max_retries=3, retry_delay="200ms"')
    start = time.monotonic()
    execution = work.result("main.py")["execution"]
    took = time.monotonic() - start
    assert (execution["attempts"], execution["retries"]) == (3, 2)
    assert [(each["error_type"], each["message"]) for each in execution["retried"]] == [
        ("task_error", "attempt 1"), ("task_error", "attempt 2"),
    ]  # fmt: skip
    first, second = (each["delay_ms"] for each in execution["retried"])
    assert 100 <= first <= 200 and 200 <= second <= 400, "half of each wait may be left out"
    assert took >= (first + second) / 1000 and execution["duration_ms"] >= first + second


def test_without_a_delay_the_next_attempt_follows_at_once(work):
    flaky(work, "max_retries=3")
    execution = work.result("main.py")["execution"]
    assert [each["delay_ms"] for each in execution["retried"]] == [0, 0]


def test_main_is_tried_again_too(work):
    work.write("capsule.toml", '[tasks]\ndefault_retry_delay = "50ms"\n')
    work.write("main.py", """
from capsule import task
@task(max_retries=2)
def main(): raise ValueError("no")
""")
    envelope = work.envelope("main.py")
    assert envelope["error"]["message"] == "no"
    assert envelope["execution"]["attempts"] == 3
    assert [each["message"] for each in envelope["execution"]["retried"]] == ["no", "no"]


def test_the_option_in_javascript(work):
    work.write("main.ts", """
import { task } from "@capsule-run/sdk";
const bad = task({ name: "bad", maxRetries: 1, retryDelay: "100ms" }, async () => { throw new Error("never"); });
export const main = task({ name: "main" }, async () => (await bad()).execution);
""")
    execution = work.result("main.ts")
    assert execution["attempts"] == 2
    assert execution["retried"][0]["message"] == "never" and 50 <= execution["retried"][0]["delay_ms"] <= 100


def test_explain_shows_the_delay(work):
    flaky(work, 'max_retries=3, retry_delay="61m"')
    text = work.capsule("explain", "main.py").stdout
    assert "retry_delay    1h  " in text and "retry_delay 1h 1m lowered to 1h (the most there is)" in text


def test_the_reason_is_in_the_trace(work):
    flaky(work, "max_retries=3")
    work.result("main.py")
    with sqlite3.connect(work.path / ".capsule" / "trace.db") as database:
        rows = database.execute("SELECT runs.attempts, number, attempts.message FROM runs JOIN attempts USING (seq) WHERE task = 'flaky'"
                                " ORDER BY number").fetchall()  # fmt: skip
    assert rows == [(3, 1, "attempt 1"), (3, 2, "attempt 2"), (3, 3, None)]


def test_many_reasons_are_told_up_to_a_limit(work):
    flaky(work, "max_retries=17, ram='64MB'", "def main(): return flaky(100)")
    execution = work.result("main.py")["execution"]
    assert execution["attempts"] == 18 and len(execution["retried"]) == 16
    long = work.write("long.py", """
from capsule import task
@task(max_retries=1)
def main(): raise ValueError("é" * 1000)
""")
    assert work.envelope(long.name)["execution"]["retried"][0]["message"] == "é" * 128


def test_no_attempt_is_waited_for_that_comes_after_the_callers_deadline(work):
    flaky(work, 'max_retries=5, retry_delay="1m"', main='@task(timeout="20s")')
    start = time.monotonic()
    result = work.result("main.py")
    assert time.monotonic() - start < 20
    assert result["error"]["message"] == "attempt 1" and result["execution"]["attempts"] == 1


def test_the_wait_is_no_longer_than_the_tasks_timeout(work):
    flaky(work, 'max_retries=1, retry_delay="1m", timeout="300ms", ram="64MB"', "def main(): return flaky(2)")
    execution = work.result("main.py")["execution"]
    assert execution["attempts"] == 2 and execution["retried"][0]["delay_ms"] <= 300


def test_a_configuration_error_is_not_tried_again(work):
    flaky(work, 'max_retries=5, retry_delay="1m"')
    (work.path / "state").rmdir()
    start = time.monotonic()
    result = work.result("main.py")
    assert time.monotonic() - start < 30
    assert result["error"]["error_type"] == "config_error" and result["execution"]["attempts"] == 1


def test_too_little_memory_to_start_is_not_tried_again(work):
    flaky(work, 'max_retries=5, retry_delay="1m", ram="1MB"')
    result = work.result("main.py")
    assert result["error"]["error_type"] == "memory_exceeded" and result["execution"]["attempts"] == 1


@pytest.mark.parametrize("where", ["main", "subtask"])
def test_cancelling_during_the_wait_works_at_once(work, where):
    body = "def main(): raise ValueError('no')" if where == "main" else "def main(): return flaky(3)"
    flaky(work, 'max_retries=5, retry_delay="5m"', body, '@task(max_retries=5, retry_delay="5m")')
    process = subprocess.Popen([CAPSULE, "run", "--json", "main.py"], cwd=work.path, stdout=subprocess.PIPE)
    time.sleep(3)
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    envelope = json.loads(process.communicate(timeout=60)[0])
    assert time.monotonic() - start < 20, "the wait itself is of minutes"
    assert process.returncode == 130 and envelope["error"]["error_type"] == "cancelled"


def test_a_wait_holds_no_place(work):
    work.write("main.py", """
import time
from capsule import task

@task(max_retries=1, retry_delay="5s")
async def later(): raise ValueError("again")

@task
async def fast(n): return n

@task
async def main():
    first = later()
    time.sleep(1)  # with one core it begins to wait meanwhile
    start = time.monotonic()
    quick = [await fast.value(n) for n in range(3)]
    return [quick, time.monotonic() - start, (await first)["execution"]["attempts"]]
""")
    quick, between, attempts = work.result("main.py", cores=1)
    assert quick == [0, 1, 2] and attempts == 2
    assert between < 2, "the waiting subtask kept its place"


def test_deterministic_waits_are_virtual_and_whole(work):
    flaky(work, 'max_retries=2, retry_delay="10m"', 'def main(): return flaky(9)["execution"]', "@task(deterministic=True)")
    start = time.monotonic()
    execution = work.result("main.py")
    assert time.monotonic() - start < 60
    assert [each["delay_ms"] for each in execution["retried"]] == [600_000, 1_200_000]
    assert execution["duration_ms"] >= 1_800_000
