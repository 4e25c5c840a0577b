// node:async_hooks: AsyncLocalStorage and AsyncResource. A context is an immutable map from storage to store; the
// engine carries it along promise reactions, the event loop along its callbacks.
import { host } from "../host.js";
import { notAvailable } from "../errors.js";

function runIn(context, fn, self, args) {
  const saved = host.getContext();
  host.setContext(context);
  try {
    return Reflect.apply(fn, self, args);
  } finally {
    host.setContext(saved);
  }
}

const extended = (storage, store) => new Map(host.getContext()).set(storage, store);

export class AsyncLocalStorage {
  static bind(fn) {
    const context = host.getContext();
    return function (...args) {
      return runIn(context, fn, this, args);
    };
  }
  static snapshot() {
    const context = host.getContext();
    return (fn, ...args) => runIn(context, fn, undefined, args);
  }
  getStore() {
    return host.getContext()?.get(this);
  }
  run(store, fn, ...args) {
    return runIn(extended(this, store), fn, undefined, args);
  }
  exit(fn, ...args) {
    return runIn(extended(this, undefined), fn, undefined, args);
  }
  enterWith(store) {
    host.setContext(extended(this, store));
  }
  disable() {
    host.setContext(extended(this, undefined));
  }
}

let nextId = 2;

export class AsyncResource {
  #context = host.getContext();
  #id = nextId++;
  constructor(type) {
    if (typeof type !== "string") throw new TypeError('The "type" argument must be of type string');
  }
  runInAsyncScope(fn, self, ...args) {
    return runIn(this.#context, fn, self, args);
  }
  bind(fn) {
    const context = this.#context;
    return function (...args) {
      return runIn(context, fn, this, args);
    };
  }
  static bind(fn, type = fn.name || "bound-anonymous-fn") {
    return new AsyncResource(type).bind(fn);
  }
  emitDestroy() {
    return this;
  }
  asyncId() {
    return this.#id;
  }
  triggerAsyncId() {
    return 1;
  }
}

export default {
  AsyncLocalStorage,
  AsyncResource,
  createHook() {
    throw notAvailable("async_hooks.createHook", "AsyncLocalStorage is");
  },
  executionAsyncId: () => 1,
  triggerAsyncId: () => 0,
  executionAsyncResource: () => ({}),
  asyncWrapProviders: Object.freeze({ __proto__: null }),
};
