// The package itself: its entries, and what a task is outside a sandbox.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";

import { app, index, installInto, program, project, ROOT, runner } from "./support.mjs";

test("every name of the reference is there", () => {
  for (const name of ["task", "TaskRunner", "exports", "fs", "fsPromises", "isWasmMode", "os", "process", "run"])
    assert.ok(name in index, name);
  assert.equal(typeof runner.run, "function");
  for (const name of ["registerTask", "getTask", "getTaskConfig", "getTaskNames", "TaskRunner", "exports", "incomingHandler"])
    assert.ok(name in app, name);
  assert.equal(index.isWasmMode(), false);
  assert.equal(index.fs.readFileSync, readFileSync);
  assert.equal(index.process, process);
});

test("a task outside a sandbox is an ordinary call in the shape of an envelope", async () => {
  const double = index.task({ name: "double", compute: "LOW", ram: "64MB" }, (n) => 2 * n);
  const later = index.task({ name: "later" }, async (n) => n + 1);
  const answer = double(4);
  assert.deepEqual(answer.result, 8);
  assert.deepEqual(answer.execution, {
    task_name: "double", duration_ms: 0, retries: 0, fuel_consumed: 0, ram_used: 0, host_requests: [],
  });
  assert.deepEqual([answer.success, answer.error], [true, null]);
  assert.equal((await later(1)).result, 2);
  assert.throws(() => index.task({ name: "bad" }, () => { throw new RangeError("no"); })(), RangeError);
  await assert.rejects(index.task({ name: "worse" }, async () => { throw new RangeError("no"); })(), RangeError);
  assert.equal(app.getTask("double")(3), 6);
  assert.equal(app.getTaskConfig("double").ram, "64MB");
  assert.ok(app.getTaskNames().includes("later"));
  assert.equal(await index.exports.run('{"task_name":"double","args":[5]}'), '{"result":10}');
});

test("value and map outside a sandbox are calls one after the other", async () => {
  const add = index.task({ name: "add" }, (x, y = 0) => x + y);
  const later = index.task({ name: "later-add" }, async (x, y = 0) => x + y);
  assert.equal(add.value(1, 2), 3);
  assert.equal(await later.value(1, 2), 3);
  assert.deepEqual(add.map([1, 2]).map((each) => each.result), [1, 2]);
  assert.deepEqual(add.map([[1, 2]], { values: true, spread: true }), [3]);
  assert.deepEqual(await later.map([[1, 2], [3, 4]], { values: true, spread: true, maxParallel: 2 }), [3, 7]);
  assert.deepEqual((await later.map([5])).map((each) => each.success), [true]);
  assert.throws(() => add.map([1], { maxParallel: 0 }), /maxParallel must be a whole number from 1, not 0/);
  const failed = { success: false, result: null, error: { error_type: "timeout", message: "late" }, execution: { task_name: "t" } };
  assert.throws(() => index.unwrap(failed), (error) => error instanceof index.TaskError && error.errorType === "timeout" && error.envelope === failed);
  await assert.rejects(index.runFile("x.py"), /for tasks in a sandbox/);
  await assert.rejects(index.runCode("1"), /for tasks in a sandbox/);
});

test("wrong uses of task are told", () => {
  assert.throws(() => index.task("main", () => 1), /options must be an object/);
  assert.throws(() => index.task({}, () => 1), /options.name must be a non-empty string/);
  assert.throws(() => index.task({ name: "x" }, 1), /the second argument must be a function/);
});

test("entries and types resolve by name in an installed package, and what is shared is the sandbox's", () => {
  const folder = project();
  const sdk = installInto(folder);
  writeFileSync("names.mjs", `import { task, run } from "@capsule-run/sdk";
import { run as again } from "@capsule-run/sdk/runner";
import { getTaskNames } from "@capsule-run/sdk/capsule/app.js";
task({ name: "here" }, () => 1);
console.log(run === again, getTaskNames().join());`);
  assert.equal(execFileSync(process.execPath, ["names.mjs"], { encoding: "utf8" }), "true here\n");
  const { exports: entries } = JSON.parse(readFileSync(join(sdk, "package.json"), "utf8"));
  for (const entry of Object.values(entries)) for (const file of Object.values(entry)) assert.ok(existsSync(join(sdk, file)), file);
  for (const name of ["app.js", "app.d.ts", "errors.js", "index.d.ts", "mapping.js"])
    assert.deepEqual(readFileSync(join(sdk, "shared", name)), readFileSync(join(ROOT, "guests/javascript/sdk", name)));
});

test("a host program ends although its worker is idle, and the worker ends with it", () => {
  const folder = project();
  installInto(folder);
  program("main.py", "return args[0]");
  writeFileSync("host.mjs", `import { run } from "@capsule-run/sdk/runner";
console.log((await run({ file: "./main.py", args: ["x"] })).result);`);
  assert.equal(execFileSync(process.execPath, ["host.mjs"], { encoding: "utf8", timeout: 120_000 }), "x\n");
});

test("a host in TypeScript and a program in TypeScript, side by side", () => {
  const folder = project();
  installInto(folder);
  mkdirSync("src");
  writeFileSync("src/untrusted.ts", `import { task } from "@capsule-run/sdk";
export const main = task({ name: "main", compute: "HIGH", ram: "64MB", timeout: "10s" },
  (code: string): unknown => new Function(code)());`);
  writeFileSync("host.ts", `import { run, type RunnerResult } from "@capsule-run/sdk/runner";
const result: RunnerResult = await run({ file: "./src/untrusted.ts", args: ["return [1, 2, 3].map((n) => n * n)"] });
console.log(JSON.stringify(result.result));`);
  const guest = readdirSync(process.env.CAPSULE_GUESTS).find((name) => name.startsWith("javascript-"));
  execFileSync(join(process.env.CAPSULE_GUESTS, guest, "esbuild"),
    ["host.ts", "--format=esm", "--outfile=host.mjs", "--log-level=error"]);
  assert.equal(execFileSync(process.execPath, ["host.mjs"], { encoding: "utf8", timeout: 120_000 }), "[1,4,9]\n");
});

test("the example", () => {
  const folder = project();
  installInto(folder);
  for (const name of ["host.mjs", "evaluate.ts"]) cpSync(join(ROOT, "examples", "host", name), join(folder, name));
  const lines = execFileSync(process.execPath, ["host.mjs"], { encoding: "utf8", timeout: 120_000 }).split("\n");
  assert.deepEqual(lines.slice(0, 4), ["  chatty: thinking ...", "squares -> 1,4,9", "chatty -> done", "broken -> task_error"]);
  assert.match(lines[4], /^endless -> (timeout|compute_exceeded)$/);
});
