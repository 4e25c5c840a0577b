"""Threaded dispatch does what the switch did."""

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools/aot"))
import dispatch  # noqa: E402
from dispatch import thread_dispatch  # noqa: E402

PREAMBLE = """
#include <stdio.h>
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define METER(n) (count += (n))
typedef unsigned int u32;
static unsigned long count;
static u32 i32_load8_u(int instance, unsigned long address) { return (address * 7 + instance) & 255; }
"""


def interpreter(cases, opcode_bits=255):
    """A loop in wasm2c's shape over `cases` instructions: each adds its number to a sum and goes on; the last one ends."""
    lines = ["  u32 w2c_i0, w2c_i1, w2c_p2 = w2c_p0, w2c_l4 = 0;", "  w2c_L7: METER(1);", "    w2c_i0 = w2c_p2;",
             f"    w2c_i1 = {opcode_bits}u;", "    w2c_i0 &= w2c_i1;", "    switch (w2c_i0) {"]
    lines += [f"      case {i}: goto w2c_B{i};" for i in range(cases)] + [f"      default: goto w2c_B{cases - 1};", "    }"]
    for i in range(cases - 1):
        lines += [f"    w2c_B{i}:;", f"    w2c_l4 = w2c_l4 * 31 + {i}u;", "    w2c_p2 = w2c_p2 * 5 + 3;",
                  "    if (w2c_l4 % 7 == 3) {goto w2c_L7;}", "    w2c_p2 += 1;", "    goto w2c_L7;"]
    return lines + [f"    w2c_B{cases - 1}:;", "  return w2c_l4;"]


def run(tmp_path, body, name):
    source = "u32 go(u32 w2c_p0) {\n" + "\n".join(body) + "\n}\n"
    main = 'int main(void) { for (u32 i = 0; i < 300; i++) printf("%u ", go(i)); printf("%lu\\n", count); return 0; }\n'
    (tmp_path / f"{name}.c").write_text(PREAMBLE + source + main)
    subprocess.run(["gcc", "-O1", "-w", "-o", name, f"{name}.c"], cwd=tmp_path, check=True)
    return subprocess.run([tmp_path / name], capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.mark.parametrize("cases", [dispatch.LEAST_CASES, 200, 256])
def test_results_and_counts_are_the_same(tmp_path, cases):
    body = interpreter(cases)
    threaded = thread_dispatch(body)
    assert not any("goto w2c_L7;" in line or "switch" in line for line in threaded)
    assert sum(line.count("goto *dispatch_7[") for line in threaded) == 2 * (cases - 1) + 1
    assert run(tmp_path, threaded, "threaded") == run(tmp_path, body, "switched")


def test_instructions_and_calls_have_weights_of_their_own(tmp_path):
    body = ["  METER(1);", *interpreter(200)]
    plain, weighed = (run(tmp_path, lines, name).split() for lines, name in
                      ((thread_dispatch(body), "plain"), (thread_dispatch(body, instruction=5, call=100), "weighed")))
    calls = len(plain) - 1
    assert plain[:-1] == weighed[:-1]
    assert int(weighed[-1]) == 100 * calls + 5 * (int(plain[-1]) - calls)


def test_a_small_loop_keeps_the_weight_of_loops(tmp_path):
    body = ["  METER(3);", *interpreter(dispatch.LEAST_CASES - 1)]
    assert thread_dispatch(body, instruction=5, call=100) == body


BYTE = "    w2c_i0 = i32_load8_u(instance, (unsigned long)(w2c_p2));"
COPY = "    w2c_l5 = w2c_i0;"
LESS = ["    w2c_i1 = 4294967291u;", "    w2c_i0 += w2c_i1;"]


@pytest.mark.parametrize("head", [None, [BYTE], [BYTE, COPY], [BYTE, *LESS], [BYTE, COPY, *LESS]])
def test_a_byte_needs_no_check(tmp_path, head):
    body = interpreter(200)
    if head:
        body[2:5] = head
    body[0] = "  u32 w2c_l5; const int instance = 0;\n" + body[0]
    threaded = thread_dispatch(body)
    assert not any("UNLIKELY" in line for line in threaded)
    assert run(tmp_path, threaded, "threaded") == run(tmp_path, body, "switched")


@pytest.mark.parametrize("more", [[], LESS])
def test_an_opcode_past_the_table_takes_the_default(tmp_path, more):
    body = interpreter(dispatch.LEAST_CASES, opcode_bits=0xFFFF)
    body[5:5] = more
    threaded = thread_dispatch(body)
    assert any("UNLIKELY" in line for line in threaded)
    assert run(tmp_path, threaded, "threaded") == run(tmp_path, body, "switched")


def test_small_loops_stay_as_they_are():
    body = interpreter(dispatch.LEAST_CASES - 1)
    assert thread_dispatch(body) == body
    body = interpreter(dispatch.LEAST_CASES)
    kept = [line for line in body if "goto w2c_L7" not in line]
    few = kept[:-2] + ["    goto w2c_L7;"] * (dispatch.LEAST_JUMPS - 1) + kept[-2:]
    assert thread_dispatch(few) == few


def test_a_loop_that_does_more_before_its_switch_stays_as_it_is():
    body = interpreter(200)
    for line in ("    if (w2c_i0) {goto w2c_B3;}", "    w2c_B900:;"):
        other = body[:3] + [line] + body[3:]
        assert thread_dispatch(other) == other
