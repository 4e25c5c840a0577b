#!/usr/bin/env python3
"""Us and the peers, side by side in one run: minimum and median of many runs, and ratios.

    bench.py [start] [first] [python] [worker] [calls]        default: all

Repetitions of all contestants are interleaved, so that a noisy moment hits everyone. Needs `make bench` (which prepares
the peers) or the paths in the environment variables named below."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CAPSULE = ROOT / "build/capsule"
NATIVE = ROOT / "build/deps/cpython-native/bin/python3.13"
REFERENCE = Path(os.environ.get("CAPSULE_REFERENCE", ROOT / "build/deps/reference/bin/capsule"))
REFERENCE_PATH = os.environ.get("CAPSULE_REFERENCE_PATH", str(ROOT / "build/deps/reference"))
PROGRAMS = ROOT / "bench/programs"

HELLO = 'from capsule import task\n\n\n@task(name="main")\ndef main():\n    return "hello"\n'


def run(command, cwd, environment=None):
    begin = time.perf_counter()
    done = subprocess.run(command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True)
    seconds = time.perf_counter() - begin
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr.decode(errors='replace')[-300:]}")
    return seconds


def show(title, rows, base):
    """rows: name -> seconds of each repetition; base: the contestant the others are compared with."""
    print(f"\n{title}")
    print(f"  {'':34}{'min ms':>10}{'median ms':>12}{'x of ' + base:>22}")
    for name, seconds in rows.items():
        ratio = min(seconds) / min(rows[base])
        print(f"  {name:34}{min(seconds) * 1e3:10.2f}{statistics.median(seconds) * 1e3:12.2f}{ratio:22.2f}")


def reference_environment():
    return {**os.environ, "PYTHONPATH": REFERENCE_PATH, "PATH": f"{REFERENCE.parent}:{os.environ['PATH']}"}


def bench_start(repetitions=60):
    """A whole process, warm: everything cached, from exec to exit, trace row included."""
    with tempfile.TemporaryDirectory() as ours, tempfile.TemporaryDirectory() as theirs:
        Path(ours, "hello.py").write_text(HELLO)
        Path(ours, "hello.ts").write_text('import { task } from "@capsule-run/sdk";\nexport const main = task({ name: "main" }, () => "hello");\n')
        Path(theirs, "hello.py").write_text(HELLO)
        contestants = {
            "capsule run hello.py": ([CAPSULE, "run", "hello.py"], ours, None),
            "capsule run hello.ts": ([CAPSULE, "run", "hello.ts"], ours, None),
            "native python3 -I -S -c pass": ([NATIVE, "-I", "-S", "-c", "pass"], ours, None),
            "node -e 0": ([shutil.which("node") or "node", "-e", "0"], ours, None),
            "/bin/true": (["/bin/true"], ours, None),
        }
        if REFERENCE.exists():
            contestants["reference run hello.py"] = ([REFERENCE, "run", "hello.py"], theirs, reference_environment())
        rows = {name: [] for name in contestants}
        for command, cwd, environment in contestants.values():
            run(command, cwd, environment)
        for _ in range(repetitions):
            for name, (command, cwd, environment) in contestants.items():
                rows[name].append(run(command, cwd, environment))
    show("Whole process, warm", rows, "native python3 -I -S -c pass")


def bench_first(repetitions=20):
    """The first run of a program nobody has seen before."""
    rows = {"capsule run new.py": [], "capsule run new.ts": []}
    with tempfile.TemporaryDirectory() as directory:
        for turn in range(repetitions):
            Path(directory, f"new{turn}.py").write_text(HELLO + f"# {time.time_ns()}\n")
            Path(directory, f"new{turn}.ts").write_text(
                f'import {{ task }} from "@capsule-run/sdk";\nexport const main = task({{ name: "main" }}, () => "{time.time_ns()}");\n')
            rows["capsule run new.py"].append(run([CAPSULE, "run", f"new{turn}.py"], directory))
            rows["capsule run new.ts"].append(run([CAPSULE, "run", f"new{turn}.ts"], directory))
    if REFERENCE.exists():
        with tempfile.TemporaryDirectory() as directory:
            Path(directory, "hello.py").write_text(HELLO)
            rows["reference run new.py (once)"] = [run([REFERENCE, "run", "hello.py"], directory, reference_environment())]
    show("First run of a new file", rows, "capsule run new.py")


def bench_python(rounds=5, repetitions=3):
    """Pure Python work inside a running interpreter, all limits on, against the same CPython built plainly."""
    names = sorted(path.stem for path in PROGRAMS.glob("*.py"))
    ours, native = {name: [] for name in names}, {name: [] for name in names}
    with tempfile.TemporaryDirectory() as directory:
        for path in PROGRAMS.glob("*.py"):
            shutil.copy(path, directory)
        shutil.copy(ROOT / "bench/timing.py", directory)
        Path(directory, "suite.py").write_text(
            'from capsule import task\nimport timing\n\n\n@task(name="main", compute="HIGH", timeout="10m", ram="1GB")\n'
            "def main(name, repetitions):\n    return timing.measure(name, int(repetitions))\n")
        for _ in range(rounds):
            for name in names:
                inside = subprocess.run([CAPSULE, "run", "--json", "suite.py", name, str(repetitions)], cwd=directory, capture_output=True, check=True)
                outside = subprocess.run([NATIVE, "-I", "-S", "timing.py", directory, name, str(repetitions)], cwd=directory, capture_output=True, check=True)
                a, b = json.loads(inside.stdout)["result"], json.loads(outside.stdout)
                if a["answer"] != b["answer"]:
                    raise RuntimeError(f"{name}: {a['answer']} inside, {b['answer']} outside")
                ours[name] += a["seconds"]
                native[name] += b["seconds"]
    print("\nPure Python work (ms, minimum and median)")
    print(f"  {'':20}{'capsule':>20}{'native, plain':>20}{'ratio of minima':>18}")
    for name in names:
        a, b = ours[name], native[name]
        print(f"  {name:20}{min(a) * 1e3:10.1f}{statistics.median(a) * 1e3:10.1f}{min(b) * 1e3:10.1f}{statistics.median(b) * 1e3:10.1f}"
              f"{min(a) / min(b):18.2f}")
    print(f"  {'geometric mean':60}{statistics.geometric_mean(min(ours[n]) / min(native[n]) for n in names):18.2f}")


class Worker:
    """A `capsule worker`, ours or the reference's, with endless loops to do besides."""

    def __init__(self, command, cwd, environment=None, loops=0):
        self.process = subprocess.Popen(command, cwd=cwd, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)
        self.call("warm", "hello.py")
        for i in range(loops):
            self.send(f"loop{i}", "loop.py")

    def send(self, name, file):
        self.process.stdin.write(json.dumps({"id": name, "file": file, "args": []}).encode() + b"\n")
        self.process.stdin.flush()

    def receive(self):
        """The next reply's name."""
        reply = json.loads(self.process.stdout.readline())
        if not reply.get("output", {}).get("success"):
            raise RuntimeError(f"worker: {reply}")
        return reply["id"]

    def call(self, name, file):
        begin = time.perf_counter()
        self.send(name, file)
        self.receive()
        return time.perf_counter() - begin

    def burst(self, count, file):
        """Seconds to each reply of calls that are all made at once."""
        begin = time.perf_counter()
        for i in range(count):
            self.send(f"burst{i}", file)
        return [time.perf_counter() - begin for _ in range(count) if self.receive()]

    def end(self):
        self.process.kill()
        self.process.wait()


def bench_worker(calls=100):
    """Trivial calls of a worker, also while endless loops hold four of its six jobs."""
    loop = 'from capsule import task\n\n\n@task(name="main", compute="HIGH", timeout="10m")\ndef main():\n    while True:\n        pass\n'
    with tempfile.TemporaryDirectory() as ours, tempfile.TemporaryDirectory() as theirs:
        for directory in (ours, theirs):
            Path(directory, "hello.py").write_text(HELLO)
        Path(ours, "loop.py").write_text(loop)
        command = [CAPSULE, "worker", "--jobs", "6"]
        one, burst = {}, {}
        peers = {"capsule worker": (command, ours, None, 0), "capsule worker, 4 endless loops": (command, ours, None, 4)}
        if REFERENCE.exists():
            peers["capsule-run worker"] = ([REFERENCE, "worker"], theirs, reference_environment(), 0)
        for name, (words, directory, environment, loops) in peers.items():  # one after the other: loops fill the machine
            worker = Worker(words, directory, environment, loops)
            one[name] = [worker.call(f"call{i}", "hello.py") for i in range(calls)]
            burst[name] = worker.burst(calls, "hello.py")
            worker.end()
        show(f"A trivial call of a worker, {calls} one after the other", one, "capsule worker")
        show(f"The same, {calls} at once", burst, "capsule worker")


def bench_calls(calls=5000):
    """Fresh sandboxes in one process, through the C interface, one after the other (inprocess/calls.c)."""
    print(f"\nA trivial call in one process, one thread, {calls} one after the other, in microseconds")
    print(f"  {'':34}{'min':>10}{'p50':>10}{'p99':>10}{'p99.9':>10}")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "hello.py").write_text(HELLO)
        Path(folder, "hello.ts").write_text('import { task } from "@capsule-run/sdk";\nexport const main = task({ name: "main" }, () => "hello");\n')
        for file in ("hello.py", "hello.ts"):
            for flag, words in (("-T", "without trace"), (None, "with its trace row")):
                command = [ROOT / "build/bench-calls", "-n", str(calls), *([flag] if flag else []), file]
                took = json.loads(subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout)
                print(f"  {file + ', ' + words:34}" + "".join(f"{took[key]:10.1f}" for key in ("least_us", "p50_us", "p99_us", "p999_us")))


def main():
    chosen = sys.argv[1:] or ["start", "first", "python", "worker", "calls"]
    for name in chosen:
        {"start": bench_start, "first": bench_first, "python": bench_python, "worker": bench_worker, "calls": bench_calls}[name]()


if __name__ == "__main__":
    main()
