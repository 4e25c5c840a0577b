"""Every way to fail, in both languages: type, message, limit, and the line of policy that would have allowed it."""

import json

import pytest
from failures_support import CASES, python, typescript

KEYS = ["error_type", "message", "traceback", "limit", "used", "allowed", "exit_code", "hint"]


def of_language(value, language):
    return value[0 if language == "python" else 1] if isinstance(value, tuple) else value


def prepare(project, case, language):
    (project.path / "data").mkdir()
    if case.config:
        project.write("capsule.toml", case.config)
    make, body = (python, case.python) if language == "python" else (typescript, case.typescript)
    file = "main.py" if language == "python" else "main.ts"
    project.write(file, make(body, of_language(case.options, language)))
    return file


@pytest.mark.parametrize("language", ["python", "typescript"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_failure(project, case, language):
    file = prepare(project, case, language)
    outcome = project.run("run", "--json", *case.flags, file)
    assert outcome.code == 1 and outcome.err == ""
    envelope = outcome.envelope
    error = envelope["error"]
    assert list(error) == KEYS and not envelope["success"] and envelope["result"] is None
    assert error["error_type"] == case.error_type, error
    assert case.message in error["message"] and (error["message"] or case.error_type == "task_error")
    assert error["limit"] == case.limit and error["allowed"] == case.allowed
    assert (error["used"] is None) == (case.limit is None)
    assert error["exit_code"] == case.exit_code
    hint = of_language(case.hint, language)
    assert hint in error["hint"] if hint else error["hint"] is None, error["hint"]
    if case.error_type in ("task_error", "network_denied"):
        assert file in error["traceback"]
    execution = envelope["execution"]
    assert execution["attempts"] == 1 and execution["ram_used"] >= 0 and "cpu_ms" in execution


@pytest.mark.parametrize("language", ["python", "typescript"])
@pytest.mark.parametrize("name", ["read", "memory", "url"])
def test_people_are_told_the_same(project, name, language):
    case = next(case for case in CASES if case.name == name)
    file = prepare(project, case, language)
    error = project.run("run", "--json", file).envelope["error"]
    text = project.run("run", file).err
    assert text.startswith(f"error[{error['error_type']}]: {error['message']}\n")
    assert f"  hint: {error['hint']}\n" in text
    for line in error["traceback"].splitlines():
        assert f"  | {line}\n" in text
    if error["limit"]:
        assert f"  limit {error['limit']}: " in text
    assert "\n  main took " in text and "\x1b" not in text


def test_the_hint_holds(project):
    """Following the hint makes the task succeed."""
    (project.path / "data").mkdir()
    project.write("data/x", "here")
    body = "import os\nreturn open('/data/x').read() + os.environ['API_KEY']"
    environment = {"env": {"API_KEY": "k"}}
    project.write("main.py", python(body))
    hint = project.run("run", "--json", "main.py", **environment).envelope["error"]["hint"]
    assert 'allowed_files=["data"]' in hint
    project.write("main.py", python(body, 'allowed_files=["data"]'))
    hint = project.run("run", "--json", "main.py", **environment).envelope["error"]["hint"]
    assert 'env_variables=["API_KEY"]' in hint
    project.write("main.py", python(body, 'allowed_files=["data"], env_variables=["API_KEY"]'))
    assert project.run("run", "--json", "main.py", **environment).envelope["result"] == "herek"


def test_subtasks(project):
    project.write("capsule.toml", "[limits]\nmax_subtasks = 1\n")
    project.write(
        "main.py",
        'from capsule import task\n\n@task(name="sub")\ndef sub(): pass\n\n'
        '@task(name="main")\ndef main(): return [sub()["error"] for _ in range(2)]\n',
    )
    first, second = project.run("run", "--json", "main.py").envelope["result"]
    assert first is None and second["error_type"] == "subtasks_exceeded"
    assert (second["limit"], second["used"], second["allowed"]) == ("subtasks", 2, 1)
    assert second["hint"] == "raise capsule.toml:2 max_subtasks"


def test_a_subtask_is_told_its_own_line(project):
    project.write(
        "main.py",
        'from capsule import task\n\n@task(name="sub")\ndef sub(): open("/data/x")\n\n'
        '@task(name="main", allowed_files=["."])\ndef main(): return sub()["error"]\n',
    )
    error = project.run("run", "--json", "main.py").envelope["result"]
    assert 'allowed_files=["data"] in @task at main.py:3' in error["hint"]


def test_a_guest_cannot_write_hints(project):
    body = (
        "import _capsule, json\n"
        "_capsule.report(_capsule.FAILURE, json.dumps({'message': 'm', 'traceback': None, 'denial': 'run it with --mount /',\n"
        "  'hint': 'run it with --mount /', 'denied': {'file': '/etc', 'text': 'run it with --mount /'}}))"
    )
    project.write("main.py", python(body, 'allowed_files=["."]'))
    error = project.run("run", "--json", "main.py").envelope["error"]
    assert error["message"] == "m" and error["hint"] is None


@pytest.mark.parametrize(
    "source, error_type, says",
    [
        ("def main(:\n    pass\n", "build_error", "main.py:1:10: SyntaxError: invalid syntax"),
        ("x = 1\nraise ValueError('early')\n", "build_error", "main.py:2:1: ValueError: early"),
        ("from capsule import task\n@task(ram='lots')\ndef main(): pass\n", "config_error", 'invalid ram "lots"'),
    ],
)
def test_what_cannot_be_loaded(project, source, error_type, says):
    project.write("main.py", source)
    outcome = project.run("run", "--json", "main.py")
    error = outcome.envelope["error"]
    assert outcome.code == 2 and error["error_type"] == error_type and says in error["message"]
    assert project.run("run", "main.py").err.startswith(f"error[{error_type}]: ")


# ---- Tracebacks ----


def traceback(project, file, text):
    project.write(file, text)
    return project.run("run", "--json", file).envelope["error"]["traceback"]


def test_typescript_shows_its_source(project):
    source = (
        "interface Gone {\n  a: string;\n}\n"
        "function inner(x: number): never {\n\tthrow new Error(`bad ${x}`);\n}\n"
        'export const main = (): void => {\n  const x: Gone = { a: "b" };\n  inner(x.a.length);\n};\n'
    )
    assert traceback(project, "main.ts", source) == (
        "Error: bad 1\n"
        "    at inner (main.ts:5:8)\n      throw new Error(`bad ${x}`);\n            ^\n"
        "    at main (main.ts:9:3)\n      inner(x.a.length);\n      ^"
    )


def test_typescript_of_a_package_shows_none(project):
    project.write("node_modules/lib/package.json", '{"name":"lib","version":"1.0.0","main":"index.js"}')
    project.write("node_modules/lib/index.js", "exports.fail = () => { throw new Error('inside'); };\n")
    text = traceback(project, "main.ts", 'import { fail } from "lib";\nexport function main() {\n  fail();\n}\n')
    assert "node_modules/lib/index.js:1" in text and "exports.fail" not in text and "      fail();\n      ^" in text


def test_frames_in_turn_are_told_once(project):
    text = traceback(project, "main.py", "def f(n): return g(n)\ndef g(n): return f(n)\ndef main(): f(0)\n")
    lines = text.splitlines()
    assert len(lines) < 30 and lines[-1].startswith("RecursionError")
    assert any(line.startswith("  [Previous 2 frames repeated ") for line in lines)
    text = traceback(project, "main.ts", "const f = (n: number): number => f(n) + 1;\nexport const main = () => f(0);\n")
    assert "[previous frame repeated " in text and len(text.splitlines()) < 10


def test_deep_stacks_lose_their_middle(project):
    source = "".join(f"def f{n}():\n    f{n + 1}()\n" for n in range(300)) + "def f300(): raise ValueError\ndef main(): f0()\n"
    lines = traceback(project, "main.py", source).splitlines()
    assert "  [242 frames left out]" in lines and len(lines) < 200
    assert lines[-1] == "ValueError" and any(line.endswith(", in f300") for line in lines[-4:])


def test_long_lines_are_cut_around_what_matters(project):
    source = f"def main():\n    return [{'1, ' * 3000}1 / 0, {'2, ' * 3000}]\n"
    lines = traceback(project, "main.py", source).splitlines()
    assert max(map(len, lines)) < 220
    at = next(n for n, line in enumerate(lines) if "1 / 0" in line)
    assert lines[at + 1].index("~") == lines[at].index("1 / 0") and lines[at].count("...") == 2
    source = f"export function main() {{ const a = [{'1,' * 30000}]; throw new Error(`${{a.length}}`); /* {'x' * 9999} */ }}\n"
    lines = traceback(project, "main.ts", source).splitlines()
    assert max(map(len, lines)) < 220
    assert lines[2].index("new Error") == lines[3].index("^")


def test_groups_and_chains(project):
    source = (
        "def main():\n    try:\n        open('/data/x')\n    except OSError as error:\n"
        "        raise ExceptionGroup('several', [ValueError(1), error])\n"
    )
    project.write("main.py", source)
    error = project.run("run", "--json", "main.py").envelope["error"]
    assert "  + Exception Group Traceback" in error["traceback"] and "FileNotFoundError" in error["traceback"]
    assert 'allowed_files=["data"] in a @task(...) on main at main.py:1' in error["hint"]


@pytest.mark.parametrize("file, text", [
    ("main.py", "def main(): raise ValueError('x' * 3_000_000)"),
    ("main.py", "class E(Exception): pass\nE.__name__ = 'E' * 3_000_000\ndef main(): raise E"),
    ("main.ts", "export const main = () => { throw new Error('x'.repeat(3_000_000)); };"),
    ("main.ts", "export const main = () => { const e = new Error('x'); e.name = 'E'.repeat(3_000_000); throw e; };"),
    ("main.ts", "export const main = () => { throw 'x'.repeat(3_000_000); };"),
])  # fmt: skip
def test_long_texts_are_bounded(project, file, text):
    project.write(file, text)
    outcome = project.run("run", "--json", file)
    assert outcome.envelope["error"]["error_type"] == "task_error" and len(outcome.out) < 200_000
    assert len(project.run("run", file).err) < 10_000


def test_a_long_traceback_is_whole_with_verbose(project):
    source = "".join(f"def f{n}():\n    try: f{n + 1}()\n    except ValueError as e: raise KeyError({n}) from e\n" for n in range(30))
    project.write("main.py", source + "def f30(): raise ValueError\ndef main(): f0()\n")
    whole = project.run("run", "--verbose", "main.py").err
    short = project.run("run", "main.py").err
    assert "lines left out, --verbose and --json have them" in short and "left out" not in whole
    assert len(short.splitlines()) < 90 < len(whole.splitlines())
    assert json.loads(project.run("run", "--json", "main.py").out)["error"]["traceback"].splitlines()[-1].startswith("KeyError")
