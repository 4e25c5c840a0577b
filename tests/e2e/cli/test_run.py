"""Streams, envelopes and arguments of `run`."""

import json

import pytest

from cli_support import python


def test_result_is_the_envelope_on_stdout(project):
    project.write("main.py", python("print('printed')\nreturn {'b': 1, 'a': [2**70, None]}"))
    outcome = project.run("run", "main.py")
    assert outcome.code == 0 and outcome.err == ""
    first, last = outcome.out.splitlines()
    assert first == "printed"
    assert '"result":{"b":1,"a":[1180591620717411303424,null]}' in last.replace(" ", "")
    assert json.loads(last)["success"] is True


def test_null_result_prints_nothing_of_ours(project):
    project.write("main.py", python("print('only this')"))
    outcome = project.run("run", "main.py")
    assert (outcome.code, outcome.out, outcome.err) == (0, "only this\n", "")


def test_streams_are_kept_apart(project):
    project.write("main.py", python("import sys\nsys.stdout.write('out')\nsys.stderr.write('err')"))
    outcome = project.run("run", "main.py")
    assert outcome.code == 0
    assert (outcome.out, outcome.err) == ("out", "err")


def test_an_unfinished_line_in_a_pipe_is_ended_by_what_follows_alone(project):
    body = "import sys\nsys.stdout.write('out')\nsys.stderr.write('err')\n"
    project.write("value.py", python(body + "return 1"))
    outcome = project.run("run", "value.py")
    assert outcome.out.startswith("out\n{") and outcome.err == "err"
    project.write("failure.py", python(body + "raise ValueError('bad')"))
    outcome = project.run("run", "failure.py")
    assert outcome.out == "out" and outcome.err.startswith("err\nerror[task_error]: bad\n")
    outcome = project.run("run", "--verbose", "value.py")
    assert "\n✓ Complete" in outcome.err


def test_json_is_one_line_and_holds_the_output(project):
    project.write("main.py", python("import sys\nprint('a\\nb')\nprint('c', file=sys.stderr)\nreturn 7"))
    outcome = project.run("run", "--json", "main.py")
    assert outcome.code == 0 and outcome.err == ""
    envelope = outcome.envelope
    assert envelope["result"] == 7 and envelope["stdout"] == "a\nb\n" and envelope["stderr"] == "c\n"


def test_failure_for_people(project):
    project.write("main.py", python("print('before')\nraise ValueError('it broke')"))
    outcome = project.run("run", "main.py")
    assert outcome.code == 1 and outcome.out == "before\n"
    assert outcome.err.startswith("error[task_error]: ") and "it broke" in outcome.err
    assert "main.py" in outcome.err and "line 6" in outcome.err


def test_failure_for_programs(project):
    project.write("main.py", python("raise ValueError('it broke')"))
    outcome = project.run("run", "--json", "main.py")
    error = outcome.envelope["error"]
    assert outcome.code == 1 and error["error_type"] == "task_error" and "it broke" in error["message"]
    assert "Traceback" in error["traceback"]


def test_limit_for_people(project):
    project.write("main.py", python("while True: pass", 'compute="LOW", timeout="60s"'))
    outcome = project.run("run", "main.py")
    assert outcome.code == 1
    assert "error[compute_exceeded]" in outcome.err and "limit compute:" in outcome.err and "hint:" in outcome.err


@pytest.mark.parametrize("code, exit_code", [(0, 0), (3, 1)])
def test_exit_of_the_guest(project, code, exit_code):
    project.write("main.py", python(f"import sys\nsys.exit({code})"))
    outcome = project.run("run", "--json", "main.py")
    assert outcome.code == exit_code
    if code:
        assert outcome.envelope["error"]["error_type"] == "exit" and outcome.envelope["error"]["exit_code"] == code
    else:
        assert outcome.envelope["success"] and outcome.envelope["result"] is None


def test_raw_bytes_in_a_pipe(project):
    project.write("main.py", python(r"import os" + "\n" + r"os.write(1, b'\x1b[2J\x07\r\xff\n')"))
    with project.start("run", "main.py") as process:
        out, _ = process.communicate(timeout=120)
    assert out == b"\x1b[2J\x07\r\xff\n"


@pytest.mark.parametrize(
    "words, arguments",
    [
        ([], []),
        (["a", "b c", ""], ["a", "b c", ""]),
        (["str", "--json"], ["str", "--json"]),
        (["--unknown", "--json"], ["--unknown", "--json"]),
        (["-5"], ["-5"]),
        (["--", "--json", "x"], ["--json", "x"]),
        (["a", "--", "b"], ["a", "--", "b"]),
        (["grüße", "✓", '"quoted"', "new\nline"], ["grüße", "✓", '"quoted"', "new\nline"]),
    ],
)
def test_arguments(project, words, arguments):
    project.write("main.py", python("import sys\nassert list(args) == sys.argv[1:], sys.argv\nreturn list(args)"))
    outcome = project.run("run", "--json", "main.py", *words)
    assert outcome.code == 0 and outcome.envelope["result"] == arguments


def test_flags_behind_the_file(project):
    project.write("main.py", python("return list(args)"))
    outcome = project.run("run", "main.py", "--json", "a", "--json")
    assert outcome.envelope["result"] == ["a", "--json"]


def test_args_file(project):
    arguments = ["a", "", "two words", "é\n\"", "x" * 200_000]
    project.write("args.json", json.dumps(arguments))
    project.write("main.py", python("return [len(args), args[-1][:3], args[3]]"))
    outcome = project.run("run", "--json", "--args-file", "args.json", "main.py")
    assert outcome.code == 0 and outcome.envelope["result"] == [5, "xxx", 'é\n"']


def test_stdin(project):
    project.write("main.py", python("import sys\nreturn sys.stdin.read()"))
    project.write("input.txt", "from a file")
    assert project.run("run", "--json", "main.py").envelope["result"] == ""
    assert project.run("run", "--json", "--stdin", "input.txt", "main.py").envelope["result"] == "from a file"
    with open(project.path / "input.txt", "rb") as file:
        assert project.run("run", "--json", "--stdin", "-", "main.py", stdin=file).envelope["result"] == "from a file"


def test_entrypoint(project):
    project.write("src/main.py", python("return 'entry'"))
    project.write("capsule.toml", "[workflow]\nentrypoint = 'src/main.py'\n")
    assert project.run("run", "--json").envelope["result"] == "entry"
    elsewhere = project.path / "elsewhere"
    elsewhere.mkdir()
    assert project.run("run", "--json", "--project", str(project.path)).envelope["result"] == "entry"


def test_mount(project):
    project.write("data/file.txt", "content")
    project.write("main.py", python("open('/data/new', 'w').write('x')\nreturn open('data/file.txt').read()"))
    outcome = project.run("run", "--json", "--mount", "./data", "main.py")
    assert outcome.envelope["result"] == "content" and (project.path / "data" / "new").read_text() == "x"
    (project.path / "data" / "new").unlink()
    outcome = project.run("run", "--json", "--mount", "data::/elsewhere", "main.py")
    assert outcome.code == 1 and not (project.path / "data" / "new").exists()


def test_mount_read_only(project):
    project.write("data/file.txt", "content")
    project.write("main.py", python("open('/data/new', 'w')"))
    outcome = project.run("run", "--json", "--mount", "data:ro", "main.py")
    assert outcome.code == 1 and "Error" in outcome.envelope["error"]["traceback"]
    assert not (project.path / "data" / "new").exists()


def test_environment(project):
    project.write(".env", "GIVEN=from file\nHIDDEN=secret\n")
    project.write("main.py", python("import os\nreturn dict(os.environ)", 'env_variables=["GIVEN", "OTHER", "ABSENT"]'))
    outcome = project.run("run", "--json", "main.py", env={"OTHER": "from process"})
    assert outcome.envelope["result"] == {"GIVEN": "from file", "OTHER": "from process"}


def test_verbose_tells_on_stderr(project):
    project.write("main.py", python("return 1"))
    outcome = project.run("run", "--verbose", "main.py")
    for part in ["✓ Environment ready (", "✓ Runtime ready (", "INFO [main] task execution started",
                 "SUCCESS [main] Completed in", "✓ Complete ("]:  # fmt: skip
        assert part in outcome.err
    assert len(outcome.out.splitlines()) == 1


def test_no_trace_leaves_nothing(project):
    project.write("main.py", python("return 1"))
    assert project.run("run", "--no-trace", "main.py").code == 0
    assert sorted(p.name for p in project.path.iterdir()) == ["main.py"]


@pytest.mark.parametrize(
    "flags, body, error_type",
    [
        (["--max-timeout", "300ms"], "import time\ntime.sleep(30)", "timeout"),
        (["--max-compute", "LOW"], "while True: pass", "compute_exceeded"),
        (["--max-ram", "64MB"], "x = bytearray(200 << 20)", "memory_exceeded"),
    ],
)
def test_ceilings_hold(project, flags, body, error_type):
    project.write("main.py", python(body, 'ram="1GB", timeout="100s", compute="HIGH"'))
    outcome = project.run("run", "--json", *flags, "main.py")
    assert outcome.code == 1 and outcome.envelope["error"]["error_type"] == error_type


def test_configured_ceiling_holds(project):
    project.write("capsule.toml", "[limits]\nmax_timeout = '300ms'\n")
    project.write("main.py", python("import time\ntime.sleep(30)"))
    assert project.run("run", "--json", "main.py").envelope["error"]["error_type"] == "timeout"


def test_deny_files(project):
    project.write("data/file.txt", "content")
    project.write("main.py", python("return open('data/file.txt').read()", 'allowed_files=["data"]'))
    assert project.run("run", "--json", "main.py").envelope["result"] == "content"
    assert project.run("run", "--json", "--deny-files", "main.py").code == 1
    assert project.run("run", "--json", "--deny-files", "--mount", "data", "main.py").code == 1


def test_typescript(project):
    project.write(
        "main.ts",
        'import { task } from "@capsule-run/sdk";\n'
        'export const main = task({ name: "main" }, (...words: string[]) => { console.log("hi"); return words.length; });\n',
    )
    outcome = project.run("run", "main.ts", "a", "b")
    first, last = outcome.out.splitlines()
    assert outcome.code == 0 and first == "hi" and json.loads(last)["result"] == 2
