// node:worker_threads: this is the main thread, and there is no other.
import { notAvailable } from "../errors.js";

const missing = (name) => class {
  constructor() {
    throw notAvailable(`worker_threads.${name}`, "a sandbox has one thread; declare tasks to work side by side");
  }
};

const data = new Map();

export default {
  isMainThread: true,
  parentPort: null,
  workerData: null,
  threadId: 0,
  resourceLimits: {},
  SHARE_ENV: Symbol.for("nodejs.worker_threads.SHARE_ENV"),
  Worker: missing("Worker"),
  MessageChannel: missing("MessageChannel"),
  MessagePort: missing("MessagePort"),
  BroadcastChannel: missing("BroadcastChannel"),
  markAsUntransferable() {},
  receiveMessageOnPort: () => undefined,
  moveMessagePortToContext() {
    throw notAvailable("worker_threads.moveMessagePortToContext");
  },
  getEnvironmentData: (key) => data.get(key),
  setEnvironmentData: (key, value) => data.set(key, value),
};
