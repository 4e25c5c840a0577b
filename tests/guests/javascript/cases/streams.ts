// node:stream, node:crypto, node:async_hooks; the expectation was written by node 20.
import { Readable, Writable, Transform, PassThrough, Duplex, pipeline, finished } from "node:stream";
import { pipeline as pipelineAsync } from "node:stream/promises";
import { text, json, buffer } from "node:stream/consumers";
import crypto, { createHash, createHmac, randomBytes, randomInt, timingSafeEqual, pbkdf2Sync, hkdfSync, randomUUID, getHashes } from "node:crypto";
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";

export async function main() {
  const show = (...values: unknown[]) => console.log(...values);
  const upper = () => new Transform({ transform(chunk, _, cb) { cb(null, String(chunk).toUpperCase()); } });
  const chunks: string[] = [];
  await pipelineAsync(Readable.from(["a", "b", "c"]), upper(), new Writable({ write(chunk, _, cb) { chunks.push(String(chunk)); cb(); } }));
  show(chunks, await text(Readable.from(["x", "y"])), await json(Readable.from(['{"a":', "1}"])), await buffer(Readable.from([Buffer.from("z")])));
  show(await Readable.from([1, 2, 3, 4]).filter((x) => x % 2 === 0).map((x) => x * 10).toArray(), await Readable.from([1, 2, 3]).reduce((a, b) => a + b, 0));
  await new Promise<void>((resolve) => pipeline(Readable.from(["e"]), new Transform({ transform(_c, _e, cb) { cb(new Error("broken")); } }), new PassThrough(), (error) => { show("pipeline", error?.message); resolve(); }));
  const r = new Readable({ read() {} });
  r.push("one"); r.push("two"); r.push(null);
  const seen: string[] = [];
  for await (const chunk of r) seen.push(String(chunk));
  show(seen, r.destroyed, r.readableEnded);
  const w = new Writable({ highWaterMark: 3, write(chunk, _, cb) { setImmediate(cb); } });
  show(w.write("abcd"), w.writableLength, w.writableNeedDrain);
  await new Promise((resolve) => w.once("drain", resolve));
  w.end();
  await new Promise<void>((resolve) => finished(w, () => { show("finished", w.writableFinished); resolve(); }));
  const p = new PassThrough();
  p.end("pass");
  p.setEncoding("utf8");
  p.on("data", (d) => show("data", d));
  await new Promise((resolve) => p.on("end", resolve));
  show(new Duplex({ read() {}, write() {} }) instanceof Readable, Readable.from(["q"]).readable);

  show(createHash("sha256").update("a").update("bc").digest("hex"), createHash("md5").update("abc").digest("base64"), createHash("sha1").update(Buffer.from("abc")).digest().length, createHash("sha512").copy().digest("hex").slice(0, 16), createHash("sha384").update("").digest("base64url").slice(0, 10));
  show(createHmac("sha256", "key").update("data").digest("hex"), createHmac("sha512", Buffer.alloc(200, 1)).update("x").digest("hex").slice(0, 20), createHmac("md5", "").update("").digest("hex"));
  show(pbkdf2Sync("password", "salt", 1000, 32, "sha256").toString("hex"), Buffer.from(hkdfSync("sha256", "key", "salt", "info", 42)).toString("hex"), createHash("sha3-256").update("abc").digest("hex"));
  show(randomBytes(16).length, randomInt(5) < 5, randomInt(3, 4), timingSafeEqual(Buffer.from("a"), Buffer.from("a")), randomUUID().length, getHashes().includes("sha256"), typeof crypto.webcrypto.subtle);
  try { createHash("nope"); } catch (error: any) { show(error.message); }
  try { const h = createHash("md5"); h.digest(); h.update("x"); } catch (error: any) { show(error.code); }
  show(await text(Readable.from(["abc"]).pipe(createHash("sha1").setEncoding("hex"))), await new Promise((resolve) => crypto.randomBytes(4, (error, bytes) => resolve([error, bytes.length]))));

  const als = new AsyncLocalStorage<string>();
  const out: unknown[] = [];
  await als.run("outer", async () => {
    out.push(als.getStore());
    await null;
    out.push(als.getStore());
    await Promise.all([als.run("inner", async () => { await new Promise((r) => setTimeout(r, 2)); out.push(als.getStore()); }), (async () => { await 1; out.push(als.getStore()); })()]);
    await new Promise<void>((resolve) => setTimeout(() => { out.push(["timer", als.getStore()]); resolve(); }, 1));
    await new Promise<void>((resolve) => setImmediate(() => { out.push(["immediate", als.getStore()]); resolve(); }));
    await new Promise<void>((resolve) => process.nextTick(() => { out.push(["tick", als.getStore()]); resolve(); }));
    await new Promise<void>((resolve) => queueMicrotask(() => { out.push(["micro", als.getStore()]); resolve(); }));
    als.exit(() => out.push(als.getStore()));
    for await (const x of (async function* () { yield als.getStore(); })()) out.push(x);
  });
  const resource = als.run("bound", () => new AsyncResource("X"));
  resource.runInAsyncScope(() => out.push(als.getStore()));
  const snapshot = als.run("snap", () => AsyncLocalStorage.snapshot());
  out.push(snapshot(() => als.getStore()), als.getStore());
  show(out);
}
