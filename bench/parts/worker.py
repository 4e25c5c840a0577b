"""`capsule worker`: latency one after the other, throughput of many at once, and fairness beside endless loops."""

import json
import math
import os
import subprocess
import tempfile
import threading
import time
from pathlib import Path

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
FLOOD = {"capsule": 10_000, "capsule-run": 500}  # calls at once


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

    def cpu(self):
        """Seconds of CPU time that the process and those it started took, of those that ended too."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def flood(self, count, file):
        """Calls a second, and for each second of the worker's CPU time, when they are sent as fast as they are taken."""
        first, self.asked = self.asked, self.asked + count
        text = b"".join(json.dumps({"id": str(first + i + 1), "file": file, "args": []}).encode() + b"\n" for i in range(count))
        sender = threading.Thread(target=lambda: (self.process.stdin.write(text), self.process.stdin.flush()), daemon=True)
        begin, cpu, lines = time.perf_counter(), self.cpu(), []
        sender.start()
        lines = [self.process.stdout.readline() for _ in range(count)]
        seconds, cpu = time.perf_counter() - begin, self.cpu() - cpu
        sender.join()
        for line in lines:
            if not json.loads(line or b"{}").get("output", {}).get("success"):
                raise Failed(f"worker: {line.decode(errors='replace')[:200]}")
        return count / seconds, count / cpu


def run_part(quick):
    rounds, calls = (2, 50) if quick else (5, 200)
    with tempfile.TemporaryDirectory() as folder:
        samples.hello_both(folder)
        samples.write(folder, "loop.py", LOOP)
        kinds, absent = contestants(folder)
        one = {name: Samples([], absent.get(name, "")) for name in kinds}
        many = {name: [] for name in kinds}
        for _ in range(rounds):
            for name, kind in kinds.items():
                if not one[name].reason:
                    measure(kind, calls, FLOOD[name.split()[0]], one[name], many[name])
    table = Table("worker", "A trivial call of a worker: in ms one after the other, and throughput when calls come as fast as they are taken",
                  [Column("least", "minimum"), Column("p50", "p50"), Column("p99", "p99"), Column("rate", "calls/s", 0),
                   Column("per_cpu", "calls per s of CPU time", 0)], chart="per_cpu")
    for name, measured in one.items():
        rate, per_cpu = max((found[0] for found in many[name]), default=math.nan), max((found[1] for found in many[name]), default=math.nan)
        table.add(name, measured.reason, least=measured.least() * 1e3, p50=measured.median() * 1e3, p99=measured.quantile(0.99) * 1e3,
                  rate=rate, per_cpu=per_cpu)
    table.notes.append("Trace rows included; CPU time is the worker's, whose client has a core of its own where there are two.")
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


def measure(kind, calls, flood, one, many):
    command, folder, environment, file, loops = kind
    with Worker(command, folder, environment) as worker:
        try:
            worker.call(file)  # loads the program
            for _ in range(loops):
                worker.send("loop.py")
            one.values += [worker.call(file) for _ in range(calls)]
            if not loops:
                many.append(worker.flood(flood, file))
        except Failed as error:
            one.values.clear()
            one.reason = str(error)
