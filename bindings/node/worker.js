// Worker processes: `capsule worker`, one for each (capsulePath, cwd). What was not yet sent can be taken back, or go to
// the next process; what was sent may have run, and is never sent again. An idle worker does not keep node running.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";

// Calls a worker has been sent and not answered. Less than may wait in its queue, so that it always reads what comes
// next, which may be the cancelling of one. A variable for the tests' sake.
export const limits = { inFlight: 256 };
const STDERR_SHOWN = 2000; // characters of a dead worker's stderr that an error repeats

export class CapsuleError extends Error {
  constructor(message, errorType = "host_fault", detail = null) {
    super(message);
    this.name = "CapsuleError";
    this.errorType = errorType;
    this.detail = detail;
  }
}

class Call {
  constructor(request, streams) {
    this.id = randomUUID();
    this.line = JSON.stringify({ id: this.id, ...request }) + "\n";
    this.streams = streams;
    this.promise = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
  }
}

// One process; `ended` settles once it is gone and everybody was told.
class Process {
  calls = new Map(); // sent and not answered, by id
  rest = []; // pieces of a line that is not whole
  errors = "";

  constructor(worker) {
    this.worker = worker;
    // A session of its own: Ctrl-C in a terminal is for the host program, which cancels what it wants to.
    this.child = spawn(worker.capsulePath, ["worker"], { cwd: worker.cwd, detached: true });
    const { child } = this;
    child.stdin.on("error", () => {}); // it died: its end is told below
    child.stdout.on("data", (chunk) => this.read(chunk));
    child.stderr.setEncoding("utf8");
    child.stderr.on("data", (text) => (this.errors = (this.errors + text).slice(-STDERR_SHOWN)));
    this.ended = new Promise((resolve) => {
      child.on("error", (error) => this.end(this.missing(error), resolve));
      child.on("close", (code, signal) => this.end(new CapsuleError(this.epitaph(code ?? signal)), resolve));
    });
    this.hold();
  }

  missing(error) {
    if (error.code !== "ENOENT") return error;
    if (!existsSync(this.worker.cwd)) return new Error(`Directory not found: ${this.worker.cwd}`);
    return new Error(
      `Capsule CLI not found: '${this.worker.capsulePath}'. Put it on PATH, or give its place as capsulePath.`,
    );
  }

  epitaph(code) {
    const said = this.errors.trim();
    return `capsule worker process exited unexpectedly (code ${code})${said ? `: ${said}` : ""}`;
  }

  // Node goes on as long as there is a call.
  hold() {
    const method = this.calls.size > 0 || this.closing ? "ref" : "unref";
    for (const handle of [this.child, this.child.stdin, this.child.stdout, this.child.stderr]) handle?.[method]?.();
  }

  send(call) {
    this.calls.set(call.id, call);
    this.child.stdin.write(call.line);
    this.hold();
  }

  read(chunk) {
    for (let at; (at = chunk.indexOf(10)) >= 0; chunk = chunk.subarray(at + 1)) {
      const line = Buffer.concat([...this.rest, chunk.subarray(0, at)]).toString();
      this.rest = [];
      try {
        this.worker.received(this, JSON.parse(line));
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        this.child.kill("SIGKILL"); // not a worker, whatever it is
      }
    }
    if (chunk.length > 0) this.rest.push(chunk);
  }

  end(error, resolve) {
    if (this.isGone) return;
    this.isGone = true;
    this.worker.died(this, error);
    resolve();
  }
}

class Worker {
  process = null;
  waiting = []; // not sent

  constructor(capsulePath, cwd) {
    Object.assign(this, { capsulePath, cwd });
  }

  submit(request, streams) {
    const call = new Call(request, streams);
    this.process ??= new Process(this);
    this.waiting.push(call);
    this.sendMore();
    return call;
  }

  // The call is rejected at once; its run ends soon after.
  cancel(call, reason) {
    const at = this.waiting.indexOf(call);
    if (at >= 0) this.waiting.splice(at, 1);
    const { process } = this;
    if (process?.calls.has(call.id)) process.child.stdin.write(JSON.stringify({ cancel: call.id }) + "\n");
    call.reject(reason);
  }

  sendMore() {
    while (this.waiting.length > 0 && this.process.calls.size < limits.inFlight) this.process.send(this.waiting.shift());
  }

  // The end of input, once everything is sent.
  async close() {
    const { process } = this;
    if (!process) return;
    this.process = null;
    for (const call of this.waiting.splice(0)) process.send(call);
    process.closing = true;
    process.hold();
    process.child.stdin.end();
    await process.ended;
  }

  received(process, reply) {
    const call = process.calls.get(reply.id);
    if (!call) return;
    if ("stream" in reply) {
      this.output(call, reply);
      return;
    }
    process.calls.delete(reply.id);
    process.hold();
    if (process === this.process) this.sendMore();
    if ("output" in reply) call.resolve(reply.output);
    else call.reject(new CapsuleError(reply.error, reply.error_type, reply.detail));
  }

  output(call, { stream, data }) {
    if (call.isDeaf) return;
    try {
      call.streams[stream]?.(data);
    } catch (error) {
      call.isDeaf = true;
      this.cancel(call, error);
    }
  }

  died(process, error) {
    const lost = [...process.calls.values()];
    process.calls.clear();
    if (process === this.process) {
      this.process = null;
      if (lost.length === 0) lost.push(...this.waiting.splice(0)); // it took nothing: the next one would not either
      if (this.waiting.length > 0) {
        this.process = new Process(this); // these were never sent
        this.sendMore();
      }
    }
    for (const call of lost) call.reject(error);
  }
}

const workers = new Map();

export function workerFor(capsulePath, cwd) {
  const key = `${capsulePath}\0${cwd}`;
  if (!workers.has(key)) workers.set(key, new Worker(capsulePath, cwd));
  return workers.get(key);
}

export async function closeWorkers() {
  const all = [...workers.values()];
  workers.clear();
  await Promise.all(all.map((worker) => worker.close()));
}

// For tests: process ids of the workers that run.
export const workerIds = () => [...workers.values()].flatMap(({ process }) => process?.child.pid ?? []);
