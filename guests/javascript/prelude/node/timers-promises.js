// node:timers/promises.
import { clearImmediate, clearTimer, Immediate, Timeout } from "../loop.js";

function abortError(signal) {
  const error = new Error("The operation was aborted", { cause: signal.reason });
  return Object.assign(error, { code: "ABORT_ERR", name: "AbortError" });
}

// One shot: `arm` starts it and answers how to stop it.
function oneShot(value, { signal, ref = true } = {}, arm) {
  if (signal?.aborted) return Promise.reject(abortError(signal));
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      stop();
      reject(abortError(signal));
    };
    const { handle, stop } = arm(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve(value);
    });
    if (!ref) handle.unref();
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

const setTimeout = (delay, value, options) =>
  oneShot(value, options, (done) => {
    const handle = new Timeout(done, Number(delay), [], false);
    return { handle, stop: () => clearTimer(handle) };
  });

const setImmediate = (value, options) =>
  oneShot(value, options, (done) => {
    const handle = new Immediate(done, []);
    return { handle, stop: () => clearImmediate(handle) };
  });

async function* setInterval(delay, value, { signal, ref = true } = {}) {
  if (signal?.aborted) throw abortError(signal);
  let due = 0;
  let wake = null;
  const handle = new Timeout(() => {
    due++;
    wake?.();
  }, Number(delay), [], true);
  if (!ref) handle.unref();
  signal?.addEventListener("abort", () => wake?.(), { once: true });
  try {
    for (;;) {
      if (due === 0) await new Promise((resolve) => { wake = resolve; });
      if (signal?.aborted) throw abortError(signal);
      for (; due > 0; due--) yield value;
    }
  } finally {
    clearTimer(handle);
  }
}

export default {
  setTimeout,
  setImmediate,
  setInterval,
  scheduler: {
    wait: (delay, options) => setTimeout(delay, undefined, options),
    yield: () => setImmediate(),
  },
};
