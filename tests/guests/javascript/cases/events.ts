// node:events, EventTarget, AbortController; the expectation was written by node 20.
import EventEmitter, { once, on, errorMonitor, getEventListeners } from "node:events";
import util from "node:util";

const attempt = (f: () => unknown) => {
  try {
    return f();
  } catch (error: any) {
    return `${error.name} ${error.code}: ${error.message}`;
  }
};

export async function main() {
  const show = (...values: unknown[]) => console.log(...values);
  const e = new EventEmitter();
  const order: string[] = [];
  e.on("a", (x) => order.push(`on ${x}`));
  e.prependListener("a", () => order.push("first"));
  e.once("a", () => order.push("once"));
  show(e.emit("a", 1), e.emit("a", 2), e.emit("none"), order);
  show(e.listenerCount("a"), e.eventNames(), e.getMaxListeners(), EventEmitter.defaultMaxListeners, e.rawListeners("a").length);
  const f = () => {};
  e.addListener("b", f).off("b", f).removeAllListeners("a");
  show(e.eventNames(), getEventListeners(e, "b"));
  show(attempt(() => e.emit("error", new RangeError("inner"))), attempt(() => e.emit("error", { a: 1 })), attempt(() => e.on("x", 5 as any)));
  e.on(errorMonitor, (error) => show("monitor", error.message));
  e.on("error", (error) => show("handled", error.message));
  e.emit("error", new Error("watched"));
  setTimeout(() => e.emit("later", 1, 2), 1);
  show(await once(e, "later"));
  setTimeout(() => e.emit("error", new Error("rejected")), 1);
  show(await once(e, "never").catch((error) => error.message));
  const seen: unknown[] = [];
  setTimeout(() => { e.emit("tick", 1); e.emit("tick", 2); e.emit("tick", 3); }, 1);
  for await (const [value] of on(e, "tick")) {
    seen.push(value);
    if (value === 3) break;
  }
  show(seen, e.listenerCount("tick"));
  function Old(this: any) { (EventEmitter as any).call(this); }
  util.inherits(Old, EventEmitter);
  const old = new (Old as any)();
  old.on("x", function (this: any, v: number) { show("old", v, this === old); });
  old.emit("x", 7);
  class Mine extends EventEmitter {}
  show(new Mine() instanceof EventEmitter, EventEmitter.EventEmitter === EventEmitter, e.on("newListener", () => {}) === e);

  const t = new EventTarget();
  const handler = { handleEvent(event: Event) { show("object", event.type, event.target === t); } };
  t.addEventListener("go", handler);
  t.addEventListener("go", (event) => { show("fn", event.cancelable); event.preventDefault(); event.stopImmediatePropagation(); }, { once: true });
  t.addEventListener("go", () => show("last"));
  show(t.dispatchEvent(new Event("go", { cancelable: true })), t.dispatchEvent(new Event("go")));
  t.removeEventListener("go", handler);
  t.dispatchEvent(new CustomEvent("go", { detail: { x: 1 } }));
  show(new CustomEvent("c", { detail: 5 }).detail, attempt(() => (t as any).dispatchEvent("x")), new Event("x") instanceof Event);

  const c = new AbortController();
  c.signal.addEventListener("abort", () => show("aborted", c.signal.reason));
  c.signal.onabort = () => show("onabort");
  c.abort("because");
  c.abort("again");
  show(c.signal.aborted, c.signal.reason, attempt(() => AbortSignal.abort().throwIfAborted()));
  const timeout = AbortSignal.timeout(1);
  await new Promise((resolve) => setTimeout(resolve, 5));
  show(timeout.aborted, timeout.reason.name, timeout.reason instanceof DOMException);
  const any = AbortSignal.any([new AbortController().signal, AbortSignal.abort(9)]);
  show(any.aborted, any.reason, new DOMException("m", "AbortError").code, DOMException.ABORT_ERR, new DOMException("m").name);
  const late = new AbortController();
  const joined = AbortSignal.any([late.signal]);
  late.abort(3);
  show(joined.aborted, joined.reason, Object.prototype.toString.call(joined));
}
