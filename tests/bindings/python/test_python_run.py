"""run(): results, failures, output, time, cancelling, and the worker behind it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from binding_support import CAPSULE, ROOT

DEADLINE = 120
SPIN = "while True: pass"


def worker_pids():
    from capsule import _worker

    return [worker.process.popen.pid for worker in _worker._workers.values() if worker.process]


def wait_for(path, bytes_least=0):
    end = time.monotonic() + DEADLINE
    while not os.path.exists(path) or os.path.getsize(path) < bytes_least:
        assert time.monotonic() < end
        time.sleep(0.01)


async def begins(path, bytes_least=0):
    await asyncio.get_running_loop().run_in_executor(None, wait_for, path, bytes_least)


def test_a_result(capsule, program):
    program("main.py", "print('hi')\nreturn {'args': args, 'big': 2**70}")
    result = asyncio.run(capsule.run(file="./main.py", args=["a", "é"]))
    assert result["success"] is True and result["error"] is None and result["stdout"] == "hi\n"
    assert result["result"] == {"args": ["a", "é"], "big": 2**70}
    assert result["execution"]["task_name"] == "main" and result["execution"]["ram_used"] > 0


def test_failures_are_those_of_the_command(capsule, program, tmp_path):
    program("raises.py", "raise ValueError('no')")
    program("slow.py", SPIN, 'timeout="200ms", compute="HIGH"')
    program("exits.py", "import sys\nsys.exit(3)")
    for name in ("raises.py", "slow.py", "exits.py"):
        ours = asyncio.run(capsule.run(file=name))["error"]
        theirs = json.loads(subprocess.run([CAPSULE, "run", "--json", name], capture_output=True).stdout)["error"]
        assert ours == theirs


def test_what_cannot_be_loaded_raises(capsule, program, tmp_path):
    from capsule.host import CapsuleError

    (tmp_path / "broken.py").write_text("1 +\n")
    with pytest.raises(CapsuleError) as caught:
        asyncio.run(capsule.run(file="broken.py"))
    theirs = json.loads(subprocess.run([CAPSULE, "run", "--json", "broken.py"], capture_output=True).stdout)["error"]
    assert isinstance(caught.value, RuntimeError)
    assert str(caught.value) == theirs["message"] and caught.value.error_type == theirs["error_type"]
    assert caught.value.detail == theirs["traceback"]
    program("main.py", "return 1")
    with pytest.raises(RuntimeError, match="nowhere"):
        asyncio.run(capsule.run(file="main.py", mounts=["nowhere"]))


def test_wrong_arguments(capsule, program, tmp_path):
    program("main.py", "return 1")
    (tmp_path / "main.rb").write_text("")
    for options, error, message in [
        ({"file": "main.rb"}, ValueError, r"Unsupported file type: '\.rb'\. Expected a source file"),
        ({"file": "none.py"}, FileNotFoundError, "File not found: .*none.py"),
        ({"file": "none.wasm"}, FileNotFoundError, "Artifact not found: .* Run `capsule build` first"),
        ({"file": "main.py", "args": [1]}, TypeError, "args must be strings, not int"),
        ({"file": "main.py", "timeout": 0}, ValueError, "timeout must be a number of seconds above 0, not 0"),
        ({"file": "main.py", "timeout": float("nan")}, ValueError, "timeout"),
        ({"file": "main.py", "capsule_path": "no-such-command"}, FileNotFoundError, "Capsule CLI not found: 'no-such-command'"),
        ({"file": "main.py", "capsule_path": "./main.py"}, PermissionError, "Permission denied"),
    ]:
        with pytest.raises(error, match=message):
            asyncio.run(capsule.run(**options))
    with pytest.raises(TypeError):
        asyncio.run(capsule.run("main.py"))


def test_a_command_that_is_no_worker(capsule, program):
    program("main.py", "return 1")
    with pytest.raises(RuntimeError, match="exited unexpectedly"):
        asyncio.run(capsule.run(file="main.py", capsule_path="/bin/echo"))


def test_cwd_and_mounts(capsule, program, tmp_path):
    folder = tmp_path / "other"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "x").write_text("content")
    (folder / "main.py").write_text("from capsule import task\n\n@task(name='main')\ndef main(): return open('data/x').read()\n")
    for command in ("capsule", "bin/capsule", "./bin/capsule"):
        result = asyncio.run(capsule.run(file="main.py", cwd=folder, mounts=["data:ro"], capsule_path=command))
        assert result["result"] == "content"


def test_typescript_and_artifacts(capsule, program, tmp_path):
    (tmp_path / "main.ts").write_text(
        'import { task } from "@capsule-run/sdk";\nexport const main = task({ name: "main" }, (n: string) => n + "!");\n')
    assert asyncio.run(capsule.run(file="main.ts", args=["ts"]))["result"] == "ts!"
    program("art.py", "return 'artifact'")
    subprocess.run([CAPSULE, "build", "--export", "art.py"], check=True, capture_output=True)
    assert asyncio.run(capsule.run(file="art.wasm"))["result"] == "artifact"


def test_many_at_once_share_one_worker(capsule, program):
    program("main.py", "return int(args[0])")

    async def many():
        calls = [capsule.run(file="main.py", args=[str(i)]) for i in range(400)]
        return [result["result"] for result in await asyncio.gather(*calls)]

    assert asyncio.run(many()) == list(range(400))
    assert len(worker_pids()) == 1


def test_loops_and_threads_share_it_too(capsule, program):
    program("main.py", "return args[0]")
    results = []
    threads = [
        threading.Thread(target=lambda i=i: results.append(asyncio.run(capsule.run(file="main.py", args=[str(i)]))["result"]))
        for i in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == list("0123") and len(worker_pids()) == 1
    assert asyncio.run(capsule.run_with_worker(file="main.py", args=["again"]))["result"] == "again"


def test_output_comes_while_the_task_runs(capsule, program, tmp_path):
    (tmp_path / "data").mkdir()
    program("main.py", "import os, time\nprint('é first', flush=True)\nos.write(2, b'err')\n"
                       "while not os.path.exists('data/go'): time.sleep(0.01)\nprint('last')\nreturn 1")
    out, err = [], []

    def on_stdout(text):
        out.append(text)
        (tmp_path / "data" / "go").touch()

    result = asyncio.run(capsule.run(file="main.py", mounts=["data"], on_stdout=on_stdout, on_stderr=err.append))
    assert "".join(out) == "é first\nlast\n" == result["stdout"] and "".join(err) == "err" == result["stderr"]


def test_what_a_callback_raises_cancels_and_comes_out(capsule, program):
    program("main.py", "print('x', flush=True)\n" + SPIN, 'compute="HIGH"')

    def refuse(text):
        raise KeyError(text)

    async def both():
        with pytest.raises(KeyError):
            await capsule.run(file="main.py", on_stdout=refuse)
        await capsule.close_all()  # only returns soon because the run was cancelled

    asyncio.run(both())
    states = [run["state"] for run in json.loads(subprocess.run([CAPSULE, "trace", "--json"], capture_output=True).stdout)]
    assert states == ["interrupted"]


def test_timeout_of_the_caller(capsule, program):
    program("main.py", "import time\ntime.sleep(100)")
    error = asyncio.run(capsule.run(file="main.py", timeout=0.3))["error"]
    assert error["error_type"] == "timeout" and error["message"].startswith("timeout")


def test_cancelling_the_task_cancels_the_run(capsule, program, tmp_path):
    (tmp_path / "data").mkdir()
    program("main.py", "open('data/begun', 'w').close()\n" + SPIN, 'compute="HIGH"')

    async def cancelled():
        call = asyncio.create_task(capsule.run(file="main.py", mounts=["data"]))
        await begins("data/begun")
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await capsule.close_all()

    asyncio.run(cancelled())
    assert [run["state"] for run in json.loads(subprocess.run([CAPSULE, "trace", "--json"], capture_output=True).stdout)] == [
        "interrupted"]


def test_cancelling_what_was_not_sent(capsule, program, monkeypatch, tmp_path):
    from capsule import _worker

    monkeypatch.setattr(_worker, "IN_FLIGHT_MAX", 1)
    (tmp_path / "data").mkdir()
    program("first.py", "open('data/begun', 'w').close()\nimport time, os\nwhile not os.path.exists('data/go'): time.sleep(0.01)")
    program("second.py", "open('data/ran', 'w').close()")

    async def cancelled():
        first = asyncio.create_task(capsule.run(file="first.py", mounts=["data"]))
        await begins("data/begun")
        second = asyncio.create_task(capsule.run(file="second.py", mounts=["data"]))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        (tmp_path / "data" / "go").touch()
        await first
        await capsule.close_all()

    asyncio.run(cancelled())
    assert not (tmp_path / "data" / "ran").exists()


def test_a_dead_worker_is_replaced_and_nothing_runs_twice(capsule, program, tmp_path, monkeypatch):
    from capsule import _worker

    monkeypatch.setattr(_worker, "IN_FLIGHT_MAX", 1)
    (tmp_path / "data").mkdir()
    program("main.py", "with open('data/' + args[0], 'a') as log: log.write('x')\n"
                       "import time, os\nwhile not os.path.exists('data/go'): time.sleep(0.01)\nreturn args[0]")

    async def crash():
        sent = asyncio.create_task(capsule.run(file="main.py", args=["sent"], mounts=["data"]))
        await begins("data/sent", 1)  # written, not only made
        unsent = asyncio.create_task(capsule.run(file="main.py", args=["unsent"], mounts=["data"]))
        await asyncio.sleep(0)
        os.kill(worker_pids()[0], signal.SIGKILL)
        (tmp_path / "data" / "go").touch()
        with pytest.raises(RuntimeError, match="capsule worker process exited unexpectedly"):
            await sent
        assert (await unsent)["result"] == "unsent"  # the worker had never heard of it
        assert (await capsule.run(file="main.py", args=["later"], mounts=["data"]))["result"] == "later"

    asyncio.run(crash())
    assert {name: (tmp_path / "data" / name).read_text() for name in ("sent", "unsent", "later")} == dict.fromkeys(
        ("sent", "unsent", "later"), "x")


def test_close_all_lets_calls_finish_and_workers_begin_anew(capsule, program):
    program("main.py", "import time\ntime.sleep(0.3)\nreturn 'done'")

    async def close():
        call = asyncio.create_task(capsule.run(file="main.py"))
        await asyncio.sleep(0)
        await capsule.close_all()
        assert worker_pids() == []
        assert (await call)["result"] == "done"
        assert (await capsule.run(file="main.py"))["result"] == "done"

    asyncio.run(close())


def test_edits_are_seen(capsule, program):
    for value in (1, 2, 3):
        program("main.py", f"return {value}")
        assert asyncio.run(capsule.run(file="main.py"))["result"] == value


def test_a_host_that_ends_leaves_no_worker(capsule, program, installed, tmp_path):
    (tmp_path / "data").mkdir()
    program("main.py", "open('data/begun', 'w').close()\n" + SPIN, 'compute="HIGH"')
    host = tmp_path / "host.py"
    host.write_text("import asyncio, os, sys\nimport capsule\nfrom capsule import _worker\n\nasync def main():\n"
                    "    call = asyncio.create_task(capsule.run(file='main.py', mounts=['data']))\n"
                    "    while not os.path.exists('data/begun'): await asyncio.sleep(0.01)\n"
                    "    print(next(iter(_worker._workers.values())).process.popen.pid, flush=True)\n    os._exit(0)\n\n"
                    "asyncio.run(main())\n")
    done = subprocess.run([sys.executable, str(host)], env={**os.environ, "PYTHONPATH": str(installed)}, capture_output=True,
                          timeout=DEADLINE)
    pid, end = int(done.stdout), time.monotonic() + DEADLINE
    while os.path.exists(f"/proc/{pid}") and open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] != "Z":
        assert time.monotonic() < end
        time.sleep(0.05)


def test_one_file_is_both_program_and_host(capsule, installed, tmp_path):
    """A function of the host is run in a sandbox by its file; called directly it is an ordinary function."""
    (tmp_path / "both.py").write_text(
        "import asyncio\nfrom capsule import run, task\n\n@task(name='main', compute='LOW')\ndef main(n): return int(n) * 2\n\n"
        "if __name__ == '__main__':\n    print(main(2), asyncio.run(run(file='both.py', args=['21']))['result'])\n")
    done = subprocess.run([sys.executable, "both.py"], env={**os.environ, "PYTHONPATH": str(installed)}, capture_output=True,
                          text=True, timeout=DEADLINE)
    assert done.stdout == "4 42\n", done.stderr


def test_the_example(capsule, installed):
    done = subprocess.run([sys.executable, str(ROOT / "examples" / "host" / "host.py")], capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(installed)}, timeout=DEADLINE)
    assert done.stdout.splitlines() == ["  chatty: thinking ...", "sum -> 4950", "chatty -> done", "broken -> task_error",
                                        "endless -> " + done.stdout.split("endless -> ")[1].split()[0], "curious -> task_error"]
    assert "endless -> timeout" in done.stdout or "endless -> compute_exceeded" in done.stdout


def test_a_string(capsule, program, monkeypatch):
    monkeypatch.setenv("MINE", "m")
    more = {"args": ["b"], "compute": 200_000_000, "ram": "256MB", "timeout": 60}
    code = "import os, sys\nprint('hi')\n[dict(os.environ), sys.argv[1:]]"
    result = asyncio.run(capsule.run(code=code, env={"A": "x=y"}, **more))
    assert (result["result"], result["stdout"]) == ([{"A": "x=y"}, ["b"]], "hi\n")
    assert asyncio.run(capsule.run(code=code, env=["MINE"], **more))["result"][0] == {"MINE": "m"}
    typed = "[process.env.A as string, process.argv[2]]"
    assert asyncio.run(capsule.run(code=typed, language="ts", env={"A": "1"}, **more))["result"] == ["1", "b"]
    assert asyncio.run(capsule.run(code=""))["result"] is None
    assert asyncio.run(capsule.run(code=SPIN, compute="LOW"))["error"]["error_type"] == "compute_exceeded"
    assert asyncio.run(capsule.run(code="1 +"))["error"]["error_type"] == "build_error"


@pytest.mark.parametrize(
    "options, error, text",
    [
        ({"code": "1", "language": "ruby"}, RuntimeError, 'unknown language "ruby"'),
        ({"code": "1", "file": "main.py"}, TypeError, "a file or a code"),
        ({}, TypeError, "a file or a code"),
        ({"code": b"1"}, TypeError, "code must be a string, not bytes"),
        ({"code": "1", "ram": 5}, TypeError, "must be strings"),
        ({"code": "1", "env": {"A": 1}}, TypeError, "env must be strings"),
        ({"file": "main.py", "ram": "1GB"}, TypeError, "ram is for code"),
    ],
)
def test_strings_that_are_refused(capsule, options, error, text):
    with pytest.raises(error, match=text):
        asyncio.run(capsule.run(**options))
