// Web classes and functions; the expectation was written by node 20.
import { StringDecoder } from "node:string_decoder";

const attempt = (f: () => unknown) => {
  try {
    return f();
  } catch (error: any) {
    return `${error.name} ${error.code}: ${error.message}`;
  }
};

export async function main() {
  const show = (...values: unknown[]) => console.log(...values);
  const bytes = (...b: number[]) => new Uint8Array(b);
  const dec = new TextDecoder();
  show(new TextEncoder().encode("aé€😀"), dec.decode(bytes(0xe2, 0x82, 0xac)), dec.decode(bytes(0xff, 0x41, 0xc3)), dec.decode(bytes(0xef, 0xbb, 0xbf, 0x41)), dec.decode(bytes(0xed, 0xa0, 0x80)), dec.decode(bytes(0xf0, 0x90, 0x41)), dec.decode());
  show(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes(0xef, 0xbb, 0xbf, 0x41)).length, attempt(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes(0xff))), attempt(() => new TextDecoder("nope")));
  const stream = new TextDecoder();
  show(stream.decode(bytes(0xe2, 0x82), { stream: true }), stream.decode(bytes(0xac, 0xf0), { stream: true }), stream.decode(bytes(0x9f, 0x98, 0x80)), stream.decode(bytes(0xe2), { stream: true }), stream.decode());
  show(new TextDecoder("utf-16le").decode(bytes(0x41, 0, 0x3d, 0xd8, 0, 0xde)), new TextDecoder("latin1").decode(bytes(0xe9, 0x41)), new TextDecoder("utf-16le").encoding, new TextDecoder("ascii").encoding);
  show(new TextEncoder().encodeInto("aé€", new Uint8Array(4)), new TextEncoder().encode("\ud800").length, new TextEncoder().encoding);
  show(btoa("hello"), atob("aGVsbG8="), atob(" aGk "), attempt(() => btoa("€")), attempt(() => atob("a")), atob(""), btoa("\xff"));
  const source: any = { n: 1, d: new Date(5), r: /x/gi, m: new Map([["k", { v: 1 }]]), s: new Set([1]), b: new Uint8Array([1, 2]), e: new RangeError("err"), big: 5n, u: undefined, nul: null, arr: [1, , 3], nested: { deep: [{}] } };
  source.self = source;
  const copy = structuredClone(source);
  show(copy.self === copy, copy.m.get("k") !== source.m.get("k"), copy.d, copy.r, copy.m, copy.s, copy.b, copy.e instanceof RangeError, copy.e.message, copy.big, "u" in copy, copy.arr, copy.nested);
  show(attempt(() => structuredClone(() => {})), attempt(() => structuredClone({ s: Symbol("x") })), structuredClone(Object(1)), structuredClone(new (class A { x = 1; })()).constructor === Object);
  const buffer = new ArrayBuffer(4);
  const moved = structuredClone(buffer, { transfer: [buffer] });
  show(buffer.byteLength, moved.byteLength, attempt(() => structuredClone(new WeakMap())));
  show(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID()), crypto.getRandomValues(new Uint8Array(8)).length, attempt(() => crypto.getRandomValues(new Float32Array(1) as any)), crypto.randomUUID() !== crypto.randomUUID());
  for (const name of ["SHA-1", "SHA-256", "SHA-384", "SHA-512"])
    show(name, Buffer.from(await crypto.subtle.digest(name, new TextEncoder().encode("abc"))).toString("hex"));
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode("key"), { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
  const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode("data"));
  show(Buffer.from(mac).toString("hex"), await crypto.subtle.verify("HMAC", key, mac, new TextEncoder().encode("data")));
  show(typeof performance.now(), performance.now() >= 0, typeof performance.timeOrigin, performance.mark("m").name, performance.measure("x", "m").entryType, performance.getEntriesByName("m").length);
  show(typeof queueMicrotask, typeof setTimeout, typeof structuredClone, typeof fetch, Object.prototype.toString.call(globalThis));
  const blob = new Blob(["ab", new Uint8Array([99])], { type: "Text/Plain" });
  show(blob.size, blob.type, await blob.text(), await blob.slice(1, 2).text(), (await blob.arrayBuffer()).byteLength, new File(["x"], "f.txt", { lastModified: 5 }).name);
  const sd = new StringDecoder("utf8");
  show(sd.write(Buffer.from([0xe2, 0x82])), sd.write(Buffer.from([0xac])), sd.end(Buffer.from([0xe2])), new StringDecoder("base64").write(Buffer.from("abcd")), new StringDecoder("utf16le").end(Buffer.from([0x61, 0])));
  const view = new StringDecoder();
  show(view.write(bytes(0x61, 0xe2, 0x82)), view.write(new DataView(bytes(0, 0xac, 0x62).buffer, 1)), view.write("text"), view.write(bytes(0xf0, 0x9f)), JSON.stringify([view.end(), view.end(), view.end(bytes(0x63))]));
  const url = new StringDecoder("base64url");
  show(url.encoding, url.write(bytes(0xfb, 0xff)), url.write(bytes(0xfe, 0xff)), url.end(), new StringDecoder("HEX").end(bytes(1, 255)), new StringDecoder("latin1").write(bytes(0xe9)), new StringDecoder("binary").encoding);
  show(attempt(() => new StringDecoder("nope" as any)), attempt(() => view.write(5 as any)), attempt(() => view.end(null as any)));
  show({ ...("ab" as any) }, { ...("x".repeat(3) as any), 1: "y" }, { ...(5 as any), ...(null as any), ...(true as any) }, Object.assign({}, "ab"), (({ 0: first, ...rest }: any) => [first, rest])("añ😀"), { ...(["p", "q"].join("-") as any) });
  show((1234567.891).toLocaleString(), (0.5).toLocaleString("en-US", { style: "percent" }), (1234.5).toLocaleString("en-US", { style: "currency", currency: "USD" }), (5).toLocaleString(undefined, { minimumFractionDigits: 2 }), (1e21).toLocaleString(), (123456789n).toLocaleString(), (-0.5).toLocaleString(), (1234).toLocaleString("en-US", { useGrouping: false }));
  const day = new Date(Date.UTC(2024, 1, 29, 13, 5, 9, 42));
  show(day.toLocaleDateString("en-US", { timeZone: "UTC" }), day.toLocaleTimeString("en-US", { timeZone: "UTC" }), day.toLocaleString("en-US", { timeZone: "UTC" }), day.toLocaleDateString("en-US", { weekday: "long", year: "numeric", month: "long", day: "numeric", timeZone: "UTC" }), day.toLocaleTimeString("en-US", { hour: "2-digit", minute: "2-digit", timeZone: "UTC" }), day.toLocaleTimeString("en-US", { hour12: false, timeZone: "UTC" }));
  show(day.toLocaleDateString("en-US", { month: "short", day: "numeric", timeZone: "UTC" }), day.toLocaleDateString("en-US", { dateStyle: "medium", timeZone: "UTC" }), day.toLocaleString("en-US", { dateStyle: "short", timeStyle: "short", timeZone: "UTC" }), day.toLocaleDateString("en-US", { year: "numeric", month: "2-digit", day: "2-digit", timeZone: "UTC" }));
  show(new DOMException("m", "DataCloneError").code, String(new DOMException("m", "AbortError")), new DOMException("m") instanceof Error);
}
