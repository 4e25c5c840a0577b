"""`capsule exec` of modules that are not ours: what goes in, and what comes out."""

import pytest

from modules_support import PROBE, REACTOR, UNREACHABLE, module


def test_a_command_runs(box):
    outcome = box.capsule("exec", PROBE)
    assert (outcome.code, outcome.out, outcome.err) == (0, "hello from probe.wasm\n", "")


def test_arguments_arrive_as_written(box):
    outcome = box.probe("args", "one", "--json", "", "zwölf", "a b")
    assert outcome.out == "one\n--json\n\nzwölf\na b\n"


def test_flags_may_stand_behind_the_file(box):
    outcome = box.capsule("exec", PROBE, "--env", "A=1", "env")
    assert outcome.out == "A=1\n"


def test_environment_is_what_is_given(box):
    outcome = box.probe("env", flags=["--env", "A=1", "--env", "B=x=y", "--env", "C="])
    assert outcome.out == "A=1\nB=x=y\nC=\n"
    assert box.probe("env").out == ""


@pytest.mark.parametrize("code", [0, 1, 42, 124, 255])
def test_the_exit_code_is_the_guests(box, code):
    outcome = box.probe("exit", str(code))
    assert (outcome.code, outcome.err) == (code, "")


def test_stdin(box):
    box.write("in.txt", "from a file")
    assert box.probe("cat").out == ""
    assert box.probe("cat", flags=["--stdin", "in.txt"]).out == "from a file"
    assert box.probe("cat", flags=["--stdin", "-"], input=b"from a pipe").out == "from a pipe"
    missing = box.probe("cat", flags=["--stdin", "nowhere"])
    assert (missing.code, missing.out) == (2, "") and "nowhere" in missing.err


def test_stderr_is_stderr(box):
    outcome = box.probe("error", "so what")
    assert (outcome.out, outcome.err) == ("", "so what\n")


def test_reactor_is_initialized_and_no_more(box):
    outcome = box.capsule("exec", REACTOR)
    assert (outcome.code, outcome.out) == (0, "initialized\n")


def test_invoke_calls_a_function_after_initializing(box):
    outcome = box.capsule("exec", "--invoke", "answer", REACTOR)
    assert (outcome.code, outcome.out) == (0, "initialized\ncalled\n")


@pytest.mark.parametrize("function, value", [("answer", 42), ("large", 1 << 60), ("half", 0.5)])
def test_invoke_answers_in_the_envelope(box, function, value):
    envelope = box.capsule("exec", "--json", "--invoke", function, REACTOR).envelope
    assert envelope["success"] and envelope["result"] == value


def test_invoke_may_exit(box):
    assert box.capsule("exec", "--invoke", "leave", REACTOR).code == 7


@pytest.mark.parametrize("function, says", [("nothing", "exports nothing called 'nothing'"), ("twice", "'twice' is no function without parameters"),
                                            ("memory", "'memory' is no function")])
def test_invoke_of_something_else(box, function, says):
    outcome = box.capsule("exec", "--invoke", function, REACTOR)
    assert (outcome.code, outcome.out) == (2, "") and says in outcome.err and outcome.err.count("\n") == 1


def test_invoke_instead_of_start(box):
    """`_start` would trap."""
    box.write("two.wasm", module(UNREACHABLE))
    assert box.capsule("exec", "two.wasm").code == 134
    box.write("other.wasm", module(b"", exports=("other",)))
    assert box.capsule("exec", "--invoke", "other", "other.wasm").code == 0


def test_start_function_runs(box):
    box.write("start.wasm", module(UNREACHABLE, exports=("_initialize",), start=True))
    outcome = box.capsule("exec", "start.wasm")
    assert outcome.code == 134 and "error[trap]" in outcome.err


def test_envelope(box):
    outcome = box.probe("exit", "5", flags=["--json"])
    envelope = outcome.envelope
    assert outcome.code == 5
    assert envelope["success"] is False and envelope["result"] is None
    assert (envelope["error"]["error_type"], envelope["error"]["exit_code"]) == ("exit", 5)
    assert envelope["execution"]["language"] == "wasm" and envelope["execution"]["task_name"] == "probe.wasm"
    assert envelope["execution"]["snapshot"] is None
    assert envelope["execution"]["ram_used"] > 65536

    envelope = box.probe("error", "words", flags=["--json"]).envelope
    assert envelope["success"] and envelope["error"] is None
    assert (envelope["stdout"], envelope["stderr"]) == ("", "words\n")
    assert envelope["execution"]["output_bytes"] == 6


def test_seed(box):
    def draw(*flags):
        return box.probe("random", flags=flags).out

    assert draw("--seed", "1") == draw("--seed", "1") != draw("--seed", "2")
    assert draw() != draw()
    assert len(draw("--seed", "18446744073709551615").strip()) == 32


def test_frozen_clock(box):
    frozen = box.probe("clocks", flags=["--clock", "FROZEN:1234567890123456789"])
    assert frozen.out.split() == ["1234567890123456789"] * 2
    slept = box.probe("sleep", "1000000", flags=["--clock", "FROZEN:5"])
    assert (slept.code, [int(t) for t in slept.out.split()]) == (0, [5, 5])
    real = [int(time) for time in box.probe("clocks", flags=["--clock", "REALTIME"]).out.split()]
    assert real[0] > 1_600_000_000_000_000_000 and real[0] != real[1]


def test_nothing_is_left_in_the_directory(box):
    box.probe("args")
    assert list(box.path.iterdir()) == []


def test_deterministic(box):
    def both(*words):
        outcomes = [box.probe(*words, flags=["--json", "--deterministic=7", "--fuel", "100000000"]).envelope for _ in range(2)]
        assert outcomes[0]["stdout"] == outcomes[1]["stdout"]
        assert outcomes[0]["execution"]["fuel_consumed"] == outcomes[1]["execution"]["fuel_consumed"] > 0
        assert outcomes[0]["execution"]["deterministic"]
        return outcomes[0]["stdout"]

    assert both("random") == box.probe("random", flags=["--seed", "7"]).out
    first, second = [int(time) for time in both("clocks").split()]
    assert first < second < first + 1_000_000
    assert both("sleep", "1000000") != both("clocks")
    for flags in (["--deterministic", "--seed", "1"], ["--deterministic", "--clock", "FROZEN:1"], ["--deterministic=x"]):
        outcome = box.probe("args", flags=flags)
        assert outcome.code == 2 and outcome.err.count("\n") == 1, outcome.err
