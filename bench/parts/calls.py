"""A trivial call in a fresh sandbox, in one process that stays: how long each takes, and how two at a time scale."""

import contextlib
import subprocess
import tempfile
import time

from measure import inprocess
from measure.process import Failed
from measure.rounds import Samples
from parts import samples
from peers import presence
from peers.agent import PEERS, Agent
from report.table import Column, Table

COLUMNS = [Column("least", "minimum", 1), Column("p50", "p50", 1), Column("p99", "p99", 1), Column("p999", "p99.9", 1), Column("cpu", "CPU", 1)]
OURS = [("capsule hello.py, no trace", "hello.py", False), ("capsule hello.ts, no trace", "hello.ts", False),
        ("capsule hello.py, with its trace row", "hello.py", True), ("capsule hello.ts, with its trace row", "hello.ts", True)]
WORK_PYTHON = """from capsule import task


@task(name="main", compute="HIGH")
def main(n=40000):
    total = 0
    for i in range(n):
        total += i * i % 7
    return total
"""


def run_part(quick):
    with tempfile.TemporaryDirectory() as folder:
        samples.hello_both(folder)
        samples.write(folder, "work.py", WORK_PYTHON)
        return [latency(folder, quick), scaling(folder, quick)]


def latency(folder, quick):
    rounds, count, of_peers = (3, 1000, 20) if quick else (5, 5000, 100)
    taken = {name: [] for name, _, _ in OURS}
    with contextlib.ExitStack() as stack:
        agents = {}
        for peer in PEERS:
            root, reason = presence.folder(peer)
            agents[peer] = (stack.enter_context(Agent(peer, root)) if root else None, Samples([], reason))
        for _ in range(rounds):
            for name, file, trace in OURS:
                taken[name].append(inprocess.calls(folder, file, count=count, trace=trace))
            for agent, measured in agents.values():
                ask(agent, measured, of_peers)
    table = Table("calls", "A trivial call in a fresh sandbox, in process, one after the other, in µs", COLUMNS, chart="p50")
    for name, found in taken.items():
        table.add(name, least=inprocess.least(found, "least_us"), cpu=inprocess.middle(found, "cpu_us"),
                  **{key: inprocess.middle(found, f"{key}_us") for key in ("p50", "p99", "p999")})
    for peer, (_, measured) in agents.items():
        table.add(peer, measured.reason, least=measured.least() * 1e6, p50=measured.median() * 1e6, p99=measured.quantile(0.99) * 1e6,
                  p999=measured.quantile(0.999) * 1e6)
    table.notes.append("pydantic-monty interprets a subset of Python in a worker process, without WebAssembly.")
    return table


def ask(agent, measured, count):
    """The first call of an agent loads what it needs and does not count."""
    if agent is None or measured.reason:
        return
    try:
        if agent.process is None:
            agent.ask(do="call")
        measured.values += [agent.ask(do="call")["seconds"] for _ in range(count)]
    except Failed as error:
        measured.values.clear()
        measured.reason = str(error)


def scaling(folder, quick):
    """Two at a time, as a multiple of the throughput of one: threads of ours, processes of ours, processes of CPython."""
    rounds, trivial, heavy = (3, 2000, 60) if quick else (7, 10000, 300)
    kinds = {"capsule, trivial calls, two threads": lambda: threads(folder, "hello.py", trivial),
             "capsule, trivial calls, two processes": lambda: processes(folder, "hello.py", trivial),
             "capsule, calls that compute, two threads": lambda: threads(folder, "work.py", heavy),
             "capsule, calls that compute, two processes": lambda: processes(folder, "work.py", heavy)}
    python, reason = presence.plain_python()
    if python:
        kinds["CPython plain, two processes"] = lambda: natives(python, 10 * heavy)
    taken = {name: [] for name in kinds}
    for _ in range(rounds):
        for name, once in kinds.items():
            taken[name].append(once())
    table = Table("scaling", "Throughput of two at a time, as a multiple of one", [Column("best", "best"), Column("median", "median")], chart="median")
    for name, found in taken.items():
        measured = Samples(found)
        table.add(name, best=max(found), median=measured.median())
    if reason:
        table.add("CPython plain, two processes", reason)
    return table


def threads(folder, file, count):
    one, two = (inprocess.calls(folder, file, count=count, threads=n)["calls_per_s"] for n in (1, 2))
    return two / one


def processes(folder, file, count):
    one, two = (together([[inprocess.CALLS, "-S", "-T", "-n", str(count), file]] * n, folder) for n in (1, 2))
    return 2 * one / two


def together(commands, folder):
    """Seconds until all are done; they begin once all are ready."""
    running = [subprocess.Popen(command, cwd=folder, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for command in commands]
    for process in running:
        process.stdout.readline()
    begin = time.perf_counter()
    for process in running:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in running:
        process.communicate()
    return time.perf_counter() - begin


def natives(python, turns):
    """The loop of work.py, many times over, in one and in two processes."""
    code = WORK_PYTHON.split("@task")[1].split("\n", 1)[1] + f"for _ in range({turns // 10}): main()"
    seconds = []
    for count in (1, 2):
        begin = time.perf_counter()
        running = [subprocess.Popen([python, "-I", "-S", "-c", code]) for _ in range(count)]
        for process in running:
            process.wait()
        seconds.append(time.perf_counter() - begin)
    return 2 * seconds[0] / seconds[1]
