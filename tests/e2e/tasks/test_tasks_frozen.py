"""Grants are those declared when the program was imported. Nothing a program does when it runs adds to them."""

import pytest

PYTHON = """
import json, os
from capsule import app, task
import capsule

def reach():
    found = {{}}
    for path in ("/data/a.txt", "/other/b.txt", "other/b.txt"):
        try: found[path] = open(path).read()
        except OSError: pass
    return [found, dict(os.environ)]

FILES, VARIABLES = ["data"], ["KEY"]

@task(name="child", allowed_files=FILES, env_variables=VARIABLES)
def child(): return reach()

@task(name="main")
def main():
    {attack}
    return [reach(), child()["result"]]
"""

SCRIPT = """
import {{ task }} from "@capsule-run/sdk";
import * as app from "@capsule-run/sdk/capsule/app.js";
import fs from "node:fs";
const reach = () => {{
  const found: any = {{}};
  for (const path of ["/data/a.txt", "/other/b.txt", "other/b.txt"]) try {{ found[path] = fs.readFileSync(path, "utf8"); }} catch {{}}
  return [found, {{ ...process.env }}];
}};
const files = ["data"], variables = ["KEY"];
const options: any = {{ name: "child", allowedFiles: files, envVariables: variables }};
const child: any = task(options, async () => reach());
export const main = task({{ name: "main" }}, async () => {{
  {attack}
  return [reach(), (await child()).result];
}});
"""

#: What the two tasks declared: main nothing, its child more than main has.
DECLARED = [[{}, {}], [{"/data/a.txt": "a"}, {"KEY": "k"}]]


@pytest.fixture
def project(work):
    work.write("data/a.txt", "a")
    work.write("other/b.txt", "b")
    return work


def run(work, name, text):
    work.write(name, text)
    envelope = work.envelope(name, env={"KEY": "k", "OTHER": "o"})
    assert envelope["success"], envelope["error"]
    return envelope["result"]


@pytest.mark.parametrize(
    "attack",
    [
        "pass",
        "FILES.append('other'); VARIABLES.append('OTHER')",
        "app.get_task_config('child').update(allowed_files=['other'], env_variables=['OTHER'], name='main')",
        "app._TASKS['child']['config']['allowed_files'].append('other')",
        "app._registrations[:] = [(n, f, {'allowed_files': ['other']}, p) for n, f, c, p in app._registrations]",
        "app.register_task('child', reach, {'name': 'child', 'allowed_files': ['other']})",
        "task(name='child', allowed_files=['other'], env_variables=['OTHER'])(reach)",
        "task(name='main', allowed_files=['other'])(reach)",
        "import _capsule; _capsule.report(_capsule.TASKS, json.dumps({'tasks': [{'name': 'child', 'options': {'allowed_files': ['other']}}]}))",
        "import _capsule; _capsule.report(_capsule.IMPURE, 'again')",
        "child.__capsule_task__ = 'main'; child.__wrapped__ = reach; child.__defaults__ = ()",
        "capsule.decorator._register = lambda *more: reach; capsule.task = lambda *more, **rest: lambda f: f",
        "os.environ.update(OTHER='o', KEY='x'); os.environ.clear()",
        "import sys; sys.modules['capsule'].sandbox.IN_SANDBOX = True; os.environ.pop('CAPSULE', None)",
    ],
)
def test_python(project, attack):
    assert run(project, "main.py", PYTHON.format(attack=attack)) == DECLARED


@pytest.mark.parametrize(
    "attack",
    [
        "",
        'files.push("other"); variables.push("OTHER");',
        'Object.assign(options, { allowedFiles: ["other"], envVariables: ["OTHER"] });',
        'Object.assign(app.getTaskConfig("child") as any, { allowedFiles: ["other"], allowed_files: ["other"] });',
        'app.registerTask("child", reach, { allowedFiles: ["other"] } as any);',
        'task({ name: "child", allowedFiles: ["other"] }, async () => 1); task({ name: "main", allowedFiles: ["other"] }, async () => 1);',
        'child.options = { allowedFiles: ["other"] }; (task as any).options = child.options;',
        'Object.prototype.allowed_files = ["other"]; (Object.prototype as any).allowedFiles = ["other"]; delete (Object.prototype as any).allowed_files; delete (Object.prototype as any).allowedFiles;',
        'Object.assign(process.env, { OTHER: "o", KEY: "x" }); delete process.env.OTHER; delete process.env.KEY;',
        'if ("__capsule_host" in globalThis || Object.keys(globalThis).some((name) => name.includes("capsule"))) throw new Error("the host is in reach");',
    ],
)
def test_javascript(project, attack):
    assert run(project, "main.ts", SCRIPT.format(attack=attack)) == DECLARED


def test_a_task_made_at_run_time_is_no_task(project):
    attack = """
    late = task(name="late", allowed_files=["data", "other"])(reach)
    outcome = late()
    return [outcome["success"], outcome["error"]["error_type"], outcome["error"]["message"], reach()]"""
    assert run(project, "main.py", PYTHON.format(attack=attack)) == [
        False, "task_error", 'no task named "late" in this program', [{}, {}]]  # fmt: skip
    attack = """
  const late: any = task({ name: "late", allowedFiles: ["data", "other"] }, async () => reach());
  const outcome = await late();
  return [outcome.success, outcome.error.error_type, outcome.error.message, reach()];"""
    assert run(project, "main.ts", SCRIPT.format(attack=attack)) == [
        False, "task_error", 'no task named "late" in this program', [{}, {}]]  # fmt: skip


def test_a_forged_call_of_the_host_names_a_declared_task_or_none(project):
    attack = """
    import _capsule
    def ask(name, **extra):
        handle = _capsule.task_start(name, json.dumps({"args": [], "kwargs": {}, "argv": ["x"], "task": "main", "name": "main",
            "options": {"allowed_files": ["other"]}, "policy": {"allowed_files": ["other"]}, "mounts": ["other"], "env": {"OTHER": "o"}} | extra))
        _capsule.task_wait([handle], -1)
        end = json.loads(_capsule.task_read(handle))
        return end["result"] or end["error"]["message"]
    def refused(*arguments):
        try: return ask(*arguments)
        except (OSError, UnicodeError, ValueError) as error: return type(error).__name__
    return [ask("child"), ask("child", args={}, kwargs=[]), ask("nobody"), ask(""), refused("child\\0"), refused("x" * 1025), refused("\\ud800")]"""
    child = DECLARED[1]
    answers = run(project, "main.py", PYTHON.format(attack=attack))
    assert answers[:2] == [child, child]
    assert all("no task named" in each for each in answers[2:4]), answers
    assert answers[4:] == ["OSError", "OSError", "UnicodeEncodeError"]


def test_handles_of_nobody(project):
    attack = """
    import _capsule
    def number(call, *arguments):
        try: return call(*arguments)
        except OSError as error: return -error.errno
    nothing = [number(_capsule.task_read, 0), number(_capsule.task_cancel, 0), number(_capsule.task_cancel, 2**32 - 1), number(_capsule.task_wait, [7], 0),
               number(_capsule.task_wait, [], 0), number(_capsule.task_wait, [], -1)]
    handle = _capsule.task_start("child", "{}")
    told = _capsule.task_wait([], -1)
    again = number(_capsule.task_wait, [], -1)
    late = number(_capsule.task_cancel, handle)
    text = _capsule.task_read(handle)
    return [nothing, told == handle, again, late, json.loads(text)["success"], number(_capsule.task_read, handle)]"""
    nothing, told, again, late, success, gone = run(project, "main.py", PYTHON.format(attack=attack))
    bad, invalid = -8, -28  # EBADF and EINVAL as WASI numbers them
    assert nothing == [bad, bad, bad, bad, invalid, invalid]
    assert told and again == invalid and late is None and success and gone == bad


def test_options_that_differ_when_the_import_is_repeated(project):
    """An import that is not pure runs again in the task's own sandbox, where it can see more than the deny-all one could."""
    text = PYTHON.format(attack="pass").replace(
        'FILES, VARIABLES = ["data"], ["KEY"]',
        'import random; random.random()\nFILES, VARIABLES = (["data", "other"], ["KEY", "OTHER"]) if "KEY" in os.environ else (["data"], ["KEY"])',
    )
    assert run(project, "main.py", text) == DECLARED
