"""Where the translator makes NaNs canonical: as late as possible, and never too late."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools/aot"))
from floats import canonical_nans  # noqa: E402


def rewritten(*lines):
    """The lines of a function behind its declarations, without indentation."""
    head = ["  u32 w2c_l1 = 0;", "  f64 w2c_l2 = 0, w2c_l3 = 0;", "  f64 w2c_d0, w2c_d1;"]
    return [line.strip() for line in canonical_nans(head + ["  " + line for line in lines])][len(head):]


SETTLED = "w2c_d0 = f64_canonical(w2c_d0);"
STORE = "f64_store(instance, (u64)(w2c_i0), w2c_d0);"


def test_a_chain_of_arithmetic_is_settled_once_before_it_is_stored():
    assert rewritten("w2c_d0 = w2c_p0;", "w2c_d1 = w2c_p1;", "w2c_d0 *= w2c_d1;", "w2c_d1 = 0.5;", "w2c_d0 -= w2c_d1;", STORE) == [
        "w2c_d0 = w2c_p0;", "w2c_d1 = w2c_p1;", "w2c_d0 = w2c_d0 * w2c_d1;", "w2c_d1 = 0.5;", "w2c_d0 = w2c_d0 - w2c_d1;", SETTLED, STORE]


@pytest.mark.parametrize("use", [
    "w2c_i0 = w2c_d0 < w2c_d1;", "w2c_i0 = w2c_d0 != w2c_d0;", "w2c_i0 = I32_TRUNC_SAT_S_F64(w2c_d0);", "w2c_d0 = wasm_sqrt(w2c_d0);"])
def test_a_use_that_sees_no_bits_settles_nothing(use):
    assert SETTLED not in rewritten("w2c_d0 += w2c_d1;", use)


@pytest.mark.parametrize("use", [
    STORE, "w2c_j0 = i64_reinterpret_f64(w2c_d0);", "w2c_d0 = w2c_f7(instance, w2c_d0);", "w2c_d0 = copysign(w2c_d0, w2c_d1);",
    "w2c_d0 = -(w2c_d0);", "w2c_d0 = w2c_i2 ? w2c_d0 : w2c_d1;", "w2c_d0 = wasm_floor(w2c_d0);", "return w2c_d0;", "goto w2c_B1;",
    "if (w2c_i0) {goto w2c_B1;}", "w2c_B1:;", "w2c_L1: METER(1);", "w2c_p0 = w2c_d0;", "something_new(w2c_d0);"])
def test_every_other_use_is_settled_first(use):
    assert rewritten("w2c_d0 += w2c_d1;", use)[1:] == [SETTLED, use]


def test_what_was_loaded_keeps_its_bits():
    lines = ["w2c_d0 = f64_load(instance, (u64)(w2c_i0));", "w2c_l2 = w2c_d0;", "w2c_d0 = w2c_l2;", STORE]
    assert rewritten(*lines) == lines


def test_a_local_of_results_stays_raw():
    lines = rewritten("w2c_d0 += w2c_d1;", "w2c_l2 = w2c_d0;", "goto w2c_B1;", "w2c_B1:;", "w2c_d0 = w2c_l2;", STORE)
    assert lines[-3:] == ["w2c_d0 = w2c_l2;", SETTLED, STORE]
    assert lines[1] == "w2c_l2 = w2c_d0;"


def test_a_local_that_may_hold_a_loaded_value_is_settled_when_assigned_a_result():
    lines = rewritten("w2c_d0 += w2c_d1;", "w2c_l2 = w2c_d0;", "w2c_B1:;", "w2c_d0 = w2c_l2;", STORE,
                      "w2c_d0 = f64_load(instance, (u64)(w2c_i0));", "w2c_l2 = w2c_d0;")
    assert lines[:3] == ["w2c_d0 = w2c_d0 + w2c_d1;", SETTLED, "w2c_l2 = w2c_d0;"]
    assert lines[4:6] == ["w2c_d0 = w2c_l2;", STORE]


def test_what_one_local_takes_from_another_counts():
    lines = rewritten("w2c_d0 += w2c_d1;", "w2c_l2 = w2c_d0;", "w2c_B1:;", "w2c_d0 = w2c_l3;", "w2c_l2 = w2c_d0;",
                      "w2c_d0 = w2c_p0;", "w2c_l3 = w2c_d0;")
    assert lines[:3] == ["w2c_d0 = w2c_d0 + w2c_d1;", SETTLED, "w2c_l2 = w2c_d0;"]


@pytest.mark.parametrize("line", ["w2c_l2 += w2c_d0;", "w2c_d0 = w2c_d0 * w2c_d1;", "w2c_d0 += 1.0;"])
def test_arithmetic_of_another_shape_is_refused(line):
    with pytest.raises(ValueError, match="unexpected floating point arithmetic"):
        rewritten(line)
