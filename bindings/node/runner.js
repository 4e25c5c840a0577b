// run(): runs a program file once, in a fresh sandbox of a worker process.
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

function makeRequest({ file, args = [], mounts = [], timeout, onStdout, onStderr }) {
  const request = { file, args: checkTexts("args", args), mounts: checkTexts("mounts", mounts) };
  if (timeout !== undefined && timeout !== null) {
    if (typeof timeout !== "number" || !(timeout > 0 && timeout < Infinity))
      throw new TypeError(`timeout must be a number of milliseconds above 0, not ${String(timeout)}`);
    request.timeout_ms = Math.ceil(timeout);
  }
  if (onStdout || onStderr) request.stream = true;
  return request;
}

export async function run(options) {
  if (typeof options?.file !== "string") throw new TypeError("run({ file }): file must be a string");
  const { capsulePath = "capsule", signal, onStdout, onStderr } = options;
  const cwd = resolve(options.cwd ?? ".");
  checkFile(options.file, cwd);
  const request = makeRequest(options);
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
