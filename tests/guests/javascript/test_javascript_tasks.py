"""Tasks: how they are found, started, answered, and how they call each other."""

import json

import pytest

SDK = 'import { task } from "@capsule-run/sdk";\n'


def test_arguments_and_result(run):
    done = run(SDK + 'export const main = task({ name: "main" }, (a: string, ...rest: string[]) => ({ a, rest, n: rest.length }));', "x", "y", "")
    assert done.value == {"a": "x", "rest": ["y", ""], "n": 2}


@pytest.mark.parametrize("extension", ["ts", "mts", "js", "mjs"])
def test_extensions(run, extension):
    assert run("export async function main(name) { return `hi ${name}`; }", "you", name=f"program.{extension}").value == "hi you"


def test_first_task_without_main(run):
    source = SDK + 'export const b = task({ name: "second" }, () => 2);\n'
    done = run(SDK + 'export const a = task({ name: "first" }, () => 1);\n' + source.replace(SDK, ""))
    assert done.value == 1 and done["execution"]["task_name"] == "first"


def test_default_export_named_main(run):
    assert run("export default function main() { return 'default'; }").value == "default"


def test_no_task(run):
    """A script: what it does when it is imported is all it does, and what it left to the loop."""
    done = run("setTimeout(() => console.log('later'), 1);\nconsole.log(process.argv[2]);", "a")
    assert done.value is None and done["stdout"] == "a\nlater\n" and done["execution"]["task_name"] == "main"
    assert run("export const x = 1;").value is None
    done = run("if (process.argv[2]) throw new TypeError(process.argv[2]);", "bad")
    assert (done.code, done.error_type, done.message) == (1, "task_error", "bad")


def test_two_tasks_of_one_name(run):
    done = run(SDK + 'task({ name: "a" }, () => 1);\n\ntask({ name: "a" }, () => 2);')
    assert done.code == 2 and "a" in (done.errors + str(done["error"]))


@pytest.mark.parametrize(
    "call, text",
    [
        ("task()", "options must be an object"),
        ("task({}, () => 1)", "options.name"),
        ("task({ name: 5 } as any, () => 1)", "options.name"),
        ('task({ name: "x" })', "must be a function"),
        ('task({ name: "x", allowedFiles: [{ path: ".", mode: "write" }] } as any, () => 1)', "Invalid allowed_files mode 'write'"),
    ],
)
def test_wrong_registrations(run, call, text):
    done = run(SDK + "(" + call.replace("task(", "(task as any)(") + ");")
    assert done.code != 0 and text in (done.errors + str(done["error"]))


@pytest.mark.parametrize(
    "option, text",
    [('compute: "HUGE"', "HUGE"), ('ram: "lots"', "lots"), ('timeout: "soon"', "soon"), ("maxRetries: 1.5", "1.5"), ("ram: NaN", "NaN")],
)
def test_wrong_options_are_configuration_errors(main, option, text):
    done = main("return 1;", options=option + " as any")
    assert done.code == 2 and text in (done.errors + str(done["error"]))


def test_subtask_answers_an_envelope(project):
    done = project.run(
        SDK
        + """
        const add = task({ name: "add", compute: "LOW" }, (a: number, b: number) => a + b);
        const later = task({ name: "later" }, async (x: any) => { await null; return { x }; });
        export const main = task({ name: "main" }, async () => {
          const sync: any = add(2, 3);
          const promise = later({ deep: [1, "é"] });
          return [sync, promise instanceof Promise, await promise];
        });
        """
    )
    sync, is_promise, awaited = done.value
    assert sync["success"] and sync["result"] == 5 and sync["error"] is None and sync["execution"]["task_name"] == "add"
    assert is_promise and awaited["result"] == {"x": {"deep": [1, "é"]}}


def test_subtasks_fail_alone(project):
    done = project.run(
        SDK
        + """
        const boom = task({ name: "boom" }, async () => { throw new RangeError("inside"); });
        const loop = task({ name: "loop", compute: "LOW" }, async () => { for (;;); });
        const slow = task({ name: "slow", timeout: "100ms" }, async () => { await new Promise((r) => setTimeout(r, 60000)); });
        const leave = task({ name: "leave" }, async () => { process.exit(3); });
        const odd = task({ name: "odd" }, async () => 10n);
        export const main = task({ name: "main", compute: "HIGH" }, async () => {
          const all: any[] = await Promise.all([boom(), loop(), slow(), leave(), odd()]);
          return all.map((r) => [r.success, r.result, r.error.error_type, r.error.message]);
        });
        """
    )
    kinds = [row[2] for row in done.value]
    assert kinds == ["task_error", "compute_exceeded", "timeout", "exit", "not_serializable"]
    assert done.value[0][3] == "inside" and "BigInt" in done.value[4][3]


def test_waiting_for_a_subtask_keeps_the_loop_going(project):
    done = project.run(
        SDK
        + """
        const nap = task({ name: "nap" }, async (ms: number) => { await new Promise((r) => setTimeout(r, ms)); return ms; });
        export const main = task({ name: "main" }, async () => {
          const seen: string[] = [];
          const timer = setInterval(() => seen.push("tick"), 20);
          const [a, b]: any[] = await Promise.all([nap(150), nap(100)]);
          clearInterval(timer);
          return [a.result, b.result, seen.length >= 3];
        });
        """
    )
    assert done.value == [150, 100, True]


def test_a_subtask_costs_the_same_however_many_wait(project):
    source = SDK + """
        const one = task({ name: "one", compute: "LOW" }, async (i: number) => i);
        export const main = task({ name: "main", compute: "HIGH" }, async (n: string) => {
          const all: any[] = await Promise.all(Array.from({ length: Number(n) }, (_, i) => one(i)));
          return all.every((each, i) => each.result === i);
        });
        """
    cost = {}
    for count in (200, 1500):
        done = project.run(source, str(count))
        assert done.value is True
        cost[count] = done["execution"]["fuel_consumed"] / count
    assert cost[1500] < 2 * cost[200]


def test_arguments_that_are_no_json(main):
    done = main(
        "try { await other({ n: 1n }); } catch (error: any) { return [error.name, error.message]; }",
        imports='const other = task({ name: "other" }, async (x: any) => x);',
    )
    assert done.value[0] == "TypeError" and '"other"' in done.value[1]


def test_no_extra_argument_reaches_the_function(project):
    done = project.run(
        SDK
        + """
        const count = task({ name: "count" }, (...rest: any[]) => rest.length);
        export const main = task({ name: "main" }, (...rest: any[]) => [rest.length, (count as any)(1, 2).result]);
        """
    )
    assert done.value == [0, 2]


def test_sdk_exports(main):
    done = main(
        """
        const app: any = await import("@capsule-run/sdk/capsule/app.js");
        const runner: any = await import("@capsule-run/sdk/runner");
        return [isWasmMode(), typeof TaskRunner, typeof exports.run, fsPromises === fs.promises, os.platform(), path.join("a", "b"),
          process === globalThis.process, app.getTaskNames(), typeof app.getTask("main"), app.getTaskConfig("main").ram,
          await runner.run({ file: "x.ts" }).catch((e: Error) => e.message.includes("not available"))];
        """,
        options='ram: "64MB"',
        imports='import { TaskRunner, exports, fs, fsPromises, isWasmMode, os, path, process } from "@capsule-run/sdk";',
    )
    assert done.value == [True, "function", "function", True, "linux", "a/b", True, ["main"], "function", "64MB", True]


def test_environment_is_what_was_granted(main):
    body = 'return [process.env.GRANTED, process.env.OTHER, Object.keys(process.env), "GRANTED" in process.env, { ...process.env }];'
    done = main(body, options='envVariables: ["GRANTED"]', env={"GRANTED": "yes = ü", "OTHER": "no"})
    assert done.value == ["yes = ü", None, ["GRANTED"], True, {"GRANTED": "yes = ü"}]


def test_argv(main):
    done = main("return process.argv;", args=("one", "two"))
    assert done.value == ["capsule", "/program.ts", "one", "two"]


def test_top_level_await_and_local_modules(project):
    project.write("lib/data.json", json.dumps({"n": 5}))
    project.write("lib/util.ts", "export const twice = (x: number): number => x * 2;\nexport default class { x = 1 }\n")
    project.write("node_modules/pkg/package.json", '{"name":"pkg","main":"index.js"}')
    project.write("node_modules/pkg/index.js", 'const path = require("path"); const fs = require("node:fs"); module.exports = { base: path.basename("/a/b"), has: typeof fs.readFileSync };')
    done = project.run(
        """
        import data from "./lib/data.json";
        import Thing, { twice } from "./lib/util";
        import pkg from "pkg";
        const later = await Promise.resolve(twice(data.n));
        const lazy = await import("./lib/util");
        export function main() { return [later, new Thing().x, pkg, lazy.twice(1), import.meta.url.startsWith("file:///")]; }
        """
    )
    assert done.value == [10, 1, {"base": "b", "has": "function"}, 2, True]
