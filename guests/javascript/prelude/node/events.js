// node:events: the package "events", with what node has added since.
import EventEmitter from "events-package";
import { inspect } from "../inspect.js";
import { checkFunction, invalidArgType, nodeError } from "../errors.js";

const errorMonitor = Symbol("events.errorMonitor");
const captureRejectionSymbol = Symbol.for("nodejs.rejection");
const { prototype } = EventEmitter;
const plainEmit = prototype.emit;

const hasListeners = (emitter, type) => {
  const found = emitter._events?.[type];
  return typeof found === "function" || (found?.length ?? 0) > 0;
};

prototype.emit = function emit(type, ...args) {
  if (type !== "error") return Reflect.apply(plainEmit, this, [type, ...args]);
  if (hasListeners(this, errorMonitor)) Reflect.apply(plainEmit, this, [errorMonitor, ...args]);
  if (hasListeners(this, "error")) return Reflect.apply(plainEmit, this, ["error", ...args]);
  const [reason] = args;
  if (reason instanceof Error) throw reason;
  let shown;
  try {
    shown = inspect(reason);
  } catch {
    shown = String(reason);
  }
  const error = nodeError("ERR_UNHANDLED_ERROR", `Unhandled error. (${shown})`);
  error.context = reason;
  throw error;
};

// The package refuses what is no function without node's error code.
for (const name of ["on", "addListener", "prependListener", "once", "prependOnceListener", "off", "removeListener"]) {
  const plain = prototype[name];
  prototype[name] = function (type, listener) {
    checkFunction(listener, "listener");
    return plain.call(this, type, listener);
  };
}

for (const name of Object.keys(prototype))
  if (typeof prototype[name] === "function") Object.defineProperty(prototype[name], "name", { value: name });

function isEventTarget(target) {
  return typeof target?.addEventListener === "function";
}

function listen(target, type, listener, once) {
  if (isEventTarget(target) && typeof target.on !== "function") target.addEventListener(type, listener, { once });
  else if (once) target.once(type, listener);
  else target.on(type, listener);
}

function unlisten(target, type, listener) {
  if (typeof target.removeListener === "function") target.removeListener(type, listener);
  else target.removeEventListener(type, listener);
}

const abortError = (signal) =>
  Object.assign(new Error("The operation was aborted", { cause: signal.reason }), { code: "ABORT_ERR", name: "AbortError" });

function once(emitter, type, options = {}) {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(abortError(signal));
    const clean = () => {
      unlisten(emitter, type, onEvent);
      if (type !== "error" && !isEventTarget(emitter)) unlisten(emitter, "error", onError);
      signal?.removeEventListener("abort", onAbort);
    };
    const onEvent = (...args) => { clean(); resolve(args); };
    const onError = (error) => { clean(); reject(error); };
    const onAbort = () => { clean(); reject(abortError(signal)); };
    listen(emitter, type, onEvent, true);
    if (type !== "error" && !isEventTarget(emitter)) listen(emitter, "error", onError, true);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

function on(emitter, type, options = {}) {
  const { signal, close = [] } = options;
  if (signal?.aborted) throw abortError(signal);
  const values = [];
  const waiters = [];
  let failure = null;
  let finished = false;
  const onEvent = (...args) => {
    if (waiters.length > 0) waiters.shift().resolve({ value: args, done: false });
    else values.push(args);
  };
  const onError = (error) => {
    if (waiters.length > 0) waiters.shift().reject(error);
    else failure = { error };
    finish();
  };
  const onAbort = () => onError(abortError(signal));
  const finish = () => {
    if (finished) return;
    finished = true;
    unlisten(emitter, type, onEvent);
    if (type !== "error") unlisten(emitter, "error", onError);
    for (const name of close) unlisten(emitter, name, finish);
    signal?.removeEventListener("abort", onAbort);
    for (const waiter of waiters.splice(0)) waiter.resolve({ value: undefined, done: true });
  };
  listen(emitter, type, onEvent, false);
  if (type !== "error") listen(emitter, "error", onError, false);
  for (const name of close) listen(emitter, name, finish, false);
  signal?.addEventListener("abort", onAbort, { once: true });
  return {
    next() {
      if (values.length > 0) return Promise.resolve({ value: values.shift(), done: false });
      if (failure) {
        const { error } = failure;
        failure = null;
        return Promise.reject(error);
      }
      if (finished) return Promise.resolve({ value: undefined, done: true });
      return new Promise((resolve, reject) => waiters.push({ resolve, reject }));
    },
    return() {
      finish();
      return Promise.resolve({ value: undefined, done: true });
    },
    throw(error) {
      if (!(error instanceof Error)) throw invalidArgType("EventEmitter.AsyncIterator", "an instance of Error", error);
      onError(error);
      return Promise.resolve({ value: undefined, done: true });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function addAbortListener(signal, listener) {
  checkFunction(listener, "listener");
  if (signal.aborted) queueMicrotask(() => listener());
  else signal.addEventListener("abort", listener, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", listener) };
}

const eventTargetListeners = Symbol.for("capsule.eventTarget.listeners");

Object.assign(EventEmitter, {
  once,
  on,
  errorMonitor,
  captureRejectionSymbol,
  captureRejections: false,
  addAbortListener,
  usingDomains: false,
  getEventListeners: (target, type) =>
    typeof target.listeners === "function" ? target.listeners(type) : (target[eventTargetListeners]?.(type) ?? []),
  getMaxListeners: (target) => target.getMaxListeners?.() ?? EventEmitter.defaultMaxListeners,
  setMaxListeners(count = EventEmitter.defaultMaxListeners, ...targets) {
    if (targets.length === 0) EventEmitter.defaultMaxListeners = count;
    for (const target of targets) target.setMaxListeners?.(count);
  },
  listenerCount: (emitter, type) => emitter.listenerCount(type),
});
EventEmitter.EventEmitter = EventEmitter;

export default EventEmitter;
