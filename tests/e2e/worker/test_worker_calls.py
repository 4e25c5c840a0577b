"""What holds for calls: limits, fairness, fresh programs, endings."""

import ctypes
import json
import os
import resource
import signal
import subprocess
import time

import pytest

from worker_support import CAPSULE, DEADLINE

SPIN = "while True: pass"


def kind(reply):
    return reply["output"]["error"]["error_type"]


def wait_for(path):
    end = time.monotonic() + DEADLINE
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.01)


def begun(work, name, body, options=""):
    """A program that makes the file data/begun before its body runs."""
    (work.path / "data").mkdir(exist_ok=True)
    work.task(name, f"open('data/' + args[0], 'w').close()\n{body}", options)


# ---- Limits ----


def test_limits_hold_on_every_call(work, start):
    work.task("timeout.py", SPIN, 'compute="HIGH", timeout="300ms"')
    work.task("compute.py", SPIN, 'compute=100_000_000')
    work.task("ram.py", "return len(bytearray(200_000_000))", 'ram="64MB"')
    work.task("output.py", "print('x' * (1 << 20), end='')\nprint('y')")
    work.task("good.py", "return 'good'")
    worker = start("--jobs", "2")
    for turn in range(2):
        assert kind(worker.call("timeout.py")) == "timeout"
        assert kind(worker.call("compute.py")) == "compute_exceeded"
        assert kind(worker.call("ram.py")) == "memory_exceeded"
        assert kind(worker.call("output.py")) == "output_exceeded"
        assert worker.result("good.py") == "good"


def test_a_task_without_a_timeout_gets_the_services(work, start):
    work.task("main.py", "import time\ntime.sleep(100)")
    worker = start("--max-timeout", "400ms")
    reply = worker.call("main.py")
    assert kind(reply) == "timeout" and reply["output"]["error"]["message"] == "timeout after 400ms"


def test_default_timeout_of_a_service_is_recorded(work):
    work.task("main.py", "return 1")
    work.feed(json.dumps({"id": "1", "file": "main.py"}) + "\n")
    run = json.loads(subprocess.run([CAPSULE, "trace", "--json", work.trace()[0]["id"]], cwd=work.path,
                                    env=work.environment, capture_output=True).stdout)
    assert run["limits"]["timeout_ns"] == 60_000_000_000


def test_ceilings_of_the_operator(work, start):
    (work.path / "data").mkdir()
    work.task("main.py", "import os\nreturn 'data' in os.listdir('/')")
    assert start().result("main.py", mounts=["data"]) is True
    assert start("--deny-files").result("main.py", mounts=["data"]) is False
    work.task("big.py", "return len(bytearray(60_000_000))")
    assert start("--max-ram", "40MB").call("big.py")["output"]["success"] is False


def test_timeout_of_the_caller(work, start):
    work.task("sleep.py", "import time\ntime.sleep(100)", 'timeout="50s"')
    worker = start("--jobs", "1")
    reply = worker.call("sleep.py", timeout_ms=300)
    assert kind(reply) == "timeout" and reply["output"]["error"]["message"].startswith("timeout")
    assert (reply["output"]["error"]["allowed"] or 0) <= 300


def test_timeout_of_the_caller_bounds_the_wait_too(work, start):
    begun(work, "spin.py", SPIN, 'compute="HIGH"')
    work.task("main.py", "return 1")
    worker = start("--jobs", "1")
    worker.send({"id": "spin", "file": "spin.py", "mounts": ["data"], "args": ["begun"]})
    wait_for(work.path / "data" / "begun")
    reply = worker.call("main.py", id="late", timeout_ms=200)
    assert kind(reply) == "timeout" and reply["output"]["success"] is False
    assert list(reply["output"]["execution"])[:2] == ["task_name", "duration_ms"]


# ---- Scheduling ----


def test_more_calls_than_may_wait_are_all_answered(work):
    work.task("main.py", "return int(args[0])")
    lines = "".join(json.dumps({"id": str(i), "file": "main.py", "args": [str(i)]}) + "\n" for i in range(300))
    replies, code, _ = work.feed(lines, "--queue", "1", "--jobs", "3", "--no-trace")
    assert code == 0 and {r["id"]: r["output"]["result"] for r in replies} == {str(i): i for i in range(300)}


def test_long_calls_do_not_hold_up_short_ones(work, start):
    """With more jobs than loops the short calls get through while every loop goes on."""
    begun(work, "spin.py", SPIN, 'compute="HIGH"')
    work.task("main.py", "return 1", 'compute="LOW"')
    worker = start("--jobs", "6")
    for i in range(4):
        worker.send({"id": f"spin{i}", "file": "spin.py", "mounts": ["data"], "args": [f"begun{i}"]})
    for i in range(4):
        wait_for(work.path / "data" / f"begun{i}")
    for i in range(20):
        assert worker.result("main.py", id=str(i)) == 1
    assert worker.set_aside == []
    for i in range(4):
        worker.send({"cancel": f"spin{i}"})
        assert kind(worker.reply(f"spin{i}")) == "cancelled"


def test_a_reply_does_not_wait_for_the_call_behind(work, start):
    """Replies are gathered while calls wait, but never longer than a moment."""
    begun(work, "spin.py", SPIN, 'compute="HIGH"')
    work.task("main.py", "return 1")
    worker = start("--jobs", "1")
    worker.send({"id": "warm", "file": "spin.py", "timeout_ms": 1})
    worker.reply("warm")
    worker.send(*({"id": str(i), "file": "main.py"} for i in range(30)),
                {"id": "spin", "file": "spin.py", "mounts": ["data"], "args": ["begun"]},
                *({"id": f"behind{i}", "file": "main.py"} for i in range(30)))
    assert all(worker.reply(str(i))["output"]["result"] == 1 for i in range(30))
    wait_for(work.path / "data" / "begun")
    assert "spin" not in [kept["id"] for kept in worker.set_aside]
    worker.send({"cancel": "spin"})
    assert kind(worker.reply("spin")) == "cancelled"
    assert all(worker.reply(f"behind{i}")["output"]["result"] == 1 for i in range(30))


def test_what_was_answered_is_on_record(work, start):
    """However many replies were gathered: a worker that is killed afterwards has lost none of their rows."""
    work.task("main.py", "return 1")
    worker = start("--jobs", "2")
    worker.send(*({"id": str(i), "file": "main.py"} for i in range(400)))
    answered = [worker.next()["output"]["execution"]["run_id"] for _ in range(250)]
    worker.process.kill()
    worker.process.wait()
    assert {run["id"] for run in work.trace()} >= set(answered)


def test_gathered_replies_of_every_kind(work):
    work.task("main.py", "return [args, 'x' * 300_000]")
    work.task("fails.py", "raise ValueError(args[0])")
    work.write("broken.py", "def main(:\n")
    files = ["main.py", "fails.py", "broken.py", "none.py"]
    lines = "".join(json.dumps({"id": str(i), "file": files[i % 4], "args": [str(i)], "stream": i % 8 == 0}) + "\n" for i in range(120))
    replies, code, _ = work.feed(lines, "--jobs", "2")
    assert code == 0 and sorted(int(r["id"]) for r in replies) == list(range(120))
    by_id = {int(r["id"]): r for r in replies}
    for i in range(120):
        if i % 4 == 0:
            assert by_id[i]["output"]["result"] == [[str(i)], "x" * 300_000]
        elif i % 4 == 1:
            assert by_id[i]["output"]["error"]["message"] == str(i)
        else:
            assert by_id[i]["error_type"] == "build_error" and files[i % 4] in by_id[i]["error"], by_id[i]
    assert len(work.trace()) == 60


def forbid_raising():
    """CAP_SYS_NICE is not among what this process may ever have, as for an ordinary user. (Refused to one already.)"""
    ctypes.CDLL(None).prctl(24, 23, 0, 0, 0)  # PR_CAPBSET_DROP
    resource.setrlimit(resource.RLIMIT_NICE, (0, 0))


def test_threads_that_long_calls_made_slow_are_replaced(work, start):
    work.task("main.py", "for i in range(4_000_000): pass\nreturn 1", 'compute="HIGH"')
    worker = start("--jobs", "1", before=forbid_raising)
    usual = os.nice(0)
    for i in range(24):  # more than there are threads
        assert worker.result("main.py", id=str(i)) == 1
    assert len([level for level in worker.nice_levels() if level > usual]) <= 2
    assert worker.finish() == 0


def test_subtasks_of_more_parents_than_jobs(work):
    work.write("main.py", "from capsule import task\n\n@task(name='child')\ndef child(n): return n + 1\n\n"
                          "@task(name='main')\ndef main(n): return child(int(n))['result']\n")
    lines = "".join(json.dumps({"id": str(i), "file": "main.py", "args": [str(i)]}) + "\n" for i in range(20))
    replies, _, _ = work.feed(lines, "--jobs", "2")
    assert {r["id"]: r["output"]["result"] for r in replies} == {str(i): i + 1 for i in range(20)}


# ---- Cancelling ----


def test_cancel_what_runs_what_waits_and_what_is_not_there(work, start):
    begun(work, "spin.py", SPIN, 'compute="HIGH"')
    work.task("main.py", "return 1")
    worker = start("--jobs", "1")
    worker.send({"id": "spin", "file": "spin.py", "mounts": ["data"], "args": ["begun"]})
    wait_for(work.path / "data" / "begun")
    worker.send({"id": "waits", "file": "main.py"}, {"cancel": "waits"}, {"cancel": "nobody"}, {"cancel": "spin"})
    assert kind(worker.reply("waits")) == "cancelled" and kind(worker.reply("spin")) == "cancelled"
    assert worker.result("main.py", id="waits") == 1
    assert worker.finish() == 0 and worker.next() is None
    assert sorted(run["state"] for run in work.trace() if run["error_type"] == "cancelled")[:1] == ["interrupted"]


# ---- Programs ----


def test_edits_are_seen_at_the_next_call(work, start):
    work.write("helper.py", "VALUE = 1\n")
    work.write("main.py", "from capsule import task\nimport helper\n\n@task(name='main')\ndef main(*args): return helper.VALUE\n")
    worker = start()
    for value in (1, 2, 3):
        work.write("helper.py", f"VALUE = {value}\n")
        assert worker.result("main.py") == value
        assert worker.result("main.py") == value
    time.sleep(2.1)  # old enough that times are believed
    assert worker.result("main.py") == 3
    work.write("helper.py", "VALUE = 4\n")
    assert worker.result("main.py") == 4
    work.write("json.py", "def dumps(x): return 'shadow'\n")  # looked for in vain before
    work.write("main.py", "from capsule import task\nimport json\n\n@task(name='main')\ndef main(*args): return json.dumps(1)\n")
    assert worker.result("main.py") == "shadow"


def test_edits_are_seen_however_many_calls_are_sent_at_once(work, start):
    """One look serves the calls that were read before it, none that was sent after an edit."""
    work.task("main.py", "return args[0], 0")
    worker = start("--jobs", "2")
    for version in range(12):
        work.task("main.py", f"return args[0], {version}")
        worker.send(*({"id": f"{version} {i}", "file": "main.py", "args": [str(i)]} for i in range(40)))
        for i in range(40):
            assert worker.reply(f"{version} {i}")["output"]["result"] == [str(i), version]


def test_settings_are_seen_at_the_next_call(work, start):
    work.task("main.py", "import os\nreturn os.environ.get('WORD')", "env_variables=['WORD']")
    worker = start()
    assert worker.result("main.py") is None
    work.write(".env", "WORD=one\n")
    assert worker.result("main.py") == "one"
    work.write(".env", "WORD=two\n")
    assert worker.result("main.py") == "two"
    work.write("capsule.toml", "[tasks]\ndefault_timeout = \"soon\"\n")
    assert "default_timeout" in worker.call("main.py")["error"]
    (work.path / "capsule.toml").unlink()
    assert worker.result("main.py") == "two"


def test_a_program_that_broke_is_an_error_until_it_is_mended(work, start):
    work.task("main.py", "return 1")
    worker = start()
    assert worker.result("main.py") == 1
    work.write("main.py", "1 +\n")
    assert worker.call("main.py")["error_type"] == "build_error"
    work.task("main.py", "return 2")
    assert worker.result("main.py") == 2
    (work.path / "main.py").unlink()
    assert worker.call("main.py")["error"] == "main.py: no such file"


def test_without_a_cache_edits_are_seen_as_well(work, start):
    work.task("main.py", "return 1")
    worker = start("--no-cache")
    assert worker.result("main.py") == 1 and worker.result("main.py") == 1
    work.task("main.py", "return 2")
    assert worker.result("main.py") == 2


def test_an_artifact_that_is_replaced_is_seen(work, start):
    def export(value):
        work.task("main.py", f"return {value}")
        subprocess.run([CAPSULE, "build", "--export", "main.py"], cwd=work.path, env=work.environment, check=True,
                       capture_output=True)

    export(1)
    worker = start()
    assert worker.result("main.wasm") == 1 and worker.result("main.wasm") == 1
    export(2)
    assert worker.result("main.wasm") == 2


def test_more_programs_than_are_kept(work, start):
    for i in range(70):
        work.task(f"p{i}.py", f"return {i}")
    worker = start("--jobs", "2")
    for _ in range(2):
        for i in range(70):
            assert worker.result(f"p{i}.py") == i
    fds = len(os.listdir(f"/proc/{worker.process.pid}/fd"))
    assert fds < 700


def test_globals_of_one_call_are_not_there_in_the_next(work, start):
    work.write("main.py", "from capsule import task\nseen = []\n\n@task(name='main')\ndef main(*args):\n    seen.append(1)\n    return len(seen)\n")
    worker = start()
    assert [worker.result("main.py") for _ in range(5)] == [1] * 5


def test_calls_are_recorded_unless_told_otherwise(work):
    work.task("main.py", "return 1")
    line = json.dumps({"id": "1", "file": "main.py"}) + "\n"
    work.feed(line, "--no-trace")
    assert work.trace() == []
    work.feed(line)
    assert [run["task"] for run in work.trace()] == ["main"]


# ---- Endings ----


def test_the_end_of_input_lets_everything_finish(work, start):
    work.task("main.py", "import time\ntime.sleep(0.3)\nreturn args[0]")
    worker = start("--jobs", "2")
    worker.send(*({"id": str(i), "file": "main.py", "args": [str(i)]} for i in range(5)))
    assert worker.finish() == 0
    assert sorted(worker.next()["output"]["result"] for _ in range(5)) == list("01234")


def test_sigterm_finishes_what_runs_and_refuses_the_rest(work, start):
    begun(work, "main.py", "import time\nwhile not __import__('os').path.exists('data/go'): time.sleep(0.01)\nreturn 'done'")
    worker = start("--jobs", "1")
    worker.send({"id": "runs", "file": "main.py", "mounts": ["data"], "args": ["begun"]})
    wait_for(work.path / "data" / "begun")
    worker.process.send_signal(signal.SIGTERM)
    refused = None
    for i in range(1000):  # the signal and the line race: one of the next lines is refused
        worker.send({"id": f"later{i}", "file": "none.py"})
        refused = worker.reply(f"later{i}")
        if "refused" in refused.get("error", ""):
            break
    assert refused["error"] == "refused: the worker is ending" and refused["error_type"] == "cancelled"
    (work.path / "data" / "go").touch()
    assert worker.reply("runs")["output"]["result"] == "done"
    assert worker.process.wait(timeout=DEADLINE) == 143


def test_sigterm_refuses_what_waits(work, start):
    begun(work, "main.py", "import time\nwhile not __import__('os').path.exists('data/go'): time.sleep(0.01)\nreturn 'done'")
    work.task("other.py", "return 'other'")
    worker = start("--jobs", "1")
    worker.send({"id": "runs", "file": "main.py", "mounts": ["data"], "args": ["begun"]})
    wait_for(work.path / "data" / "begun")
    worker.send(*({"id": f"w{i}", "file": "other.py"} for i in range(60)))
    worker.send({"id": "bad"})
    worker.reply("bad")  # everything before it is queued
    worker.process.send_signal(signal.SIGTERM)
    for i in range(60):
        assert worker.reply(f"w{i}")["error"] == "refused: the worker is ending"
    (work.path / "data" / "go").touch()
    assert worker.reply("runs")["output"]["result"] == "done"
    assert worker.process.wait(timeout=DEADLINE) == 143


@pytest.mark.parametrize("numbers, code", [([signal.SIGINT], 130), ([signal.SIGHUP], 129),
                                           ([signal.SIGTERM, signal.SIGTERM], 143)])
def test_other_signals_cancel(work, start, numbers, code):
    begun(work, "spin.py", SPIN, 'compute="HIGH"')
    worker = start("--jobs", "1")
    worker.send({"id": "spin", "file": "spin.py", "mounts": ["data"], "args": ["begun"]})
    wait_for(work.path / "data" / "begun")
    for number in numbers:
        worker.process.send_signal(number)
        time.sleep(0.3)
    assert kind(worker.reply("spin")) == "cancelled"
    assert worker.process.wait(timeout=DEADLINE) == code


def test_a_program_that_loads_forever_does_not_keep_the_worker(work, start):
    work.write("forever.py", "while True: pass\n")
    worker = start("--jobs", "1")
    worker.send({"id": "x", "file": "forever.py"})
    time.sleep(0.5)
    worker.process.send_signal(signal.SIGINT)
    assert kind(worker.reply("x")) == "cancelled"
    assert worker.process.wait(timeout=DEADLINE) == 130


def test_a_reader_that_goes_away_ends_it(work, start):
    begun(work, "spin.py", SPIN, 'compute="HIGH"')
    work.task("main.py", "return 1")
    worker = start("--jobs", "2", read=False)
    worker.send({"id": "spin", "file": "spin.py", "mounts": ["data"], "args": ["begun"]})
    wait_for(work.path / "data" / "begun")
    worker.process.stdout.close()
    worker.send({"id": "1", "file": "main.py"})
    assert worker.process.wait(timeout=DEADLINE) == -signal.SIGPIPE


def test_a_stdout_that_is_full_is_told(work):
    work.task("main.py", "return 1")
    with open("/dev/full", "wb") as full:
        done = subprocess.run([CAPSULE, "worker"], input=b'{"id":"1","file":"main.py"}\n', stdout=full, cwd=work.path,
                              stderr=subprocess.PIPE, env=work.environment, timeout=DEADLINE)
    assert done.returncode == 70 and b"cannot write to stdout: No space left on device" in done.stderr


def test_a_stdin_that_cannot_be_read_is_told(work):
    with open("/proc/self/mem", "rb") as unreadable:
        done = subprocess.run([CAPSULE, "worker"], stdin=unreadable, capture_output=True, cwd=work.path,
                              env=work.environment, timeout=DEADLINE)
    assert done.returncode == 70 and b"cannot read stdin" in done.stderr


# ---- A reader who stalls ----


def resident(process):
    with open(f"/proc/{process.pid}/status") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmRSS"))


def test_a_stalled_reader_stops_no_deadline_and_costs_no_memory(work, start):
    """Every call prints and returns more than a pipe holds. Nothing is read; the loop still ends at its limit."""
    (work.path / "data").mkdir()
    work.task("loud.py", "print('x' * 900_000)\nreturn 'y' * 1_000_000")
    work.task("spin.py", "print('z' * 200_000)\n" + SPIN, 'compute="HIGH", timeout="500ms"')
    worker = start("--jobs", "2", read=False)
    worker.send({"id": "spin", "file": "spin.py", "stream": True})
    end = time.monotonic() + DEADLINE
    while not any(run["state"] == "timed_out" for run in work.trace()):
        assert time.monotonic() < end
        time.sleep(0.05)
    worker.send(*({"id": str(i), "file": "loud.py", "stream": True} for i in range(200)))
    before = None
    for _ in range(200):  # until it has done what it can
        time.sleep(0.05)
        now = len(work.trace())
        if now == before and now > 1:
            break
        before = now
    assert len(work.trace()) < 60  # it did not run them all into memory
    assert resident(worker.process) < 700
    worker.reader.start()
    for i in range(200):
        assert worker.reply(str(i))["output"]["success"]
    assert worker.finish() == 0


def test_a_stalled_reader_does_not_keep_an_ending_worker(work, start):
    work.task("loud.py", "return 'y' * 1_000_000")
    worker = start("--jobs", "2", read=False)
    worker.send(*({"id": str(i), "file": "loud.py"} for i in range(10)))
    time.sleep(1)
    worker.process.send_signal(signal.SIGTERM)
    assert worker.process.wait(timeout=DEADLINE) == 143
    assert b"replies are lost" in worker.process.stderr.read()
