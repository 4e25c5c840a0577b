// run(): runs a program, a file or a string, once, in a fresh sandbox of a worker process.
import { existsSync } from "node:fs";
import { extname, resolve } from "node:path";

import { CapsuleError, closeWorkers, workerFor } from "./worker.js";

export { CapsuleError };

function checkFile(file, cwd) {
  const path = resolve(cwd, file);
  if (existsSync(path)) return;
  const built = [".wasm", ".cwasm"].includes(extname(path).toLowerCase());
  throw new Error(`File not found: ${path}.${built ? " Run `capsule build` first to generate the .wasm artifact." : ""}`);
}

function checkTexts(name, values) {
  if (!Array.isArray(values) || values.some((value) => typeof value !== "string"))
    throw new TypeError(`${name} must be an array of strings`);
  return values;
}

const STRING_OPTIONS = ["language", "compute", "ram", "env"];

// What the worker takes: "NAME" for one of its own, "NAME=value".
const variables = (env) => (Array.isArray(env) ? env : Object.entries(env).map(([name, value]) => `${name}=${value}`));

// The members of a request that name the program, and what a string may have.
function makeProgram(options, cwd) {
  const { file, code, language = "python", compute, ram, env } = options;
  if ((typeof file === "string") === (typeof code === "string"))
    throw new TypeError("run({ file }): file must be a string, or code instead of it");
  const wrong = STRING_OPTIONS.find((name) => code === undefined && options[name] !== undefined);
  if (wrong) throw new TypeError(`${wrong} is for code: the tasks of a file declare what they need`);
  if (code === undefined) {
    checkFile(file, cwd);
    return { file };
  }
  const program = { code, lang: language };
  if (compute !== undefined) program.compute = String(compute);
  if (ram !== undefined) program.ram = ram;
  checkTexts("language, compute and ram", Object.values(program));
  if (env !== undefined) program.env = checkTexts("env", variables(env));
  return program;
}

function makeRequest(program, { args = [], mounts = [], timeout, onStdout, onStderr }) {
  const request = { ...program, args: checkTexts("args", args), mounts: checkTexts("mounts", mounts) };
  if (timeout !== undefined && timeout !== null) {
    if (typeof timeout !== "number" || !(timeout > 0 && timeout < Infinity))
      throw new TypeError(`timeout must be a number of milliseconds above 0, not ${String(timeout)}`);
    request.timeout_ms = Math.ceil(timeout);
  }
  if (onStdout || onStderr) request.stream = true;
  return request;
}

export async function run(options) {
  const { capsulePath = "capsule", signal, onStdout, onStderr } = options ?? {};
  const cwd = resolve(options?.cwd ?? ".");
  const request = makeRequest(makeProgram(options ?? {}, cwd), options);
  signal?.throwIfAborted();
  const worker = workerFor(capsulePath.includes("/") ? resolve(capsulePath) : capsulePath, cwd);
  const call = worker.submit(request, { stdout: onStdout, stderr: onStderr });
  const abort = () => worker.cancel(call, signal.reason);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    return await call.promise;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

export async function closeAll() {
  await closeWorkers();
}
