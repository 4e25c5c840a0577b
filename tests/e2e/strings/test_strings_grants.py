"""What a string may do: what the flags give, under the operator's ceiling, and nothing else."""

import pytest

LOOP = {"py": "while True: pass", "js": "for (;;);"}
SLEEP = {"py": "import time; time.sleep(30)", "js": "await new Promise((r) => setTimeout(r, 30000))"}
FILL = {"py": "x = bytearray(200 << 20); len(x)", "js": "const x = new Uint8Array(200 << 20); x.length"}
LANGUAGES = pytest.mark.parametrize("lang", ["py", "js"])
TOML = """
[tasks]
default_compute = "LOW"
default_timeout = "1ms"
default_allowed_files = ["data"]
default_env_variables = ["SECRET"]
[limits]
"""


@LANGUAGES
def test_compute(strings, lang):
    error = strings.error(LOOP[lang], "--compute", "LOW", lang=lang)
    assert (error["error_type"], error["allowed"]) == ("compute_exceeded", 100_000_000)
    assert strings.error(LOOP[lang], "--compute=1000000", lang=lang)["allowed"] == 1_000_000


@LANGUAGES
def test_timeout(strings, lang):
    error = strings.error(SLEEP[lang], "--timeout", "200ms", lang=lang)
    assert (error["error_type"], error["allowed"]) == ("timeout", 200)


@LANGUAGES
def test_ram(strings, lang):
    assert strings.value(FILL[lang], lang=lang) == 200 << 20
    assert strings.error(FILL[lang], "--ram", "100MB", lang=lang)["error_type"] in ("memory_exceeded", "task_error")


def test_output(strings):
    assert strings.string("print('x' * 99)", "--max-output", "100")["success"]
    error = strings.error("print('x' * 100)", "--max-output", "100")
    assert (error["error_type"], error["allowed"]) == ("output_exceeded", 100)


def test_tmp(strings):
    assert strings.value("open('/tmp/a', 'w').write('x')", "--tmp", "1MB") == 1
    assert strings.error("open('/tmp/a', 'w').write('x')", "--tmp", "0")["error_type"] == "task_error"


def test_the_ceiling_holds_over_the_flags(strings):
    assert strings.error(LOOP["py"], "--compute=HIGH", "--max-compute=1000000")["allowed"] == 1_000_000
    strings.write("capsule.toml", TOML + 'max_compute = "2000000"\n')
    assert strings.error(LOOP["py"], "--compute=HIGH")["allowed"] == 2_000_000
    assert strings.error(LOOP["py"], "--compute=1000000")["allowed"] == 1_000_000


def test_task_defaults_of_the_project_give_and_limit_nothing(strings):
    strings.write("capsule.toml", TOML)
    strings.write("data/x", "y")
    assert strings.value("import time; time.sleep(0.05); 1") == 1
    assert strings.error("open('data/x')")["error_type"] == "task_error"
    assert strings.value("import os; os.environ.get('SECRET')", env={"SECRET": "s"}) is None


def test_a_broken_project_file_is_an_error(strings):
    strings.write("capsule.toml", "[limits]\nmax_rum = '1GB'\n")
    assert strings.error("1")["error_type"] == "config_error"


@LANGUAGES
def test_mounts(strings, lang):
    strings.write("data/x", "from the host")
    code = {"py": "open('/in/x').read()", "js": "require('fs').readFileSync('/in/x', 'utf8')"}[lang]
    write = {"py": "open('/in/y', 'w').write('z')", "js": "require('fs').writeFileSync('/in/y', 'z')"}[lang]
    assert strings.value(code, "--mount", "data::/in:ro", lang=lang) == "from the host"
    assert strings.error(write, "--mount", "data::/in:ro", lang=lang)["error_type"] == "task_error"
    strings.string(write, "--mount", "data::/in", lang=lang)
    assert (strings.path / "data/y").read_text() == "z"
    assert strings.error(code, "--mount", "data::/in", "--deny-files", lang=lang)["error_type"] == "task_error"


def test_protected_files_stay_so_under_a_mount(strings):
    strings.write("capsule.toml", "")
    error = strings.error("open('/p/capsule.toml', 'w')", "--mount", ".::/p")
    assert error["error_type"] == "task_error" and (strings.path / "capsule.toml").read_text() == ""


@LANGUAGES
def test_environment(strings, lang):
    code = {"py": "import os; dict(os.environ)", "js": "({ ...process.env })"}[lang]
    strings.write(".env", "FILE=f\nBOTH=no\n")
    given = {"BOTH": "b", "OTHER": "o"}
    assert strings.value(code, lang=lang, env=given) == {}
    words = ["--env", "BOTH", "--env=FILE", "--env", "SET=a=b", "--env", "EMPTY=", "--env", "ABSENT"]
    assert strings.value(code, *words, lang=lang, env=given) == {"BOTH": "b", "FILE": "f", "SET": "a=b", "EMPTY": ""}


def test_a_variable_that_is_set_wins_over_the_process(strings):
    assert strings.value("import os; os.environ['A']", "--env", "A=1", env={"A": "2"}) == "1"


@pytest.mark.parametrize("words", [["--env", "=x"], ["--env", ""], ["--env", "A B=1"], [f"--env=V{n}" for n in range(65)]])
def test_variables_that_are_refused(strings, words):
    words = words if len(words) < 60 else words
    assert strings.error("1", *words)["error_type"] == "config_error"


def test_64_variables(strings):
    assert strings.value("import os; len(os.environ)", *[f"--env=V{n}={n}" for n in range(64)]) == 64


@LANGUAGES
def test_what_a_string_declares_grants_nothing(strings, lang):
    strings.write("data/x", "y")
    code = {
        "py": "from capsule import task\n@task(allowed_files=['data'], env_variables=['SECRET'])\ndef read():\n"
              "    return open('data/x').read()\nread()",
        "js": "import { task } from '@capsule-run/sdk';\nconst read = task({ name: 'read', allowedFiles: ['data'] }, "
              "() => require('fs').readFileSync('data/x', 'utf8'));\nread()",
    }[lang]
    envelope = strings.string(code, lang=lang)
    assert "y" not in str(envelope["result"]) or not envelope["result"]["success"], envelope


PROGRAM = {
    "py": """
from capsule import task
@task(ram="100MB", allowed_files=["data"], env_variables=["A", "B"], compute="HIGH", timeout="1h")
def square(n):
    import os
    return [n * n, dict(os.environ), os.path.exists("/data/x"), os.path.exists("/in/x")]
@task(name="spin")
def spin():
    while True: pass
@task
def main(*args):
    return [square(3)["result"], spin()["error"]["allowed"], args]
""",
    "js": """
import { task } from "@capsule-run/sdk";
import { existsSync } from "node:fs";
const square = task({ name: "square", ram: "100MB", allowedFiles: ["data"], envVariables: ["A", "B"], compute: "HIGH", timeout: "1h" },
  (n) => [n * n, { ...process.env }, existsSync("/data/x"), existsSync("/in/x")]);
const spin = task({ name: "spin" }, () => { for (;;); });
task({ name: "main" }, (...args) => [square(3).result, spin().error.allowed, args]);
""",
}
PROGRAM["ts"] = PROGRAM["js"].replace("(n) =>", "(n: number) =>").replace("...args)", "...args: string[])")


@pytest.mark.parametrize("lang", ["py", "js", "ts"])
def test_a_string_that_declares_tasks_runs_as_a_file_would_with_what_the_string_has(strings, lang):
    strings.write("data/x", "y")
    words = ["--json", "--lang", lang, "--compute", "50000000", "--env", "A", "--mount", "data::/in:ro", "-", "x"]
    for more in ([], [], ["--no-cache"], ["--deterministic"]):
        envelope = strings.piped(PROGRAM[lang], *more, *words, env={"A": "1", "B": "2"}).envelope
        assert envelope["error"] is None, envelope["error"]
        assert envelope["result"] == [[9, {"A": "1"}, False, True], 50_000_000, ["x"]]


@LANGUAGES
def test_limits_that_tasks_of_a_string_declare_lower_its_own(strings, lang):
    code = {"py": "from capsule import task\n@task(compute=1000000)\ndef main():\n    while True: pass",
            "js": "import { task } from '@capsule-run/sdk'; task({ name: 'main', compute: 1000000 }, () => { for (;;); })"}[lang]
    assert strings.error(code, "--compute", "LOW", lang=lang)["allowed"] == 1_000_000
    wrong = code.replace("1000000", '"HUGE"')
    assert strings.error(wrong, lang=lang)["error_type"] == "config_error"


@LANGUAGES
def test_a_string_that_merely_names_the_sdk_is_evaluated(strings, lang):
    code = {"py": "import capsule\ndef main():\n    return 1\nprint('once')\n5", "js": "import '@capsule-run/sdk'; console.log('once'); 5"}[lang]
    envelope = strings.string(code, lang=lang)
    assert (envelope["result"], envelope["stdout"]) == (5, "once\n")


def test_a_string_that_calls_its_tasks_at_once_is_told_where_to(strings):
    code = "from capsule import task\n@task\ndef square(n): return n * n\nsquare(3)"
    assert "call them from its task main" in strings.value(code)["error"]["message"]
    for name in ("main", "absent"):
        inner = strings.value(f"from capsule import task\n@task(name={name!r})\ndef f(): return 1\nopen('/tmp/x', 'w')\nf()")
        assert inner["success"] is False and f'no task named "{name}"' in inner["error"]["message"]


@pytest.mark.parametrize("words, text", [
    (["--ram", "lots"], "ram"), (["--timeout", "soon"], "timeout"), (["--timeout", "10"], "timeout"),
    (["--compute", "HUGE"], "compute"), (["--max-output", "x"], "max-output"), (["--max-output", "0"], "max-output"),
    (["--max-output", "2GB"], "output limit"), (["--mount", "/etc"], "/etc"), (["--mount", "missing"], "missing"),
])
def test_values_that_are_refused(strings, words, text):
    outcome = strings.run("run", "--json", *words, "-c", "print(1)")
    assert outcome.code == 2 and outcome.envelope["error"]["error_type"] == "config_error"
    assert text in outcome.envelope["error"]["message"] and outcome.envelope["stdout"] == ""


@pytest.mark.parametrize("flag, value", [("--ram", "1GB"), ("--timeout", "1s"), ("--compute", "LOW"), ("--env", "A"),
                                         ("--max-output", "1MB"), ("--lang", "js")])
def test_flags_of_strings_before_a_file_are_refused_and_behind_it_are_arguments(strings, flag, value):
    strings.write("main.py", "from capsule import task\n@task\ndef main(*args):\n    return args\n")
    outcome = strings.run("run", flag, value, "main.py")
    assert outcome.code == 2 and f"error[config_error]: {flag} is for strings" in outcome.err
    assert strings.run("run", "--json", "main.py", flag, value).envelope["result"] == [flag, value]
    assert strings.run("run", "--json", "main.py", "-c", value).envelope["result"] == ["-c", value]


def test_runs_are_recorded_under_their_name(strings):
    strings.value("1")
    strings.piped("2", "-")
    listed = strings.run("trace", "--json").envelope
    assert [(run["file"], run["task"], run["state"]) for run in (listed if isinstance(listed, list) else listed["runs"])] == [
        ("<stdin>", "main", "completed"), ("<string>", "main", "completed")]


def test_nothing_is_left_in_the_project(strings):
    strings.value("1 as number", lang="ts")
    assert strings.files() == []
