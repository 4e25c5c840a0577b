"""What ends a module that is not ours: limits, traps, signals; each with its exit code and one line."""

import os
import signal
import time

import pytest

from modules_support import LOOP, PROBE, UNREACHABLE, module


def one_line(outcome, code, kind):
    assert (outcome.code, outcome.out) == (code, "")
    assert outcome.err.startswith(f"error[{kind}]: ") and outcome.err.count("\n") == 1, outcome.err


# ---- Time and fuel ----


def test_a_loop_without_memory_ends_at_the_timeout(box):
    box.write("loop.wasm", module(LOOP))
    one_line(box.capsule("exec", "--timeout", "200ms", "loop.wasm"), 124, "timeout")


def test_a_loop_without_memory_ends_with_its_fuel(box):
    box.write("loop.wasm", module(LOOP))
    one_line(box.capsule("exec", "--fuel", "1000000", "loop.wasm"), 134, "compute_exceeded")


def test_fuel_at_the_limit_and_one_past_it(box):
    envelope = box.probe("args", flags=["--json", "--fuel", "100000000"]).envelope
    used = envelope["execution"]["fuel_consumed"]
    assert 0 < used < 100000000
    assert box.probe("args", flags=["--fuel", str(used)]).code == 0
    assert box.probe("args", flags=["--fuel", str(used - 1)]).code == 134
    assert box.probe("args", flags=["--json"]).envelope["execution"]["fuel_consumed"] == 0


def test_a_start_function_that_loops(box):
    box.write("loop.wasm", module(LOOP, exports=("_initialize",), start=True))
    one_line(box.capsule("exec", "--timeout", "200ms", "loop.wasm"), 124, "timeout")


def test_a_wait_of_the_host_ends_at_the_timeout(box):
    one_line(box.probe("sleep", "1000000000", flags=["--timeout", "200ms"]), 124, "timeout")
    with box.start("exec", "--timeout", "200ms", "--stdin", "-", PROBE, "cat", stdin=-1) as process:
        assert process.wait(60) == 124  # nobody writes to its stdin


def test_envelope_of_a_timeout(box):
    outcome = box.probe("sleep", "1000", flags=["--json", "--timeout", "150ms"])
    error = outcome.envelope["error"]
    assert outcome.code == 124
    assert (error["error_type"], error["limit"], error["allowed"]) == ("timeout", "timeout", 150)


# ---- Memory ----


def test_memory_past_the_limit(box):
    one_line(box.probe("eat", flags=["--ram", "40MB"]), 137, "memory_exceeded")
    outcome = box.probe("eat", flags=["--json", "--ram", "40MB"])
    envelope = outcome.envelope
    assert (envelope["error"]["limit"], envelope["error"]["allowed"]) == ("ram", 40 << 20)
    assert 30 << 20 < envelope["execution"]["ram_used"] <= 40 << 20


def test_a_module_that_copes_with_the_limit_keeps_its_exit_code(box):
    assert box.probe("eat-gently", flags=["--ram", "40MB"]).code == 3


@pytest.mark.parametrize("pages, code", [(16, 0), (17, 137)])
def test_memory_at_the_start(box, pages, code):
    box.write("memory.wasm", module(memory=(pages, 100)))
    assert box.capsule("exec", "--ram", "1MB", "memory.wasm").code == code


def test_memory_grows_to_the_limit_and_no_further(box):
    """memory.grow of 15 pages succeeds in 16, of 16 pages answers -1; then the function traps unless it was refused."""
    for pages, code in ((15, 134), (16, 0)):
        body = b"\x41" + bytes([pages]) + b"\x40\0\x41\x7f\x47\x04\x40\x00\x0b"  # if (memory.grow(pages) != -1) unreachable
        box.write("grow.wasm", module(body, memory=(1, 100)))
        assert box.capsule("exec", "--ram", "1MB", "grow.wasm").code == code


@pytest.mark.parametrize("elements, code", [(1 << 20, 0), ((1 << 20) + 1, 2)])
def test_tables_are_limited(box, elements, code):
    box.write("table.wasm", module(table=elements))
    assert box.capsule("exec", "table.wasm").code == code


# ---- Output ----


def test_output_past_the_limit(box):
    outcome = box.probe("flood", flags=["--max-output", "1KB"])
    assert outcome.code == 134 and outcome.out == "0123456789abcdef" * 64
    assert outcome.err.startswith("error[output_exceeded]: ") and outcome.err.count("\n") == 1
    envelope = box.probe("flood", flags=["--json", "--max-output", "1KB"]).envelope
    assert envelope["stdout"].startswith("0123456789abcdef" * 64) and envelope["stdout_truncated"]
    assert envelope["error"]["error_type"] == "output_exceeded"


def test_output_at_the_limit(box):
    text = "x" * 1023
    assert box.probe("args", text, flags=["--max-output", "1KB"]).code == 0
    assert box.probe("args", text + "x", flags=["--max-output", "1KB"]).code == 134


def test_a_reader_that_leaves_ends_the_module(box):
    with box.start("exec", PROBE, "flood") as process:
        process.stdout.read(16)
        process.stdout.close()
        assert process.wait(60) == -signal.SIGPIPE


# ---- Traps ----


@pytest.mark.parametrize("words", [["trap"], ["divide", "7", "0"], ["outside"]])
def test_traps(box, words):
    one_line(box.probe(*words), 134, "trap")


def test_a_trap_tells_where_in_the_envelope(box):
    error = box.probe("trap", flags=["--json"]).envelope["error"]
    assert error["error_type"] == "trap" and "wasm" in error["traceback"]
    assert str(box.path) not in error["traceback"]


def test_stack(box):
    one_line(box.probe("descend"), 134, "stack_exceeded")


def test_unreachable(box):
    box.write("stop.wasm", module(UNREACHABLE))
    one_line(box.capsule("exec", "stop.wasm"), 134, "trap")


# ---- Signals ----


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("words", [["loop.wasm"], [None, "sleep", "100000"]])
def test_signals_cancel(box, number, code, words):
    """In guest code, and in a wait of the host."""
    box.write("loop.wasm", module(LOOP))
    words = [word or str(PROBE) for word in words]
    box.capsule("exec", "--timeout", "1ms", *words)  # its code is in the cache now
    with box.start("exec", *words) as process:
        wait_for_guest(process)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (code, b"")
    assert err.startswith(b"error[cancelled]: ") and err.count(b"\n") == 1


def wait_for_guest(process):
    """Until the process has the guest's stack, which it reserves before anything of the guest runs, and a moment more."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if len(os.listdir(f"/proc/{process.pid}/task")) >= 4:
            break
        time.sleep(0.02)
    time.sleep(0.5)


def test_signal_envelope(box):
    box.write("loop.wasm", module(LOOP))
    with box.start("exec", "--json", "loop.wasm") as process:
        wait_for_guest(process)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 130 and b'"error_type":"cancelled"' in out
