// run(): results, failures, output, time, cancelling, and the worker behind it.
import assert from "node:assert/strict";
import { mkdirSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { afterEach } from "node:test";

import { appears, capsule, program, project, read, runner, SPIN, states, worker } from "./support.mjs";

const { CapsuleError, closeAll, run } = runner;
const inFlight = worker.limits.inFlight;

afterEach(async () => {
  worker.limits.inFlight = inFlight;
  await closeAll();
});

test("a result", async () => {
  project();
  program("main.py", "print('hi')\nreturn {'args': args}");
  const result = await run({ file: "./main.py", args: ["a", "é"] });
  assert.deepEqual([result.success, result.error, result.stdout], [true, null, "hi\n"]);
  assert.deepEqual(result.result, { args: ["a", "é"] });
});

test("failures are those of the command", async () => {
  project();
  program("raises.py", "raise ValueError('no')");
  program("slow.py", SPIN, 'timeout="200ms", compute="HIGH"');
  writeFileSync("throws.ts", 'import { task } from "@capsule-run/sdk";\nexport const main = task({ name: "main" }, () => { throw new Error("no"); });\n');
  for (const file of ["raises.py", "slow.py", "throws.ts"])
    assert.deepEqual((await run({ file })).error, JSON.parse(capsule("run", "--json", file)).error);
});

test("what cannot be loaded rejects", async () => {
  project();
  writeFileSync("broken.py", "1 +\n");
  const theirs = JSON.parse(capsule("run", "--json", "broken.py")).error;
  await assert.rejects(run({ file: "broken.py" }), (error) => {
    assert.ok(error instanceof CapsuleError);
    assert.deepEqual([error.message, error.errorType, error.detail], [theirs.message, theirs.error_type, theirs.traceback]);
    return true;
  });
  program("main.py", "return 1");
  await assert.rejects(run({ file: "main.py", mounts: ["nowhere"] }), /nowhere/);
});

test("wrong arguments", async () => {
  const folder = project();
  program("main.py", "return 1");
  await assert.rejects(run({}), /file must be a string/);
  await assert.rejects(run({ file: "none.ts" }), { message: `File not found: ${join(folder, "none.ts")}.` });
  await assert.rejects(run({ file: "none.wasm" }), /File not found: .*none.wasm. Run `capsule build` first/);
  await assert.rejects(run({ file: "main.py", args: [1] }), /args must be an array of strings/);
  await assert.rejects(run({ file: "main.py", timeout: 0 }), /timeout must be a number of milliseconds above 0, not 0/);
  await assert.rejects(run({ file: "main.py", capsulePath: "no-such-command" }), /Capsule CLI not found: 'no-such-command'/);
  await assert.rejects(run({ file: "main.py", capsulePath: "/bin/echo" }), /exited unexpectedly/);
});

test("cwd and mounts", async () => {
  const folder = project();
  mkdirSync("other/data", { recursive: true });
  writeFileSync("other/data/x", "content");
  writeFileSync("other/main.py", "from capsule import task\n\n@task(name='main')\ndef main(): return open('data/x').read()\n");
  const options = { file: "main.py", cwd: join(folder, "other"), mounts: ["data:ro"] };
  for (const capsulePath of ["capsule", "../bin/capsule"])
    assert.equal((await run({ ...options, capsulePath })).result, "content");
});

test("many at once share one worker", async () => {
  project();
  program("main.py", "return int(args[0])");
  const calls = Array.from({ length: 400 }, (_, i) => run({ file: "main.py", args: [String(i)] }));
  assert.deepEqual((await Promise.all(calls)).map((result) => result.result), Array.from({ length: 400 }, (_, i) => i));
  assert.equal(worker.workerIds().length, 1);
});

test("output comes while the task runs", async () => {
  project();
  program("main.py", "import os, time\nprint('é first', flush=True)\nos.write(2, b'err')\n" +
    "while not os.path.exists('data/go'): time.sleep(0.01)\nprint('last')\nreturn 1");
  let out = "", err = "";
  const result = await run({
    file: "main.py",
    mounts: ["data"],
    onStdout: (text) => {
      out += text;
      writeFileSync("data/go", "");
    },
    onStderr: (text) => (err += text),
  });
  assert.deepEqual([out, err], ["é first\nlast\n", "err"]);
  assert.deepEqual([result.stdout, result.stderr], [out, err]);
});

test("what a callback throws cancels and comes out", async () => {
  project();
  program("main.py", "print('x', flush=True)\n" + SPIN, 'compute="HIGH"');
  await assert.rejects(run({ file: "main.py", onStdout: () => { throw new RangeError("no"); } }), RangeError);
  await closeAll(); // only ends soon because the run was cancelled
  assert.deepEqual(states(), ["interrupted"]);
});

test("timeout of the caller", async () => {
  project();
  program("main.py", "import time\ntime.sleep(100)");
  assert.equal((await run({ file: "main.py", timeout: 300 })).error.error_type, "timeout");
});

test("aborting cancels the run", async () => {
  project();
  program("main.py", "open('data/begun', 'w').close()\n" + SPIN, 'compute="HIGH"');
  const controller = new AbortController();
  const call = run({ file: "main.py", mounts: ["data"], signal: controller.signal });
  await appears("data/begun");
  controller.abort(new RangeError("enough"));
  await assert.rejects(call, { message: "enough" });
  await closeAll();
  assert.deepEqual(states(), ["interrupted"]);
  await assert.rejects(run({ file: "main.py", signal: controller.signal }), { message: "enough" });
});

test("aborting what was not sent", async () => {
  project();
  worker.limits.inFlight = 1;
  program("first.py", "open('data/begun', 'w').close()\nimport time, os\nwhile not os.path.exists('data/go'): time.sleep(0.01)");
  program("second.py", "open('data/ran', 'w').close()");
  const controller = new AbortController();
  const first = run({ file: "first.py", mounts: ["data"] });
  const second = run({ file: "second.py", mounts: ["data"], signal: controller.signal });
  await appears("data/begun");
  controller.abort();
  await assert.rejects(second, { name: "AbortError" });
  writeFileSync("data/go", "");
  await first;
  await closeAll();
  assert.throws(() => read("data/ran"));
});

test("a dead worker is replaced and nothing runs twice", async () => {
  project();
  worker.limits.inFlight = 1;
  program("main.py", "with open('data/' + args[0], 'a') as log: log.write('x')\n" +
    "import time, os\nwhile not os.path.exists('data/go'): time.sleep(0.01)\nreturn args[0]");
  const call = (name) => run({ file: "main.py", args: [name], mounts: ["data"] });
  const sent = call("sent");
  await appears("data/sent", "x"); // written, not only made
  const unsent = call("unsent");
  process.kill(worker.workerIds()[0], "SIGKILL");
  writeFileSync("data/go", "");
  await assert.rejects(sent, /capsule worker process exited unexpectedly \(code SIGKILL\)/);
  assert.equal((await unsent).result, "unsent"); // the worker had never heard of it
  assert.equal((await call("later")).result, "later");
  assert.deepEqual(["sent", "unsent", "later"].map((name) => read(`data/${name}`)), ["x", "x", "x"]);
});

test("closeAll lets calls finish and workers begin anew", async () => {
  project();
  program("main.py", "import time\ntime.sleep(0.3)\nreturn 'done'");
  const call = run({ file: "main.py" });
  await closeAll();
  assert.deepEqual(worker.workerIds(), []);
  assert.equal((await call).result, "done");
  assert.equal((await run({ file: "main.py" })).result, "done");
});

test("edits are seen", async () => {
  project();
  for (const value of [1, 2]) {
    program("main.py", `return ${value}`);
    assert.equal((await run({ file: "main.py" })).result, value);
  }
  unlinkSync("main.py");
  await assert.rejects(run({ file: "main.py" }), /File not found/);
});

test("a string", async () => {
  project();
  const options = { env: { A: "x=y" }, args: ["b"], compute: 200_000_000, ram: "256MB", timeout: 60_000 };
  const python = "import os, sys\nprint('hi')\n[dict(os.environ), sys.argv[1:]]";
  const result = await run({ code: python, ...options });
  assert.deepEqual([result.result, result.stdout], [[{ A: "x=y" }, ["b"]], "hi\n"]);
  const javascript = "[process.env.A as string, process.argv[2]]";
  assert.deepEqual((await run({ code: javascript, language: "ts", ...options })).result, ["x=y", "b"]);
  assert.equal((await run({ code: "" })).result, null);
  const spin = await run({ code: "while True: pass", compute: "LOW" });
  assert.equal(spin.error.error_type, "compute_exceeded");
  const wrong = await run({ code: "1 +" });
  assert.equal(wrong.error.error_type, "build_error");
  await assert.rejects(run({ code: "1", language: "ruby" }), /unknown language "ruby"/);
  await assert.rejects(run({ code: "1", file: "main.py" }), TypeError);
  await assert.rejects(run({ code: "1", ram: 5 }), TypeError);
  await assert.rejects(run({ file: "main.py", ram: "1GB" }), /ram is for code/);
});
