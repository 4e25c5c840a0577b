// Events of Node and of the web.
import { EventEmitter } from "events";

export const order = () => {
  const seen: unknown[] = [];
  const emitter = new EventEmitter();
  emitter.on("x", (n) => seen.push(["on", n]));
  emitter.prependListener("x", (n) => seen.push(["first", n]));
  emitter.once("x", (n) => seen.push(["once", n]));
  emitter.emit("x", 1);
  emitter.emit("x", 2);
  return seen;
};
export const removed = () => {
  const seen: number[] = [];
  const emitter = new EventEmitter();
  const listener = () => seen.push(1);
  emitter.on("x", listener).on("x", listener);
  emitter.off("x", listener);
  return [emitter.emit("x"), seen, emitter.listenerCount("x"), emitter.emit("y"), emitter.eventNames()];
};
export const error_without_listener = () => new EventEmitter().emit("error", new Error("nobody listens"));
export const error_in_listener = () => new EventEmitter().on("x", () => {
  throw new TypeError("in the listener");
}).emit("x");
export const subclass = () => {
  class Job extends EventEmitter {
    run() {
      this.emit("done", "result");
      return this;
    }
  }
  let found = "";
  const job = new Job();
  job.on("done", (value) => (found = value));
  job.run();
  return found;
};
export const this_of_listener = () => {
  const emitter = new EventEmitter();
  let same = false;
  emitter.on("x", function (this: unknown) {
    same = this === emitter;
  });
  emitter.emit("x");
  return same;
};
export const event_target = () => {
  const seen: string[] = [];
  const target = new EventTarget();
  target.addEventListener("x", (event) => seen.push(event.type), { once: true });
  target.dispatchEvent(new Event("x"));
  target.dispatchEvent(new Event("x"));
  return seen;
};
export const abort_signal = () => {
  const controller = new AbortController();
  const seen: string[] = [];
  controller.signal.addEventListener("abort", () => seen.push("aborted"));
  controller.abort(new Error("reason"));
  return [seen, controller.signal.aborted, controller.signal.reason.message];
};
export const abort_throws = () => {
  const controller = new AbortController();
  controller.abort(new Error("stopped"));
  controller.signal.throwIfAborted();
};
