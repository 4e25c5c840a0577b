// The language and modules of Node, one piece for each argument; every answer is the same everywhere.
import { Buffer } from "buffer";
import { EventEmitter } from "events";
import path from "path";
import util from "util";
import { os, process } from "@capsule-run/sdk";

class Counter {
  #count = 0;
  static made = 0;
  constructor() {
    Counter.made++;
  }
  next() {
    return ++this.#count;
  }
}

function* numbers() {
  yield 1;
  yield* [2, 3];
}

const KINDS = {
  "array": () => [[3, 1, 2].toSorted(), [1, [2, [3]]].flat(Infinity), [1, 2, 3].at(-1), [1, 2, 3, 4].findLast((n) => n < 3)],
  "sort": () => [[10, 9, 1].sort(), ["b", "A", "a"].sort(), [3, 1, 2].sort((a, b) => b - a)],
  "string": () => ["abc".padStart(5, "*"), " x ".trim(), "a-b-c".split("-"), "aXbX".replaceAll("X", "y"), "abc".at(-1), "ß".toUpperCase()],
  "template": () => String.raw`a\n${1 + 1}`,
  "regexp": () => [[..."a1b22".matchAll(/(?<n>\d+)/g)].map((m) => m.groups.n), "2020-01-02".replace(/(\d+)-(\d+)/, "$2/$1"), /^.$/u.test("😀")],
  "regexp-unicode": () => new RegExp("^\\p{Lu}", "u").test("Ü"),
  "number": () => [(0.1).toFixed(20), (255).toString(16), Number("0x1f"), parseFloat("1.5e3x"), (1234.5678).toFixed(2), (1e21).toString()],
  "math": () => [Math.hypot(3, 4), Math.sign(-2), Math.trunc(-1.9), Math.clz32(1), Math.fround(5.5), Math.cbrt(27), Math.imul(3, 4)],
  "transcendental": () => [Math.sin(1), Math.exp(1), Math.log(10), Math.tanh(0.5), Math.pow(2, 0.5), Math.atan2(1, 2)],
  "bigint": () => [String(2n ** 100n), String(-7n / 2n), String(BigInt.asUintN(8, 257n))],
  "date": () => [new Date(0).toISOString(), new Date("2024-02-29T12:00:00Z").getTime(), new Date(2020, 0, 1).getTime(), Date.UTC(2020, 1, 30)],
  "json": () => [JSON.stringify({ b: [1.5, undefined], a: new Date(0) }), JSON.stringify({ a: 1 }, null, 2), JSON.parse("[1e3, -0]", (k, v) => v)],
  "map-set": () => [[...new Map([["a", 1]])], [...new Set([1, 1, 2])], new Map([[NaN, 1]]).get(NaN)],
  "generator": () => [...numbers()],
  "class": () => {
    const counter = new Counter();
    counter.next();
    return [counter.next(), Counter.made];
  },
  "destructuring": () => {
    const { a, ...rest } = { a: 1, b: 2, c: 3 };
    const [x, , y = 5] = [1, 2];
    return [a, rest, x, y];
  },
  "optional": () => [null?.x ?? "default", undefined?.[0] ?? 1, [1]?.[0]],
  "spread": () => [Math.max(...[1, 3, 2]), { ...{ a: 1 }, b: 2 }],
  "symbol": () => [Symbol("x").toString(), Symbol.for("k") === Symbol.for("k")],
  "proxy": () => new Proxy({}, { get: (_, key) => `got ${String(key)}` }).anything,
  "typed-array": () => [[...new Uint8ClampedArray([300, -5])], [...new Float32Array([0.1])], new DataView(new ArrayBuffer(8)).getFloat64(0)],
  "label": () => {
    outer: for (let i = 0; ; i++) for (let j = 0; j < 3; j++) if (i * j === 4) break outer;
    return "left";
  },
  "closure": () => [1, 2, 3].map((n) => () => n * 2).map((f) => f()),
  "async-order": async () => {
    const seen = [];
    const steps = [Promise.resolve().then(() => seen.push("micro")), (async () => seen.push("sync"))()];
    seen.push("end");
    await Promise.all(steps);
    return seen;
  },
  "all-settled": async () => (await Promise.allSettled([Promise.resolve(1), Promise.reject(new Error("no"))])).map((one) => one.status),
  "async-iterator": async () => {
    const seen = [];
    for await (const n of (async function* () { yield 1; yield 2; })()) seen.push(n);
    return seen;
  },
  "timeout": () => new Promise((resolve) => setTimeout(() => resolve("waited"), 5)),
  "timers-order": () => new Promise((resolve) => {
    const seen = [];
    setTimeout(() => { seen.push(20); resolve(seen); }, 20);
    setTimeout(() => seen.push(1), 1);
  }),
  "queue-microtask": () => new Promise((resolve) => queueMicrotask(() => resolve("micro"))),
  "structured-clone": () => structuredClone({ a: [1, { b: 2 }] }),
  "text-encoder": () => [[...new TextEncoder().encode("ü")], new TextDecoder().decode(new Uint8Array([226, 130, 172]))],
  "url": () => {
    const url = new URL("../x?a=1&b=2#f", "https://user:p@example.com:8080/d/e");
    return [url.href, url.searchParams.get("b"), url.port];
  },
  "search-params": () => new URLSearchParams({ a: "1 2", b: "ü" }).toString(),
  "atob": () => [btoa("hello"), atob("aGk=")],
  "uri": () => [encodeURIComponent("a b/ü"), decodeURI("%20")],
  "abort": () => {
    const controller = new AbortController();
    controller.abort();
    return controller.signal.aborted;
  },
  "path": () => [path.join("/a", "../b", "c"), path.relative("/a/b", "/a/c"), path.parse("/x/y.tar.gz").name],
  "events": () => {
    const seen = [];
    const emitter = new EventEmitter();
    emitter.once("x", (n) => seen.push(n));
    emitter.emit("x", 1);
    emitter.emit("x", 2);
    return seen;
  },
  "buffer": () => [Buffer.from("hello").toString("base64"), Buffer.from("ff00", "hex").length, Buffer.concat([Buffer.from("a"), Buffer.from("b")]).toString()],
  "util": () => [util.format("%s %d", "a", 1), util.inspect({ a: 1 }), typeof util.promisify],
  "process": () => [process.platform, process.arch, process.cwd(), typeof process.nextTick, typeof process.hrtime, typeof process.memoryUsage],
  "next-tick": () => new Promise((resolve) => process.nextTick(() => resolve("ticked"))),
  "hrtime": () => process.hrtime().map((part) => typeof part),
  "os": () => [typeof os.platform, typeof os.EOL],
  "eval": () => [eval("[1, 2].map((x) => x * 2)"), new Function("a", "return a + 1")(1)],
  "global-names": () => ["fetch", "URL", "TextEncoder", "setTimeout", "queueMicrotask", "structuredClone", "AbortController", "console", "crypto", "performance",
    "Headers", "Request", "Response", "ReadableStream", "Blob", "Event", "EventTarget"].filter((name) => typeof globalThis[name] === "undefined"),
  "locale": () => [(1234567.891).toLocaleString(), "a".localeCompare("b"), new Date(0).toLocaleDateString("en-US", { timeZone: "UTC" })],
};

export const run = (kind) => KINDS[kind]();
