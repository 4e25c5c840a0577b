"""Where the microseconds of a trivial call go: samples of perf over many calls, sorted by what the sampled code belongs to."""

import collections
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from measure import inprocess
from measure.process import Failed, run
from parts import samples
from report.table import Column, Table

# First match counts; the last takes the rest. Samples are of the CPU clock: virtual machines seldom have hardware counters.
KINDS = [
    ("guest", "guest's code", lambda dso, symbol: dso == "guest.so"),
    ("pages", "copying pages back", lambda dso, symbol: re.search(r"memmove|memcpy|cap_page_set|cap_slot_load|cap_slot_renew|cap_source", symbol)),
    ("kernel", "kernel", lambda dso, symbol: "kernel" in dso),
    ("host", "our code", lambda dso, symbol: dso.startswith("libcapsule")),
    ("libc", "C library", lambda dso, symbol: True),
]
REPORT = re.compile(r"\s*([\d.]+)%\s+(\S+)\s+\[.\]\s+(\S+)")


def run_part(quick):
    table = Table("where", "Where a trivial call spends its CPU time, in µs",
                  [Column(key, label, 1) for key, label, _ in KINDS] +
                  [Column("open", "pages copied back", 0), Column("call", "the call", 1), Column("trace", "with its trace row", 1)], chart="call")
    with tempfile.TemporaryDirectory() as folder:
        samples.hello_both(folder)
        for file in ("hello.py", "hello.ts"):
            try:
                table.add(f"capsule {file}", **one(folder, file, 5000 if quick else 50_000))
            except Failed as error:
                table.add(f"capsule {file}", str(error))
    table.notes.append("Copying within other work (strings, JSON) counts as copying pages back where it is the C library's memmove.")
    return [table]


def one(folder, file, count):
    if not shutil.which("perf"):
        raise Failed("there is no perf on PATH")
    data = Path(folder, "perf.data")
    plain = [inprocess.calls(folder, file, count=count // 5, trace=trace)["cpu_us"] for trace in (False, True) for _ in range(3)]
    call, traced = min(plain[:3]), min(plain[3:])
    run(["perf", "record", "-q", "-F", "10000", "-e", "cpu-clock", "-o", data, inprocess.CALLS, "-T", "-n", count, file], folder)
    shares = collections.Counter()
    for line in subprocess.run(["perf", "report", "-i", data, "--stdio", "--sort", "dso,symbol"], capture_output=True, text=True, check=False).stdout.splitlines():
        if found := REPORT.match(line):
            share, dso, symbol = found.groups()
            shares[next(key for key, _, belongs in KINDS if belongs(dso, symbol))] += float(share)
    total = sum(shares.values())
    if not total:
        raise Failed("perf took no samples")
    return {"open": open_pages(folder, file), **{key: call * shares[key] / total for key, _, _ in KINDS}, "call": call, "trace": traced}


def open_pages(folder, file):
    """How many pages of the image a slot lets its runs write, once warm: those that differ after a call and are copied back."""
    process = subprocess.Popen([inprocess.CALLS, "-S", "-T", "-n", "1", file], cwd=folder, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdout.readline()
    maps = Path(f"/proc/{process.pid}/maps").read_text(encoding="utf-8").splitlines()
    process.communicate("\n")
    writable = [line.split()[0].split("-") for line in maps if " rw-p " in line and line.endswith("/image")]
    return sum(int(end, 16) - int(begin, 16) for begin, end in writable) // 4096
