"""Python strings: what their value is, and what they find around them."""

import pytest

VALUES = [
    ("1 + 2", 3),
    ("x = 5", None),
    ("x = 5\nx", 5),
    ("5; x = 6", None),
    ("if True:\n    5", None),
    ("def f():\n    return 1", None),
    ("def f():\n    return 1\nf()", 1),
    ("", None),
    ("# nothing", None),
    ("'a text'", "a text"),
    ('"doc"\n7', 7),
    ("None", None),
    ("print('x')", None),
    ("(1, [2], {'a': 2**70})", [1, [2], {"a": 2**70}]),
    ("await __import__('asyncio').sleep(0, 4)", 4),
    ("import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    return 9\nf()", 9),
    ("from __future__ import annotations\ndef f(x: nothing): return 1\nf(2)", 1),
    ("import math, json, sqlite3\njson.dumps(math.floor(2.5))", "2"),
    ("__name__", "__main__"),
    ("import sys; sys.modules['__main__'].__dict__ is globals()", True),
    ("import pickle\nclass A: pass\ntype(pickle.loads(pickle.dumps(A()))).__name__", "A"),
    ("y = 1\n[y + n for n in range(3)]", [1, 2, 3]),
    ("lambda_ = 1\r\nlambda_ + 1", 2),
]


@pytest.mark.parametrize("code, value", VALUES)
def test_value_is_that_of_the_last_expression(strings, code, value):
    assert strings.value(code) == value


def test_prints_are_streamed_and_the_envelope_follows(strings):
    outcome = strings.run("run", "-c", "print('one')\nimport sys\nprint('two', file=sys.stderr)\n[1]")
    first, last = outcome.out.splitlines()
    assert outcome.code == 0 and first == "one" and '"result":[1]' in last and outcome.err == "two\n"


def test_no_value_prints_nothing_of_ours(strings):
    outcome = strings.run("run", "-c", "print('only this')")
    assert (outcome.code, outcome.out, outcome.err) == (0, "only this\n", "")


def test_envelope_names_main_and_the_language(strings):
    execution = strings.string("1")["execution"]
    assert (execution["task_name"], execution["language"], execution["snapshot"]) == ("main", "python", "language")


def test_arguments_are_sys_argv(strings):
    assert strings.value("import sys; sys.argv", args=("a", "--json", "-c", "x")) == ["<string>", "a", "--json", "-c", "x"]
    assert strings.value("import sys; sys.argv") == ["<string>"]


def test_flags_may_stand_behind_the_code(strings):
    outcome = strings.run("run", "-c", "import sys; sys.argv[1:]", "--json", "a", "--json")
    assert outcome.envelope["result"] == ["a", "--json"]


def test_traceback_names_the_string_and_shows_its_lines(strings):
    error = strings.error("def f(x):\n    return 1 / x\n\nf(0)")
    assert (error["error_type"], error["message"]) == ("task_error", "division by zero")
    trace = error["traceback"]
    assert 'File "<string>", line 4, in <module>\n    f(0)' in trace
    assert 'File "<string>", line 2, in f\n    return 1 / x' in trace
    assert "/.capsule" not in trace and "evaluation" not in trace and trace.count("File") == 2


def test_traceback_of_a_top_level_await(strings):
    trace = strings.error("import asyncio\nawait asyncio.sleep(0)\nraise ValueError('late')")["traceback"]
    assert trace.count("File") == 1 and 'File "<string>", line 3, in <module>' in trace


def test_a_syntax_error_has_line_and_mark(strings):
    outcome = strings.run("run", "-c", "x = 1\ny = = 2")
    assert outcome.code == 2 and outcome.out == ""
    assert outcome.err.startswith("error[build_error]: <string>:2:5: SyntaxError: invalid syntax")
    assert "  |     y = = 2\n  |         ^\n" in outcome.err


@pytest.mark.parametrize("code", ["return 1", "def f(:", "x = '\\ud800", "(" * 300 + ")" * 300, "break", "  x", "f'{'"])
def test_what_cannot_be_compiled_never_runs(strings, code):
    envelope = strings.string(f"print('ran')\n{code}")
    assert envelope["error"]["error_type"] == "build_error" and envelope["stdout"] == ""


def test_an_error_at_run_time_that_is_a_syntax_error_is_the_tasks_own(strings):
    assert strings.error("compile('x = = 1', 'f', 'exec')")["error_type"] == "task_error"


def test_values_that_are_no_json(strings):
    error = strings.error("{'a': {1, 2}}")
    assert error["error_type"] == "not_serializable" and "set" in error["message"]
    assert strings.error("float('nan')")["error_type"] == "not_serializable"
    assert strings.error("lambda: 1")["error_type"] == "not_serializable"


def test_exit_codes(strings):
    assert strings.string("import sys; sys.exit(0)\n5")["result"] is None
    error = strings.error("exit(3)")
    assert (error["error_type"], error["exit_code"]) == ("exit", 3)


def test_exit_functions_and_open_files_are_finished(strings):
    envelope = strings.string("import atexit\natexit.register(print, 'bye')\nf = open('/tmp/x', 'w')\nf.write('x')\n1")
    assert envelope["result"] == 1 and envelope["stdout"] == "bye\n"


def test_nothing_is_left_for_the_next_run(strings):
    strings.value("import builtins, sys; builtins.left = 1; sys.modules['__main__'].left = 1; 1")
    assert strings.value("import builtins; ('left' in globals(), hasattr(builtins, 'left'))") == [False, False]


def test_the_project_is_out_of_reach(strings):
    strings.write("helper.py", "secret = 1\n")
    strings.write("data/x", "y")
    assert strings.error("import helper")["message"] == "No module named 'helper'"
    assert "FileNotFoundError" in strings.error("open('data/x').read()")["traceback"]



def test_random_differs_between_runs_and_obeys_a_seed(strings):
    code = "import random, time; [random.random(), time.time()]"
    assert strings.value(code) != strings.value(code)
    assert strings.value(code, "--deterministic=3") == strings.value(code, "--deterministic=3")
    assert strings.value(code, "--deterministic=3") != strings.value(code, "--deterministic=4")
