// The event loop: ticks, promise jobs, timers, file callbacks, subtasks and immediates, in node's order.
//
//   turn:  due timers -> file callbacks -> finished subtasks (here the loop waits) -> immediates
//   after the program and after every single callback: all ticks, then all promise jobs, until neither is left;
//   then rejections that nobody handled.
import { host } from "./host.js";

const MAX_DELAY = 2 ** 31 - 1;
const MONOTONIC = 1;

export const now = () => host.clockMs(MONOTONIC);

// -- Ticks --

let ticks = [];

export function queueTick(callback, args) {
  ticks.push(callback, args, host.getContext());
}

function runTicks() {
  while (ticks.length > 0) {
    const batch = ticks;
    ticks = [];
    for (let i = 0; i < batch.length; i += 3) {
      try {
        runIn(batch[i + 2], batch[i], undefined, batch[i + 1]);
      } catch (error) {
        ticks = batch.slice(i + 3).concat(ticks);
        throw error;
      }
    }
  }
}

function runIn(context, callback, self, args) {
  const saved = host.getContext();
  host.setContext(context);
  try {
    return Reflect.apply(callback, self, args);
  } finally {
    host.setContext(saved);
  }
}

// -- Failures: the process object may listen to them --

export const failureHooks = {
  // Both answer true when the program has taken care of it.
  uncaught: () => false,
  rejection: () => false,
  handledLater: () => {},
};

const rejected = new Map();
let anyRejected = false; // perhaps: not all of them were looked at
const reported = new WeakSet();

export function onRejection(promise, reason, handled) {
  if (!handled) {
    rejected.set(promise, reason);
    anyRejected = true;
  } else if (!rejected.delete(promise) && reported.has(promise)) failureHooks.handledLater(promise);
}

// An error that ends the task; `origin` tells a rejection from a throw.
export class Uncaught {
  constructor(error, origin) {
    this.error = error;
    this.origin = origin;
  }
}

function fatal(error, origin) {
  if (error instanceof Uncaught) throw error;
  if (!failureHooks.uncaught(error, origin)) throw new Uncaught(error, origin);
}

function checkRejections() {
  let any = false;
  while (rejected.size > 0) {
    const [promise, reason] = rejected.entries().next().value;
    rejected.delete(promise);
    reported.add(promise);
    any = true;
    if (!failureHooks.rejection(reason, promise)) fatal(reason, "unhandledRejection");
  }
  anyRejected = false;
  return any;
}

// Runs ticks and promise jobs until none is left. A module and what it calls run inside a promise job in node, so
// that after them jobs come before ticks.
export function drain(jobsFirst = false) {
  for (;;) {
    try {
      if (jobsFirst) host.runJobs();
      if (!jobsFirst || ticks.length > 0) {
        do {
          runTicks();
          host.runJobs();
        } while (ticks.length > 0);
      }
      jobsFirst = false;
      if (!anyRejected || !checkRejections()) return;
    } catch (error) {
      fatal(error, "uncaughtException");
    }
  }
}

function runCallback(context, callback, self, args) {
  try {
    runIn(context, callback, self, args);
  } catch (error) {
    fatal(error, "uncaughtException");
  }
  drain();
}

// -- Timers: a binary heap by due time, then by age --

const heap = [];
let sequence = 0;
let referenced = 0;

const before = (a, b) => a.due < b.due || (a.due === b.due && a.sequence < b.sequence);

function place(timer, at) {
  heap[at] = timer;
  timer.position = at;
}

function siftUp(at) {
  const timer = heap[at];
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(timer, heap[parent])) break;
    place(heap[parent], at);
    at = parent;
  }
  place(timer, at);
}

function siftDown(at) {
  const timer = heap[at];
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++;
    if (!before(heap[child], timer)) break;
    place(heap[child], at);
    at = child;
  }
  place(timer, at);
}

function insert(timer) {
  timer.due = now() + timer.delay;
  timer.sequence = sequence++;
  if (timer.isReferenced) referenced++;
  heap.push(timer);
  siftUp(heap.length - 1);
}

function remove(timer) {
  const at = timer.position;
  if (at < 0) return;
  timer.position = -1;
  if (timer.isReferenced) referenced--;
  const last = heap.pop();
  if (last === timer) return;
  place(last, at);
  siftUp(at);
  siftDown(last.position);
}

const byId = new Map();
let nextId = 1;

export class Timeout {
  constructor(callback, delay, args, repeats) {
    this.id = nextId++;
    this.callback = callback;
    this.delay = delay >= 1 && delay <= MAX_DELAY ? Math.trunc(delay) : 1;
    this.args = args;
    this.repeats = repeats;
    this.context = host.getContext();
    this.isReferenced = true;
    this.position = -1;
    insert(this);
  }
  ref() {
    if (!this.isReferenced && this.position >= 0) referenced++;
    this.isReferenced = true;
    return this;
  }
  unref() {
    if (this.isReferenced && this.position >= 0) referenced--;
    this.isReferenced = false;
    return this;
  }
  hasRef() {
    return this.isReferenced;
  }
  refresh() {
    if (this.callback) {
      remove(this);
      insert(this);
    }
    return this;
  }
  close() {
    clearTimer(this);
    return this;
  }
  [Symbol.toPrimitive]() {
    byId.set(this.id, this);
    return this.id;
  }
  [Symbol.dispose]() {
    clearTimer(this);
  }
  [Symbol.for("nodejs.util.inspect.custom")](depth, options, inspect) {
    return `Timeout ${inspect({ _idleTimeout: this.delay, _onTimeout: this.callback, _repeat: this.repeats ? this.delay : null }, options)}`;
  }
}
for (const name of ["id", "callback", "delay", "args", "repeats", "context", "isReferenced", "position", "due", "sequence"])
  Object.defineProperty(Timeout.prototype, name, { value: undefined, writable: true, enumerable: false });

export function clearTimer(timer) {
  if (typeof timer === "number" || typeof timer === "string") timer = byId.get(Number(timer));
  if (!(timer instanceof Timeout)) return;
  remove(timer);
  byId.delete(timer.id);
  timer.callback = null;
}

function runTimers(isDone) {
  if (heap.length === 0) return;
  const limit = sequence;
  const time = now();
  while (heap.length > 0 && heap[0].due <= time && heap[0].sequence < limit) {
    const timer = heap[0];
    const callback = timer.callback;
    remove(timer);
    if (timer.repeats) insert(timer);
    else byId.delete(timer.id);
    runCallback(timer.context, callback, timer, timer.args);
    if (isDone()) return;
  }
}

// -- Immediates and file callbacks: queues that are emptied once per turn --

let immediates = [];
let pendingImmediates = 0;
let fileCallbacks = [];

export class Immediate {
  constructor(callback, args) {
    this.callback = callback;
    this.args = args;
    this.context = host.getContext();
    this.isReferenced = true;
    immediates.push(this);
    pendingImmediates++;
  }
  ref() {
    this.isReferenced = true;
    return this;
  }
  unref() {
    this.isReferenced = false;
    return this;
  }
  hasRef() {
    return this.isReferenced;
  }
  [Symbol.dispose]() {
    clearImmediate(this);
  }
}

export function clearImmediate(immediate) {
  if (!(immediate instanceof Immediate) || !immediate.callback) return;
  immediate.callback = null;
  pendingImmediates--;
}

function runImmediates(isDone) {
  const batch = immediates;
  immediates = [];
  for (let i = 0; i < batch.length; i++) {
    const immediate = batch[i];
    if (!immediate.callback) continue;
    const callback = immediate.callback;
    immediate.callback = null;
    pendingImmediates--;
    try {
      runCallback(immediate.context, callback, immediate, immediate.args);
    } finally {
      if (isDone()) immediates = batch.slice(i + 1).concat(immediates);
    }
    if (isDone()) return;
  }
}

// Something already happened; tell it in a later turn, as a real file system would.
export function queueCallback(callback, ...args) {
  fileCallbacks.push({ callback, args, context: host.getContext() });
}

function runFileCallbacks(isDone) {
  const batch = fileCallbacks;
  fileCallbacks = [];
  for (let i = 0; i < batch.length; i++) {
    runCallback(batch[i].context, batch[i].callback, undefined, batch[i].args);
    if (isDone()) {
      fileCallbacks = batch.slice(i + 1).concat(fileCallbacks);
      return;
    }
  }
}

// -- Subtasks --

const waiting = new Map(); // handle -> {settle, context}
const any = new Uint32Array(1); // no handles: any subtask

// `settle` is called with the envelope's text in a later turn.
export function awaitTask(handle, settle) {
  waiting.set(handle, { settle, context: host.getContext() });
}

function pollTasks(timeout, isDone) {
  while (waiting.size > 0) {
    const handle = host.taskWait(any, 0, timeout);
    if (handle < 0) return;
    if (!waiting.has(handle)) continue;
    const { settle, context } = waiting.get(handle);
    waiting.delete(handle);
    runCallback(context, settle, undefined, [host.taskRead(handle)]);
    if (isDone()) return;
    timeout = 0;
  }
}

// Waits until something can go on; false when nothing ever will.
function wait(isDone) {
  const busy = pendingImmediates > 0 || fileCallbacks.length > 0;
  const left = heap.length > 0 ? Math.max(0, heap[0].due - now()) : -1;
  if (waiting.size > 0) {
    pollTasks(busy ? 0 : left, isDone);
    return true;
  }
  if (busy) return true;
  if (referenced === 0) return false;
  host.sleep(left);
  return true;
}

// Runs the loop until isDone() or until nothing is left to do.
export function runLoop(isDone) {
  drain(true);
  while (!isDone()) {
    runTimers(isDone);
    if (isDone()) return;
    if (fileCallbacks.length > 0) runFileCallbacks(isDone);
    if (isDone()) return;
    if (!wait(isDone)) return;
    if (isDone()) return;
    if (immediates.length > 0) runImmediates(isDone);
  }
}
