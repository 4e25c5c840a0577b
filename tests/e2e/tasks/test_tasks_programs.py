"""Programs that a task brings: files and pieces of code in sandboxes of their own, with what is passed on and no more."""

import json
import sqlite3
import time

import pytest

PYTHON = """
import asyncio, os, pathlib
from capsule import TaskError, run_code, run_file, task, unwrap

@task
def secret(): return "the program's own task"

@task({options})
{body}
"""

SCRIPT = """
import {{ runCode, runFile, task, TaskError, unwrap }} from "@capsule-run/sdk";
export const secret = task({{ name: "secret" }}, async () => "the program's own task");
export const main = task({{ name: "main", {options} }}, async () => {{
{body}
}});
"""

#: A child that tells what it can reach.
PROBE = """
import os, sys
def reach(path, mode="r"):
    try:
        with open(path, mode) as file: return file.read() if mode == "r" else file.write("child")
    except OSError as error: return type(error).__name__
def main(*args, **kwargs):
    print("printed by the child")
    print("and told", file=sys.stderr)
    return {"args": args, "kwargs": kwargs, "argv": sys.argv[1:], "env": dict(os.environ), "stdin": sys.stdin.read(),
            "files": {path: reach(path) for path in ("/data/a.txt", "/data/sub/b.txt", "/ro/c.txt", "/main.py", "main.py")},
            "writes": {path: reach(path, "w") for path in ("/data/new.txt", "/data/sub/new.txt", "/ro/new.txt")}}
"""

NO_FILES = {"/data/a.txt": "FileNotFoundError", "/data/sub/b.txt": "FileNotFoundError", "/ro/c.txt": "FileNotFoundError",
            "/main.py": "FileNotFoundError", "main.py": "FileNotFoundError"}  # fmt: skip

GRANTS = 'allowed_files=["data", "ro:ro", "child"], env_variables=["KEY", "OTHER"], allowed_hosts=["example.com"]'
SCRIPT_GRANTS = 'allowedFiles: ["data", "ro:ro", "child"], envVariables: ["KEY", "OTHER"], allowedHosts: ["example.com"]'


@pytest.fixture
def project(work):
    work.write("data/a.txt", "a")
    work.write("data/sub/b.txt", "b")
    work.write("ro/c.txt", "c")
    work.write("outside/d.txt", "d")
    work.write("child/probe.py", PROBE)
    return work


def python(work, body, options=GRANTS, **more):
    work.write("main.py", PYTHON.format(body=body, options=options))
    return work.envelope("main.py", env={"KEY": "k", "OTHER": "o"}, **more)


def script(work, body, options=SCRIPT_GRANTS, **more):
    work.write("main.ts", SCRIPT.format(body=body, options=options))
    return work.envelope("main.ts", env={"KEY": "k", "OTHER": "o"}, **more)


def passing(work, language, call_options):
    """What the probe reaches when it is started with these options: (keyword in Python, key in JavaScript)."""
    if language == "python":
        run = python(work, f"def main(): return run_file('child/probe.py', {call_options[0]})")
    else:
        run = script(work, f"return runFile('child/probe.py', {{ {call_options[1]} }});")
    assert run["success"], run["error"]
    return run["result"]


BOTH = pytest.mark.parametrize("language", ["python", "javascript"])


@BOTH
def test_nothing_by_default(project, language):
    envelope = passing(project, language, ("args=['x', 'y']", "args: ['x', 'y']"))
    assert envelope["success"], envelope["error"]
    result = envelope["result"]
    assert result["files"] == NO_FILES and result["env"] == {} and result["stdin"] == ""
    assert set(result["writes"].values()) == {"FileNotFoundError"}
    assert result["args"] == result["argv"] == ["x", "y"]
    assert envelope["stdout"] == "printed by the child\n" and envelope["stderr"] == "and told\n"


@BOTH
def test_what_is_passed_on_arrives(project, language):
    options = ("args=[1, [2]], kwargs={'n': 3}, allowed_files=['/data', {'path': 'ro', 'mode': 'read-only'}], env_variables=['KEY']",
               "args: [1, [2]], kwargs: { n: 3 }, allowedFiles: ['/data', { path: 'ro', mode: 'read-only' }], envVariables: ['KEY']")  # fmt: skip
    result = passing(project, language, options)["result"]
    assert result["args"] == [1, [2]] and result["kwargs"] == {"n": 3} and result["argv"] == []
    assert result["env"] == {"KEY": "k"}
    assert result["files"] == NO_FILES | {"/data/a.txt": "a", "/data/sub/b.txt": "b", "/ro/c.txt": "c"}
    assert result["writes"]["/data/new.txt"] == 5 and result["writes"]["/ro/new.txt"] in ("PermissionError", "OSError")
    assert (project.path / "data" / "new.txt").read_text() == "child"


def test_hints_name_the_call(project):
    calls = ["'bytearray(200 * 2**20) and 1', ram='64MB'", "'while True: pass', compute='LOW'", "\"open('/none/y.txt')\"",
             "\"open('/data/new.txt', 'w')\", allowed_files=[{'path': '/data', 'mode': 'ro'}]"]  # fmt: skip
    body = "async def main():\n    return [" + ", ".join(f"(await run_code({call}))['error']['hint']" for call in calls) + "]"
    ram, compute, nothing, read_only = python(project, body, GRANTS + ', compute="HIGH"')["result"]
    call = "in the call that started the program"
    assert ram == f'raise it with ram="128MB" {call}, as far as its caller may'
    assert compute == f'raise it with compute="MEDIUM" {call}, as far as its caller may'
    assert f'allow it with allowed_files=["none"] {call}' in nothing and "mount" not in nothing
    assert read_only.endswith(f'with mode "read-write" {call}')


@BOTH
def test_read_only_is_passed_on_as_asked(project, language):
    options = ("allowed_files=[{'path': '/data/sub', 'mode': 'ro'}]", "allowedFiles: [{ path: '/data/sub', mode: 'ro' }]")
    result = passing(project, language, options)["result"]
    assert result["files"] == NO_FILES | {"/data/sub/b.txt": "b"}
    assert not isinstance(result["writes"]["/data/sub/new.txt"], int) and not (project.path / "data/sub/new.txt").exists()


@BOTH
@pytest.mark.parametrize(
    "options, text",
    [
        (("allowed_files=['/outside']", "allowedFiles: ['/outside']"), 'allowed_files "/outside": the calling task has no such directory'),
        (("allowed_files=['/']", "allowedFiles: ['/']"), 'allowed_files "/": the calling task has no such'),
        (("allowed_files=['data/../outside']", "allowedFiles: ['data/../outside']"), "/outside"),
        (("allowed_files=[{'path': 'ro', 'mode': 'rw'}]", "allowedFiles: [{ path: 'ro', mode: 'rw' }]"), "has it read-only"),
        (("allowed_files='data'", "allowedFiles: 'data' as any"), "invalid allowed_files"),
        (("env_variables=['HOME']", "envVariables: ['HOME']"), 'env_variables "HOME": the calling task does not have it'),
        (("allowed_hosts=['*']", "allowedHosts: ['*']"), 'allowed_hosts "*": the calling task does not have it'),
        (("ram='lots'", "ram: 'lots'"), 'invalid ram "lots"'),
        (("allowed_files=['/data/missing']", "allowedFiles: ['/data/missing']"), "Path does not exist: /data/missing"),
        (("allowed_files=['/data/a.txt']", "allowedFiles: ['/data/a.txt']"), "Not a directory: /data/a.txt"),
    ],
)
def test_what_the_caller_does_not_have_is_refused(project, language, options, text):
    error = passing(project, language, options)["error"]
    assert error["error_type"] == "config_error" and text in error["message"], error
    assert str(project.path) not in json.dumps(error)


@BOTH
def test_a_link_leads_to_nothing(project, language):
    """The caller cannot follow the link itself; passing it on must not do it either."""
    (project.path / "data" / "link").symlink_to("../outside")
    (project.path / "data" / "sub" / "up").symlink_to("..")
    for path in ("/data/link", "/data/sub/up"):
        error = passing(project, language, (f"allowed_files=['{path}']", f"allowedFiles: ['{path}']"))["error"]
        assert error["error_type"] == "config_error" and "Cannot be passed on" in error["message"]


def test_an_inner_directory_keeps_its_mode(project):
    project.write("child/inner.py", """
def main():
    seen = open("/data/sub/c.txt").read()
    try: open("/data/sub/x", "w"); return [seen, "written"]
    except OSError: return [seen, "refused"]
""")
    options = 'allowed_files=["data", "ro::/data/sub:ro", "child"]'
    run = python(project, "def main(): return run_file('child/inner.py', allowed_files=['/data'])['result']", options)
    assert run["result"] == ["c", "refused"]


def test_mounts_of_the_runs_caller_are_not_passed_on_by_themselves(project):
    body = """def main():
    code = "import os; sorted(os.listdir('/mnt'))"
    one, two = run_code(code), run_code(code, allowed_files=['/mnt'])
    return [one["success"], two["result"]]"""
    run = python(project, body, flags=["--mount", "outside::/mnt"])
    assert run["result"] == [False, ["d.txt"]]


@BOTH
def test_own_limits(project, language):
    code = "data = bytearray(400 << 20)"
    if language == "python":
        run = python(project, f"""def main():
    ends = [run_code("while True: pass"), run_code("import time; time.sleep(60)", timeout="300ms"), run_code({code!r}, ram="64MB"),
            run_code("while True: pass", compute=1000), run_code("print('x' * (2 << 20))"), run_code({code!r})]
    return [[each["error"]["error_type"], each["error"]["allowed"]] for each in ends]""", 'compute="HIGH", ram="128MB"')
    else:
        run = script(project, f"""
  const python = (code: string, more: any = {{}}) => runCode(code, {{ language: "python", ...more }});
  const ends: any[] = [await python("while True: pass"), await python("import time; time.sleep(60)", {{ timeout: 300 }}),
    await python({json.dumps(code)}, {{ ram: "64MB" }}), await python("while True: pass", {{ compute: 1000 }}),
    await python("print('x' * (2 << 20))"), await python({json.dumps(code)})];
  return ends.map((each) => [each.error.error_type, each.error.allowed]);""", 'compute: "HIGH", ram: "128MB"')
    kinds = [kind for kind, _ in run["result"]]
    assert kinds == ["compute_exceeded", "timeout", "memory_exceeded", "compute_exceeded", "output_exceeded", "memory_exceeded"]
    allowed = [allowed for _, allowed in run["result"]]
    assert allowed[0] == 2_000_000_000, "MEDIUM unless asked for"
    assert allowed[1:5] == [300, 64 << 20, 1000, 1 << 20] and allowed[5] == 128 << 20


def test_what_children_used_is_gone(project):
    """A task cannot multiply its own compute by starting one program after the other."""
    run = python(project, """def main():
    ends = [run_code("while True: pass") for _ in range(3)]
    return [each["error"]["allowed"] for each in ends]""", 'compute="LOW"')
    first, second, third = run["result"]
    assert 0 < first < 100_000_000 and second < 1000 and third < 1000


def test_the_callers_deadline_is_the_childs(project):
    start = time.monotonic()
    run = python(project, "def main(): return run_code('import time; time.sleep(60)', timeout='1h')", 'timeout="3s"')
    assert run["error"]["error_type"] == "timeout" and time.monotonic() - start < 30


@BOTH
def test_the_child_cannot_reach_the_tasks_of_the_program(project, language):
    project.write("child/thief.py", """
import _capsule, json
def main():
    found = []
    for name in ("secret", "main"):
        handle = _capsule.task_start(name, '{"args":[],"kwargs":{}}')
        _capsule.task_wait([handle], -1)
        found.append(json.loads(_capsule.task_read(handle)))
    return [[each["success"], each["result"], (each["error"] or {}).get("message")] for each in found]
""")
    run = python(project, "def main(): return run_file('child/thief.py')") if language == "python" else script(project, "return runFile('child/thief.py');")
    (stolen, value, message), (again, deeper, too_deep) = run["result"]["result"]
    assert not stolen and value is None and "secret" in message, "the program's own task was called"
    assert again, too_deep  # its own main, which finds itself at the end of its depth
    assert "the program's own task" not in json.dumps(deeper)


def test_tasks_of_the_child_get_what_it_has(project):
    project.write("child/tasks.py", """
from capsule import task
import os
@task(allowed_files=["outside", "data"], env_variables=["OTHER"], ram="4GB")
def inner(): return [os.path.exists("/outside"), os.listdir("/data/sub"), dict(os.environ)]
@task(name="main", env_variables=["OTHER"])
def main():
    print("printed in main")
    return [inner.value(), dict(os.environ)]
""")
    run = python(project, "def main(): return run_file('child/tasks.py', allowed_files=['/data'], env_variables=['KEY'])")
    child = run["result"]
    assert child["result"] == [[False, ["b.txt"], {"KEY": "k"}], {"KEY": "k"}]
    assert child["execution"]["task_name"] == "child/tasks.py" and run["stdout"] == ""


def test_prints_of_the_childs_own_tasks_stay_with_it(project):
    project.write("child/loud.py", """
from capsule import task
@task
def inner(): print("inner")
@task(name="main")
def main(): print("outer"); inner()
""")
    work = project
    run = python(work, "def main(): print('mine'); return run_file('child/loud.py')['stdout']")
    assert run["result"] == "outer\ninner\n" and run["stdout"] == "mine\n"
    done = work.capsule("run", "main.py")
    assert done.stdout.startswith("mine\n") and "outer" not in done.stdout.split("{")[0]


def test_a_child_may_bring_a_program_too_with_no_more(project):
    project.write("child/nest.py", """
from capsule import run_code
CODE = "import os; [sorted(os.listdir('/data')), dict(os.environ)]"
def main():
    ends = [run_code(CODE, allowed_files=["/data"], env_variables=["KEY"]), run_code(CODE, env_variables=["OTHER"]), run_code("1 + 1")]
    return [each["result"] or each["error"]["error_type"] for each in ends]
""")
    run = python(project, "def main(): return run_file('child/nest.py', allowed_files=['/data'], env_variables=['KEY'])['result']")
    assert run["result"] == [[["a.txt", "sub"], {"KEY": "k"}], "config_error", 2]


@BOTH
def test_code(project, language):
    if language == "python":
        run = python(project, """async def main():
    ends = await asyncio.gather(run_code("a = 1\\na + b", {"b": 2}), run_code("[1, 2].map((x) => x * k)", {"k": 3}, language="javascript"),
                                run_code("x = 1"), run_code("1 +"), run_code("1 / 0"), run_code("print('hi'); 7"))
    return [[each["result"], each["error"] and each["error"]["error_type"], each["stdout"], each["execution"]["language"]] for each in ends]""")
    else:
        run = script(project, """
  const ends: any[] = await Promise.all([runCode("a = 1\\na + b", { language: "python", variables: { b: 2 } }),
    runCode("[1, 2].map((x) => x * k)", { variables: { k: 3 } }), runCode("x = 1", { language: "python" }),
    runCode("1 +", { language: "python" }), runCode("1 / 0", { language: "python" }), runCode("print('hi'); 7", { language: "python" })]);
  return ends.map((each) => [each.result, each.error && each.error.error_type, each.stdout, each.execution.language]);""")
    assert run["result"] == [
        [3, None, "", "python"], [[3, 6], None, "", "javascript"], [None, None, "", "python"], [None, "build_error", "", "python"],
        [None, "task_error", "", "python"], [7, None, "hi\n", "python"],
    ]  # fmt: skip


@BOTH
def test_files_of_both_languages(project, language):
    project.write("child/child.mjs", """
import fs from "node:fs";
export function main(name) { console.log("printed"); let seen; try { seen = fs.readdirSync("/data"); } catch { seen = null; } return [name, seen]; }
""")
    project.write("child/bad.py", "def main(:\n")
    if language == "python":
        run = python(project, """def main():
    return [run_file("child/child.mjs", ["x"], allowed_files=["/data"]), run_file("child/child.mjs", ["y"]), run_file("child/bad.py")]""")
    else:
        run = script(project, """
  return [await runFile("child/child.mjs", { args: ["x"], allowedFiles: ["/data"] }), await runFile("child/child.mjs", { args: ["y"] }),
    await runFile("child/bad.py")];""")
    first, second, third = run["result"]
    assert first["result"] == ["x", ["a.txt", "sub"]] and first["stdout"] == "printed\n"
    assert second["result"] == ["y", None]
    assert third["error"]["error_type"] == "task_error" and "child/bad.py" in third["error"]["traceback"]


@BOTH
def test_typescript(project, language):
    project.write("child/typed.ts", """
interface Point { x: number }
export function main(name: string): [string, number] { const p: Point = { x: 2 }; return [name, p.x]; }
""")
    project.write("child/broken.ts", "export function main(: string) {}")
    code = "enum Kind { A = 3 }\\nconst k: Kind = Kind.A;\\nk + (n as number)"
    if language == "python":
        run = python(project, f"""def main():
    return [run_file("child/typed.ts", ["t"]), run_code("{code}", dict(n=4), language="typescript"), run_file("child/broken.ts")]""")
    else:
        run = script(project, f"""
  return [await runFile("child/typed.ts", {{ args: ["t"] }}), await runCode("{code}", {{ language: "typescript", variables: {{ n: 4 }} }}),
    await runFile("child/broken.ts")];""")
    typed, added, broken = run["result"]
    assert typed["result"] == ["t", 2] and added["result"] == 7
    assert broken["error"]["error_type"] == "build_error" and str(project.path) not in json.dumps(broken)


@BOTH
def test_what_cannot_be_read_or_run(project, language):
    project.write("child/odd.rb", "")
    project.write("child/large.py", "#" * ((4 << 20) + 1))
    project.write("child/full.py", "def main(): return 1\n" + "#" * ((4 << 20) - 21))
    if language == "python":
        run = python(project, """def main():
    found = []
    for path in ("child/odd.rb", "/outside/d.py", "child/missing.py", "child/large.py", "child/full.py"):
        try: found.append(run_file(path)["result"])
        except Exception as error: found.append(f"{type(error).__name__}: {error}")
    return found""", GRANTS + ', compute="HIGH"')
    else:
        run = script(project, """
  const found: any[] = [];
  for (const path of ["child/odd.rb", "/outside/d.py", "child/missing.py", "child/large.py", "child/full.py"])
    try { found.push((await runFile(path)).result); } catch (error: any) { found.push(`${error.name}: ${error.message}`); }
  return found;""", SCRIPT_GRANTS + ', compute: "HIGH"')
    odd, outside, missing, large, full = run["result"]
    assert "Unsupported file type" in odd and "rb" in odd
    assert "no such file" in outside.lower() and "no such file" in missing.lower()
    assert "child/large.py is larger than 4194304 bytes" in large
    assert full == 1


def test_forged_requests(project):
    """What a program says to the host itself gives it nothing more."""
    run = python(project, '''def main():
    import _capsule, json
    def ask(**parts):
        request = {"kind": "code", "language": "python", "name": "x", "source": "import os; [os.path.exists('/outside'), dict(os.environ)]",
                   "options": {}, "args": [], "kwargs": {}, "argv": []} | parts
        try: handle = _capsule.program_start(json.dumps(request))
        except OSError as error: return error.errno > 0
        _capsule.task_wait([handle], -1)
        end = json.loads(_capsule.task_read(handle))
        return end["result"] or end["error"]["message"]
    def raw(text):
        try: _capsule.program_start(text)
        except OSError as error: return "refused"
    return [
        ask(policy={"allowed_files": ["outside"]}, mounts=["outside"], allowed_files=["outside"], env_variables=["HOME"]),
        ask(options={"mounts": ["outside"]}), ask(options=[]), ask(options={"max_retries": 3}), ask(kind="module"),
        ask(language="ruby"), ask(name=""), ask(name="a" * 256), ask(name="a" * 255), ask(source=7), ask(source="#" * ((4 << 20) + 1)),
        raw("{"), raw(""), ask(args={"a": 1}, argv=[1], kwargs=[]),
    ]''')
    assert run["success"], run["error"]
    nothing = [False, {}]
    assert run["result"][0] == nothing and run["result"][8] == nothing and run["result"][13] == nothing
    texts = ["unknown option \"mounts\"", "options are not an object", "unknown option \"max_retries\"", "unknown kind", "unknown language \"ruby\"",
             "a name of 1 to 255 bytes", "a name of 1 to 255 bytes"]  # fmt: skip
    for text, message in zip(texts, run["result"][1:8]):
        assert text in message
    assert "needs its source as text" in run["result"][9] and "too large, at most 4194304" in run["result"][10]
    assert run["result"][11:13] == ["refused", "refused"]


def test_it_counts_as_a_subtask(project):
    project.write("capsule.toml", "[limits]\nmax_subtasks = 2\n")
    run = python(project, "def main(): return [run_code('1')['error'] for _ in range(3)]")
    assert run["result"][:2] == [None, None]
    assert run["result"][2]["error_type"] == "subtasks_exceeded" and run["result"][2]["limit"] == "subtasks"
    with sqlite3.connect(project.path / ".capsule" / "trace.db") as database:
        rows = database.execute("SELECT child.task, child.file, child.language, parent.task FROM runs child JOIN runs parent"
                                " ON child.parent_id = parent.id").fetchall()  # fmt: skip
    assert rows == [("<run_code>", "<run_code>", "python", "main")] * 2


def test_depth_is_bounded(project):
    project.write("child/deep.py", """
import sys
from capsule import run_code
def main(): return run_code(CODE, {"CODE": CODE})["result"]
CODE = '''
from capsule import run_code
end = run_code(CODE, {"CODE": CODE})
end["result"] + 1 if end["success"] else [end["error"]["limit"], 0][1]
'''
""")
    run = python(project, "def main(): return run_file('child/deep.py', compute='HIGH')['result']", GRANTS + ', compute="HIGH"')
    assert run["result"] == 14, "16 levels below main: the file, and pieces of code in each other"


def test_deterministic(project):
    body = """def main(): return [run_code("import time, random; [time.time(), random.random()]")["result"], run_code("1")["execution"]]"""
    first, second = (python(project, body, "deterministic=True")["result"] for _ in range(2))
    assert first == second


def test_only_in_a_sandbox(tmp_path):
    import subprocess, sys, pathlib

    sdk = pathlib.Path(__file__).resolve().parents[3] / "guests" / "python" / "sdk"
    code = "from capsule import run_code, run_file\nfor call in (run_code, lambda _: run_file('x.py')):\n    try: call('1')\n    except RuntimeError as error: print(error)"
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(sdk)}, capture_output=True, text=True)
    assert done.stdout.count("is for tasks in a sandbox: a host program calls capsule.run()") == 2, done
