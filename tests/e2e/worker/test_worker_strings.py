"""Requests with a string instead of a file."""

import pytest

MOST = 4 * 1024 * 1024


def ask(worker, code, **members):
    worker.send({"id": "1", "code": code, **members})
    return worker.reply("1")


def value(worker, code, **members):
    reply = ask(worker, code, **members)
    assert reply.get("output", {}).get("success"), reply
    return reply["output"]["result"]


def test_values(start):
    worker = start()
    assert value(worker, "1 + 1") == 2
    assert value(worker, "1 + 1", lang="py") == 2
    assert value(worker, "process.argv[2] + 1", lang="js", args=["x"]) == "x1"
    assert value(worker, "process.argv[2] as string", lang="ts", args=["x"]) == "x"
    assert value(worker, "") is None
    assert value(worker, "print('x')") is None


def test_runs_share_nothing(start):
    worker = start()
    assert value(worker, "import sys; sys.left = 1") is None
    assert value(worker, "import sys; hasattr(sys, 'left')") is False


def test_limits_and_grants(start, work):
    work.write("data/x", "y")
    worker = start("--max-compute=200000000")
    spin = "while True: pass"
    assert ask(worker, spin, compute="1000000")["output"]["error"]["allowed"] == 1_000_000
    assert ask(worker, spin, compute="HIGH")["output"]["error"]["allowed"] == 200_000_000
    sleep = "import time; time.sleep(50)"
    assert ask(worker, sleep, timeout="100ms")["output"]["error"]["error_type"] == "timeout"
    assert ask(worker, sleep, timeout_ms=500)["output"]["error"]["error_type"] == "timeout"
    assert ask(worker, "len(bytearray(90 << 20))", ram="64MB")["output"]["error"]["error_type"] == "memory_exceeded"
    assert value(worker, "import os; dict(os.environ)", env=["A=1=2"]) == {"A": "1=2"}
    assert value(worker, "open('/in/x').read()", mounts=["data::/in:ro"]) == "y"
    assert ask(worker, "open('/in/x')")["output"]["error"]["error_type"] == "task_error"
    assert ask(worker, "print('x' * (1 << 20))")["output"]["error"]["error_type"] == "output_exceeded"


def test_a_string_without_a_timeout_gets_that_of_a_service(start, work):
    worker = start()
    value(worker, "1")
    worker.process.stdin.close()
    assert worker.next() is None
    assert [row["task"] for row in work.trace()] == ["main"]


def test_many_strings_at_once_are_all_recorded(work):
    lines = "".join(f'{{"id":"{n}","code":"{n}","lang":"{lang}"}}\n' for n, lang in enumerate(["py", "js"] * 40))
    replies, code, _ = work.feed(lines, "--jobs", "4")
    assert code == 0 and sorted(reply["output"]["result"] for reply in replies) == list(range(80))
    assert len(work.trace()) == 80


def test_output_comes_as_it_is_printed(start):
    worker = start()
    worker.send({"id": "1", "code": "print('now'); 1", "stream": True})
    assert worker.next() == {"id": "1", "stream": "stdout", "data": "now\n"}
    assert worker.next()["output"]["result"] == 1


def test_what_cannot_be_compiled(start):
    worker = start()
    assert ask(worker, "1 +")["output"]["error"]["error_type"] == "build_error"
    assert ask(worker, "1 +", lang="js")["output"]["error"]["error_type"] == "build_error"
    reply = ask(worker, "let x: = 1", lang="ts")
    assert reply["error_type"] == "build_error" and reply["error"].startswith("<string>:1:8: ") and "^" in reply["detail"]


@pytest.mark.parametrize("members, message", [
    ({"code": "1", "file": "main.py"}, '"file" and "code" exclude each other'),
    ({}, 'missing "file" or "code"'),
    ({"code": 1}, '"code" must be a string'),
    ({"code": "1\0"}, '"code" holds a NUL character'),
    ({"code": "1", "lang": 1}, '"lang" must be a string'),
    ({"code": "1", "lang": "ruby"}, 'unknown language "ruby"'),
    ({"code": "1", "ram": "lots"}, "ram"),
    ({"code": "1", "ram": 5}, '"ram" must be a string'),
    ({"code": "1", "compute": "HUGE"}, "compute"),
    ({"code": "1", "timeout": "soon"}, "timeout"),
    ({"code": "1", "env": "A"}, '"env" must be an array of strings'),
    ({"code": "1", "env": ["A"] * 65}, '"env" has 65 items, at most 64 are accepted'),
    ({"code": "1", "env": ["=1"]}, "env"),
    ({"file": "main.py", "lang": "py"}, '"lang" is for "code"'),
    ({"file": "main.py", "ram": "1GB"}, '"ram" is for "code"'),
    ({"file": "main.py", "timeout": "1s"}, '"timeout" is for "code"'),
    ({"file": "main.py", "env": []}, '"env" is for "code"'),
    ({"code": "#" * (MOST + 1)}, f"<string> is larger than {MOST} bytes"),
])
def test_requests_that_are_refused(start, members, message):
    worker = start()
    worker.send({"id": "1", **members})
    reply = worker.reply("1")
    assert reply["error_type"] == "config_error" and message in reply["error"], reply


def test_the_longest_string(start):
    assert value(start(), "7 #" + "x" * (MOST - 3)) == 7
