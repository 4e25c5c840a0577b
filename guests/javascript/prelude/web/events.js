// Event, CustomEvent, EventTarget, AbortController and AbortSignal.
import { DOMException } from "./dom-exception.js";
import { queueTick, Timeout } from "../loop.js";
import { host } from "../host.js";
import { invalidArgType, nodeError, nodeTypeError } from "../errors.js";

const customInspect = Symbol.for("nodejs.util.inspect.custom");
const REALTIME_MONOTONIC = 1;

let mutate;

export class Event {
  #type;
  #bubbles;
  #cancelable;
  #composed;
  #timeStamp = null;
  #state = { target: null, current: null, phase: 0, prevented: false, stopped: false, stoppedNow: false, passive: false, busy: false };

  static {
    mutate = (event) => event.#state;
  }

  constructor(type, options = undefined) {
    if (arguments.length === 0) throw nodeTypeError("ERR_MISSING_ARGS", 'The "type" argument must be specified');
    if (options !== undefined && options !== null && typeof options !== "object")
      throw invalidArgType("options", "of type object", options);
    this.#type = String(type);
    this.#bubbles = Boolean(options?.bubbles);
    this.#cancelable = Boolean(options?.cancelable);
    this.#composed = Boolean(options?.composed);
  }
  get type() { return this.#type; }
  get target() { return this.#state.target; }
  get srcElement() { return this.#state.target; }
  get currentTarget() { return this.#state.current; }
  get eventPhase() { return this.#state.phase; }
  get bubbles() { return this.#bubbles; }
  get cancelable() { return this.#cancelable; }
  get composed() { return this.#composed; }
  get defaultPrevented() { return this.#cancelable && this.#state.prevented; }
  get returnValue() { return !this.defaultPrevented; }
  get cancelBubble() { return this.#state.stopped; }
  set cancelBubble(value) { if (value) this.#state.stopped = true; }
  get isTrusted() { return false; }
  get timeStamp() { return (this.#timeStamp ??= host.clockMs(REALTIME_MONOTONIC)); }
  composedPath() { return this.#state.phase ? [this.#state.current] : []; }
  preventDefault() { if (!this.#state.passive) this.#state.prevented = true; }
  stopPropagation() { this.#state.stopped = true; }
  stopImmediatePropagation() { this.#state.stopped = this.#state.stoppedNow = true; }
  get [Symbol.toStringTag]() { return "Event"; }
  [customInspect](depth, options, inspect) {
    const { type, defaultPrevented, cancelable } = this;
    return `${this.constructor.name} ${inspect({ type, defaultPrevented, cancelable }, options)}`;
  }
}
for (const [name, value] of [["NONE", 0], ["CAPTURING_PHASE", 1], ["AT_TARGET", 2], ["BUBBLING_PHASE", 3]])
  for (const target of [Event, Event.prototype]) Object.defineProperty(target, name, { value, enumerable: true });

export class CustomEvent extends Event {
  #detail;
  constructor(type, options = undefined) {
    super(...(arguments.length === 0 ? [] : [type, options]));
    this.#detail = options?.detail ?? null;
  }
  get detail() { return this.#detail; }
  get [Symbol.toStringTag]() { return "CustomEvent"; }
}

const listenersOf = Symbol.for("capsule.eventTarget.listeners");

export class EventTarget {
  #listeners = new Map();

  addEventListener(type, listener, options = {}) {
    if (arguments.length < 2)
      throw nodeTypeError("ERR_MISSING_ARGS", 'The "type" and "listener" arguments must be specified');
    if (listener === null || listener === undefined) return;
    if (typeof listener !== "function" && typeof listener !== "object")
      throw invalidArgType("listener", "an instance of EventListener", listener);
    const { capture = false, once = false, passive = false, signal } =
      typeof options === "boolean" ? { capture: options } : (options ?? {});
    if (signal?.aborted) return;
    const name = String(type);
    const list = this.#listeners.get(name) ?? [];
    if (list.some((entry) => entry.listener === listener && entry.capture === Boolean(capture))) return;
    const entry = { listener, capture: Boolean(capture), once: Boolean(once), passive: Boolean(passive), removed: false };
    this.#listeners.set(name, [...list, entry]);
    signal?.addEventListener("abort", () => this.removeEventListener(name, listener, { capture }), { once: true });
  }
  removeEventListener(type, listener, options = {}) {
    if (arguments.length < 2)
      throw nodeTypeError("ERR_MISSING_ARGS", 'The "type" and "listener" arguments must be specified');
    const capture = Boolean(typeof options === "boolean" ? options : options?.capture);
    this.#remove(String(type), (entry) => entry.listener === listener && entry.capture === capture);
  }
  #remove(name, matches) {
    const list = this.#listeners.get(name);
    if (!list) return;
    for (const entry of list) if (matches(entry)) entry.removed = true;
    const rest = list.filter((entry) => !entry.removed);
    if (rest.length > 0) this.#listeners.set(name, rest);
    else this.#listeners.delete(name);
  }
  dispatchEvent(event) {
    if (!(event instanceof Event)) throw invalidArgType("event", "an instance of Event", event);
    const state = mutate(event);
    if (state.busy) throw nodeError("ERR_EVENT_RECURSION", `The event "${event.type}" is already being dispatched`);
    Object.assign(state, { busy: true, target: this, current: this, phase: Event.AT_TARGET });
    for (const entry of this.#listeners.get(event.type) ?? []) {
      if (state.stoppedNow) break;
      if (entry.removed) continue;
      if (entry.once) this.#remove(event.type, (other) => other === entry);
      state.passive = entry.passive;
      this.#invoke(entry.listener, event);
    }
    Object.assign(state, { busy: false, current: null, phase: Event.NONE, passive: false, stopped: false, stoppedNow: false });
    return !event.defaultPrevented;
  }
  #invoke(listener, event) {
    try {
      const result = typeof listener === "function" ? listener.call(this, event) : listener.handleEvent?.(event);
      if (typeof result?.then === "function") result.then(undefined, raiseLater);
    } catch (error) {
      raiseLater(error);
    }
  }
  [listenersOf](type) {
    return (this.#listeners.get(String(type)) ?? []).map((entry) => entry.listener);
  }
  get [Symbol.toStringTag]() { return "EventTarget"; }
  [customInspect](depth, options, inspect) {
    return depth < 0 ? `[${this.constructor.name}]` : `${this.constructor.name} ${inspect({}, options)}`;
  }
}
for (const name of ["addEventListener", "removeEventListener", "dispatchEvent"])
  Object.defineProperty(EventTarget.prototype, name, { enumerable: true });

// A listener's error does not stop the others; it is uncaught.
function raiseLater(error) {
  queueTick(() => {
    throw error;
  }, []);
}

// An `onname` attribute.
export function defineHandler(prototype, name) {
  const handlers = new WeakMap();
  Object.defineProperty(prototype, `on${name}`, {
    enumerable: true,
    configurable: true,
    get() {
      return handlers.get(this)?.fn ?? null;
    },
    set(fn) {
      let entry = handlers.get(this);
      if (!entry) {
        entry = { fn: null };
        handlers.set(this, entry);
        this.addEventListener(name, (event) => entry.fn?.call(this, event));
      }
      entry.fn = typeof fn === "function" ? fn : null;
    },
  });
}

let abort;
let creating = false;

function newSignal() {
  creating = true;
  try {
    return new AbortSignal();
  } finally {
    creating = false;
  }
}

const abortReason = () => new DOMException("This operation was aborted", "AbortError");

export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason = undefined;
  #dependants = new Set();

  static {
    abort = (signal, reason) => {
      if (signal.#aborted) return;
      signal.#aborted = true;
      signal.#reason = reason === undefined ? abortReason() : reason;
      signal.dispatchEvent(new Event("abort"));
      for (const other of signal.#dependants) abort(other, signal.#reason);
    };
  }

  constructor() {
    if (!creating) throw nodeTypeError("ERR_ILLEGAL_CONSTRUCTOR", "Illegal constructor");
    super();
  }
  get aborted() { return this.#aborted; }
  get reason() { return this.#reason; }
  throwIfAborted() {
    if (this.#aborted) throw this.#reason;
  }
  static abort(reason = undefined) {
    const signal = newSignal();
    signal.#aborted = true;
    signal.#reason = reason === undefined ? abortReason() : reason;
    return signal;
  }
  static timeout(delay) {
    const signal = newSignal();
    // node lets this timer not keep the program alive; a task that waits for nothing else would then never settle.
    const reason = () => new DOMException("The operation was aborted due to timeout", "TimeoutError");
    new Timeout(() => abort(signal, reason()), Number(delay), [], false);
    return signal;
  }
  static any(signals) {
    const result = newSignal();
    const list = [...signals];
    const done = list.find((signal) => signal.aborted);
    if (done) {
      result.#aborted = true;
      result.#reason = done.reason;
      return result;
    }
    for (const signal of list) signal.#dependants.add(result);
    return result;
  }
  get [Symbol.toStringTag]() { return "AbortSignal"; }
  [customInspect](depth, options, inspect) {
    return depth < 0 ? "[AbortSignal]" : `AbortSignal ${inspect({ aborted: this.aborted }, options)}`;
  }
}
defineHandler(AbortSignal.prototype, "abort");

export class AbortController {
  #signal = newSignal();
  get signal() { return this.#signal; }
  abort(reason = undefined) {
    abort(this.#signal, reason);
  }
  get [Symbol.toStringTag]() { return "AbortController"; }
  [customInspect](depth, options, inspect) {
    return depth < 0 ? "[AbortController]" : `AbortController ${inspect({ signal: this.signal }, options)}`;
  }
}
for (const name of ["signal", "abort"]) Object.defineProperty(AbortController.prototype, name, { enumerable: true });
for (const name of ["aborted", "reason", "throwIfAborted"])
  Object.defineProperty(AbortSignal.prototype, name, { enumerable: true });
