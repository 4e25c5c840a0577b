// Subtasks: started by name or brought as source text, waited for, ended, and read.
import { firstFailure } from "./mapping.js";
import { host } from "../prelude/host.js";
import { awaitTask } from "../prelude/loop.js";

const EMFILE = 33; // as WASI numbers it

function argumentText(name, request) {
  try {
    return JSON.stringify(request);
  } catch (error) {
    throw new TypeError(`The arguments of task "${name}" cannot be written as JSON: ${error.message}`);
  }
}

function checked(name, handle) {
  if (handle === -EMFILE) throw new Error(`Task "${name}" could not be started: too many subtasks are open at once`);
  if (handle < 0) throw new Error(`Task "${name}" could not be started (WASI error ${-handle})`);
  return handle;
}

const start = (name, args) => checked(name, host.taskStart(name, argumentText(name, { args, kwargs: {} })));

const parse = (name, text) => {
  if (typeof text !== "string") throw new Error(`The outcome of task "${name}" could not be read (WASI error ${-text})`);
  return JSON.parse(text);
};

// A promise of the envelope of an open subtask.
function envelopeOf(name, handle) {
  return new Promise((resolve, reject) => {
    awaitTask(handle, (text) => {
      try {
        resolve(parse(name, text));
      } catch (error) {
        reject(error);
      }
    });
  });
}

export function runNow(name, args) {
  const handle = start(name, args);
  host.taskWait(Uint32Array.of(handle), 1, -1);
  return parse(name, host.taskRead(handle));
}

export const runAsync = async (name, args) => envelopeOf(name, start(name, args));

// Starts a program that the task has the text of; `request` as in capsule_program_start of the guests' ABI.
export const bring = async (request) =>
  envelopeOf(request.name, checked(request.name, host.programStart(argumentText(request.name, request))));

const neverStarted = (name) => ({
  success: false,
  result: null,
  error: { error_type: "cancelled", message: "not started: another subtask failed", traceback: null },
  execution: { task_name: name, duration_ms: 0, retries: 0, fuel_consumed: 0, ram_used: 0, host_requests: [] },
});

// Calls of one task, at most `window` open at once. `cancels`: the first failure ends the others.
class Batch {
  constructor(name, calls, { window, cancels, values }) {
    this.name = name;
    this.calls = calls[Symbol.iterator]();
    this.window = window;
    this.cancels = cancels;
    this.values = values;
    this.open = new Map(); // handle -> position
    this.found = []; // envelopes, or with `values` the bare values of those that succeeded
    this.failures = []; // positions
  }
  // Starts as many as may be open; `opened` is called with each handle.
  advance(opened) {
    while (this.open.size < this.window && !(this.failures.length > 0 && this.cancels)) {
      const next = this.calls.next();
      if (next.done) break;
      const handle = start(this.name, next.value);
      this.open.set(handle, this.found.push(null) - 1);
      opened?.(handle);
    }
    return this.open.size > 0;
  }
  settle(handle, text) {
    const position = this.open.get(handle);
    this.open.delete(handle);
    const envelope = parse(this.name, text);
    this.found[position] = envelope.success && this.values ? envelope.result : envelope;
    if (envelope.success) return;
    this.failures.push(position);
    if (this.cancels) this.cancel();
  }
  cancel() {
    for (const handle of this.open.keys()) host.taskCancel(handle);
  }
  // What was found, in order; what was never started because another one failed says so. With `values` a failure is
  // thrown instead: the first that is not another one's consequence.
  finish() {
    if (this.failures.length > 0 && this.values) throw firstFailure(this.failures.sort((a, b) => a - b).map((at) => this.found[at]));
    for (let next = this.calls.next(); !next.done; next = this.calls.next()) this.found.push(neverStarted(this.name));
    return this.found;
  }
}

export function runMany(name, calls, options) {
  const batch = new Batch(name, calls, options);
  try {
    while (batch.advance()) {
      const handles = Uint32Array.from(batch.open.keys());
      const handle = handles[host.taskWait(handles, handles.length, -1)];
      batch.settle(handle, host.taskRead(handle));
    }
    return batch.finish();
  } catch (error) {
    batch.cancel();
    throw error;
  }
}

export function runManyAsync(name, calls, options) {
  const batch = new Batch(name, calls, options);
  return new Promise((resolve, reject) => {
    const go = (step) => {
      try {
        step?.();
        if (!batch.advance((handle) => awaitTask(handle, (text) => go(() => batch.settle(handle, text))))) resolve(batch.finish());
      } catch (error) {
        batch.cancel();
        reject(error);
      }
    };
    go();
  });
}
