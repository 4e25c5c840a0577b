// Everything a program finds on the global object beyond the language itself.
import { Buffer } from "../node/buffer.js";
import process from "../node/process.js";
import timers from "../node/timers.js";
import { console } from "../console.js";
import { hostOf, networkDenied, notAvailable } from "../errors.js";
import { markNetwork } from "../refusals.js";
import { Atomics } from "./atomics.js";
import { atob, btoa, DOMException } from "./dom-exception.js";
import { Blob, File } from "./blob.js";
import { structuredClone } from "./clone.js";
import { crypto, CryptoKey } from "./crypto.js";
import { AbortController, AbortSignal, CustomEvent, Event, EventTarget } from "./events.js";
import { Performance, PerformanceEntry, PerformanceMark, PerformanceMeasure, performance } from "./performance.js";
import { TextDecoder, TextEncoder } from "./text.js";
import { URL, URLSearchParams } from "./url.js";
import { installLocale } from "./locale.js";

const NO_NETWORK = "network access does not exist in this version (network_denied)";

function fetch(input) {
  const url = typeof input === "string" ? input : (input?.url ?? String(input));
  const host = hostOf([url]);
  const error = new TypeError("fetch failed", { cause: networkDenied(`fetch of ${url}`, host) });
  return Promise.reject(
    Object.assign(markNetwork(error, host), {
      code: "network_denied",
      message: `fetch failed: ${url} was not asked for: ${NO_NETWORK}`,
    }),
  );
}

// Classes that exist elsewhere: naming one is free, using it says what is missing.
const MISSING = { WebSocket: NO_NETWORK, EventSource: NO_NETWORK, XMLHttpRequest: NO_NETWORK, Worker: "a sandbox has one thread" };

function define(name, value, enumerable = false) {
  // The bundler renames what collides with a name of the language's own.
  if (typeof value === "function" && value.name !== name) Object.defineProperty(value, "name", { value: name, configurable: true });
  Object.defineProperty(globalThis, name, { value, writable: true, enumerable, configurable: true });
}

export function installGlobals() {
  const values = {
    AbortController, AbortSignal, Blob, Buffer, CryptoKey, CustomEvent, DOMException, Event, EventTarget, File,
    Performance, PerformanceEntry, PerformanceMark, PerformanceMeasure, TextDecoder, TextEncoder, URL, URLSearchParams,
    Atomics, console, process, global: globalThis,
  };
  for (const [name, value] of Object.entries(values)) define(name, value);
  const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate } = timers;
  const visible = {
    setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate, structuredClone, atob, btoa,
    performance, fetch, crypto,
  };
  for (const [name, value] of Object.entries(visible)) define(name, value, true);
  define("queueMicrotask", globalThis.queueMicrotask, true);
  define("navigator", { hardwareConcurrency: 1, language: "en-US", languages: ["en-US"], platform: "linux", userAgent: "Capsule" });
  for (const [name, reason] of Object.entries(MISSING))
    define(name, class {
      constructor(...args) {
        throw reason === NO_NETWORK ? networkDenied(name, hostOf(args)) : notAvailable(name, reason);
      }
    });
  Object.defineProperty(globalThis, Symbol.toStringTag, { value: "global", configurable: true });
  installLocale();
}
