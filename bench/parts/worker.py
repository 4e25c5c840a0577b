"""`capsule worker`: latency one after the other, throughput with many under way, and fairness beside endless loops."""

import json
import os
import subprocess
import tempfile
import time

from measure.paths import CAPSULE
from measure.process import Failed
from measure.rounds import Samples
from parts import samples
from peers import presence
from report.table import Column, Table

LOOP = """from capsule import task


@task(name="main", compute="HIGH", timeout="10m")
def main():
    while True:
        pass
"""
LOOPS = 4
DEPTH = 64  # calls under way when pipelined


class Worker:
    """A worker process, ours or the reference's."""

    def __init__(self, command, cwd, environment=None):
        self.process = subprocess.Popen([str(word) for word in command], cwd=cwd, env=environment, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.asked = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def send(self, file):
        self.asked += 1
        self.process.stdin.write(json.dumps({"id": str(self.asked), "file": file, "args": []}).encode() + b"\n")
        self.process.stdin.flush()

    def receive(self):
        line = self.process.stdout.readline()
        if not line or not json.loads(line).get("output", {}).get("success"):
            raise Failed(f"worker: {line.decode(errors='replace')[:200]}")

    def call(self, file):
        begin = time.perf_counter()
        self.send(file)
        self.receive()
        return time.perf_counter() - begin

    def pipelined(self, count, file):
        """Calls a second, with DEPTH of them under way."""
        begin = time.perf_counter()
        for _ in range(min(DEPTH, count)):
            self.send(file)
        for sent in range(min(DEPTH, count), count + min(DEPTH, count)):
            self.receive()
            if sent < count:
                self.send(file)
        return count / (time.perf_counter() - begin)


def run_part(quick):
    rounds, calls = (2, 50) if quick else (5, 200)
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        samples.hello_both(folder)
        samples.write(folder, "loop.py", LOOP)
        kinds, absent = contestants(folder)
        one = {name: Samples([], absent.get(name, "")) for name in kinds}
        many = {name: [] for name in kinds}
        for _ in range(rounds):
            for name, kind in kinds.items():
                if not one[name].reason:
                    measure(kind, calls, one[name], many[name])
    table = Table("worker", f"A trivial call of a worker: in ms one after the other, and throughput with {DEPTH} under way",
                  [Column("least", "minimum"), Column("p50", "p50"), Column("p99", "p99"), Column("rate", "calls/s per core", 0)], chart="rate")
    for name, measured in one.items():
        rate = max(many[name]) / cores if many[name] else float("nan")
        table.add(name, measured.reason, least=measured.least() * 1e3, p50=measured.median() * 1e3, p99=measured.quantile(0.99) * 1e3, rate=rate)
    table.notes.append(f"Fairness: {LOOPS} endless loops hold {LOOPS} of {LOOPS + 2} jobs meanwhile; the cores are shared with them.")
    return [table]


def contestants(folder):
    """name -> (command, folder, environment, file, endless loops), and name -> why it is not there."""
    kinds = {"capsule worker, hello.py": ([CAPSULE, "worker"], folder, None, "hello.py", 0),
             "capsule worker, hello.ts": ([CAPSULE, "worker"], folder, None, "hello.ts", 0),
             f"capsule worker, hello.py beside {LOOPS} endless loops": ([CAPSULE, "worker", "--jobs", str(LOOPS + 2)], folder, None, "hello.py", LOOPS)}
    peer, name = presence.Reference(), "capsule-run worker, hello.py"
    if peer.reason:
        return {**kinds, name: None}, {name: peer.reason}
    return {**kinds, name: (peer.command("worker"), samples.reference_hello(peer), peer.environment(), "hello.py", 0)}, {}


def measure(kind, calls, one, many):
    command, folder, environment, file, loops = kind
    with Worker(command, folder, environment) as worker:
        try:
            worker.call(file)  # loads the program
            for _ in range(loops):
                worker.send("loop.py")
            one.values += [worker.call(file) for _ in range(calls)]
            many.append(worker.pipelined(4 * calls, file))
        except Failed as error:
            one.values.clear()
            one.reason = str(error)
