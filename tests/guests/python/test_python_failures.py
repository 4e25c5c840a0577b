"""How failures look: messages, tracebacks under the paths as typed, exits, imports that fail."""

import json

import pytest


def told(done):
    """All that a user is told about a program that could not be loaded."""
    return json.dumps(done["error"], ensure_ascii=False).replace("\\n", "\n").replace('\\"', '"') + done.errors


def test_uncaught_exception(run):
    source = """\
        def helper(x):
            return 1 / x

        def main():
            print("before")
            return helper(0)
    """
    done = run(source, name="dir/job.py")
    assert done.code == 1
    assert done.error_type == "task_error"
    assert done.message == "division by zero"
    assert done["stdout"] == "before\n"
    assert done.traceback == (
        "Traceback (most recent call last):\n"
        '  File "dir/job.py", line 6, in main\n'
        "    return helper(0)\n"
        '  File "dir/job.py", line 2, in helper\n'
        "    return 1 / x\n"
        "           ~~^~~\n"
        "ZeroDivisionError: division by zero"
    )


def test_traceback_through_a_sibling_and_the_library(project):
    project.write("dir/helper.py", "import json\ndef parse(text):\n    return json.loads(text)\n")
    project.write("dir/pkg/__init__.py", "")
    project.write("dir/pkg/inner.py", "from helper import parse\ndef go(): return parse('{')\n")
    done = project.run("from pkg import inner\nasync def main(): return inner.go()", name="dir/job.py")
    lines = done.traceback.splitlines()
    files = [line.split('"')[1] for line in lines if line.startswith("  File")]
    assert files[:3] == ["dir/job.py", "dir/pkg/inner.py", "dir/helper.py"]
    assert all(name.startswith("/.capsule/lib/json/") for name in files[3:])
    assert "    return json.loads(text)" in lines
    assert lines[-1].startswith("json.decoder.JSONDecodeError: Expecting property name")


def test_chained_causes(run):
    source = """
        def main():
            try:
                {}["k"]
            except KeyError as error:
                raise ValueError("outer") from error
    """
    done = run(source)
    assert done.message == "outer"
    assert "KeyError: 'k'" in done.traceback
    assert "The above exception was the direct cause of the following exception:" in done.traceback


@pytest.mark.parametrize(
    "statement, message",
    [
        ("raise KeyError('x')", "'x'"),
        ("raise ValueError", ""),
        ("raise KeyboardInterrupt('stop')", "stop"),
        ("raise BaseException('base')", "base"),
        ("assert 1 == 2, 'not equal'", "not equal"),
        ("raise ExceptionGroup('several', [ValueError(1), TypeError(2)])", "several (2 sub-exceptions)"),
        ("class Odd(Exception):\n        def __str__(self): raise RuntimeError\n    raise Odd", "<Odd whose text cannot be made>"),
    ],
)
def test_message_is_the_text_of_the_exception(run, statement, message):
    done = run(f"def main():\n    {statement}")
    assert done.error_type == "task_error"
    assert done.message == message


def test_long_message_is_shortened(run):
    done = run("def main(): raise ValueError('x' * 10_000_000)")
    assert done.error_type == "task_error"
    assert len(done.message) < 20_000
    assert "characters left out" in done.message


def test_message_that_is_not_text(run):
    done = run("def main(): raise ValueError('a\\ud800b\\0c')")
    assert done.message == "a\\ud800b\\x00c"
    assert done.traceback.endswith("ValueError: a\\ud800b\\x00c")


def test_long_chain_of_exceptions(run):
    source = """
        def main():
            error = ValueError(0)
            for n in range(100_000):
                later = ValueError(n)
                later.__context__, error = error, later
            raise error
    """
    done = run(source)
    assert done.message == "99999"
    assert 40 < done.traceback.count("During handling of the above exception") < 60


def test_class_with_a_long_name(run):
    done = run("def main(): raise type('X' * 100_000, (Exception,), {})('text')")
    assert done.message == "text"


def test_source_lines_when_the_program_deletes_nothing_but_changes_directory(run):
    done = run("import os\ndef main():\n    os.chdir('/')\n    raise ValueError('here')")
    assert "raise ValueError('here')" in done.traceback


def test_source_and_inspect(run):
    done = run("import inspect\ndef main(): return inspect.getsource(main)")
    assert done.value == "def main(): return inspect.getsource(main)\n"


def test_file_attribute_is_as_typed(project):
    project.write("dir/helper.py", "path = __file__\n")
    done = project.run("import helper\ndef main(): return [__file__, helper.path]", name="dir/job.py")
    assert done.value == ["dir/job.py", "dir/helper.py"]


@pytest.mark.parametrize(
    "code, outcome",
    [
        ("sys.exit(3)", 3),
        ("sys.exit(-1)", 255),
        ("sys.exit(True)", 1),
        ("exit(4)", 4),
        ("quit(5)", 5),
        ("raise SystemExit(6)", 6),
        ("os._exit(7)", 7),
        ("asyncio.run(leave())", 8),
    ],
)
def test_exit_codes(run, code, outcome):
    source = f"""
        import sys, os, asyncio
        async def leave(): sys.exit(8)
        def main():
            print("before")
            {code}
    """
    done = run(source)
    assert done.error_type == "exit"
    assert done["error"]["exit_code"] == outcome
    assert done["stdout"] == "before\n"
    assert done.code == 1


@pytest.mark.parametrize("code", ["sys.exit()", "sys.exit(0)", "os._exit(0)", "sys.exit(None)"])
def test_exit_zero_is_success(run, code):
    done = run(f"import sys, os\ndef main():\n    {code}")
    assert done.value is None
    assert done.code == 0


def test_exit_with_a_text(run):
    done = run("import sys\ndef main(): sys.exit('reason')")
    assert done.error_type == "exit"
    assert done["error"]["exit_code"] == 1
    assert done["stderr"] == "reason\n"


def test_exit_can_be_caught(run):
    source = """
        import sys
        def main():
            try:
                sys.exit(3)
            except SystemExit as error:
                return error.code
    """
    assert run(source).value == 3


def test_syntax_error(run):
    done = run("def main():\n    x = = 3\n", name="dir/job.py")
    assert done.code == 2
    text = told(done)
    assert "dir/job.py" in text
    assert "invalid syntax" in text
    assert "x = = 3" in text
    assert "2" in text


def test_syntax_error_inside_a_task(run):
    """Its message is what str() of the exception says, place included."""
    done = run("def main():\n    compile('x = = 3', 'given', 'exec')\n")
    assert done.message == "invalid syntax (given, line 1)"


def test_syntax_error_in_a_sibling(project):
    project.write("dir/helper.py", "def broken(:\n    pass\n")
    done = project.run("import helper\ndef main(): pass", name="dir/job.py")
    assert done.code == 2
    assert "dir/helper.py" in told(done)
    assert "/.capsule/app" not in told(done)


def test_indentation_error(run):
    assert "IndentationError" in told(run("def main():\npass\n"))


def test_null_byte(project):
    (project.path / "job.py").write_bytes(b"x = 1\0\n")
    done = project.run(None, name="job.py")
    assert done.code == 2
    assert "null byte" in told(done)


def test_not_utf8(project):
    (project.path / "job.py").write_bytes(b"x = '\xff'\n")
    done = project.run(None, name="job.py")
    assert done.code == 2
    assert "job.py" in told(done)


def test_encoding_cookie(project):
    (project.path / "job.py").write_bytes(b"# -*- coding: latin-1 -*-\ndef main(): return '\xe9'\n")
    assert project.run(None, name="job.py").value == "é"


def test_import_that_fails(run):
    source = """\
        import math

        def make():
            raise ValueError("at import")

        make()
    """
    done = run(source, name="dir/job.py")
    assert done.code == 2
    text = told(done)
    assert "at import" in text
    assert 'File "dir/job.py", line 6' in text
    assert "importlib" not in text and "_runtime" not in text


def test_missing_module(run):
    done = run("import not_there\ndef main(): pass")
    assert done.code == 2
    assert "No module named 'not_there'" in told(done)


def test_exit_at_import(run):
    done = run("import sys\nsys.exit(3)")
    assert done.code != 0
    assert "sys.exit(3)" in told(done) or "3" in told(done)


def test_no_host_path_is_told(project):
    done = project.run("import os, sys\ndef main():\n    raise ValueError(repr((sys.path, sys.prefix, os.getcwd(), sys.executable)))")
    assert str(project.path) not in json.dumps(done)
    assert "/.capsule/lib" in done.message


def test_recursion_error(run):
    done = run("def f(n): return f(n + 1)\ndef main(): return f(0)")
    assert done.error_type == "task_error"
    assert "maximum recursion depth exceeded" in done.message
    assert "Previous line repeated" in done.traceback


def test_warning_is_told_on_standard_error(run):
    done = run("import warnings\ndef main(): warnings.warn('careful')", name="dir/job.py")
    assert done.value is None
    assert "dir/job.py:2: UserWarning: careful" in done["stderr"]


def test_never_awaited_coroutine_is_told(run):
    done = run("async def forgotten(): pass\ndef main():\n    forgotten()\n    return 1")
    assert done.value == 1
    assert "was never awaited" in done["stderr"]
