// Prints everything that could differ between two runs.
import { task } from "@capsule-run/sdk";
import { createHash, randomBytes, randomInt, randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmdirSync, statSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";

const MADE_AT_IMPORT = new Set([1, 2, 3].map((n) => ({ n })));

const sub = task({ name: "sub" }, async (n: number) => {
  console.log("sub", n, Math.random(), Date.now(), randomBytes(4).toString("hex"));
  await new Promise((resolve) => setTimeout(resolve, 1000 * (10 - (n % 10))));
  if (n % 7 === 3) throw new Error(`sub ${n} at ${Date.now()}`);
  return [n, randomUUID(), performance.now()];
});

const blocking = task({ name: "blocking" }, (n: number) => {
  console.log("blocking", n, process.hrtime());
  return [n, crypto.randomUUID()];
});

const unlucky = task({ name: "unlucky", maxRetries: 2 }, () => {
  const number = Math.random();
  console.log("unlucky", number, Date.now());
  throw new Error(String(number));
});

function showClocks() {
  console.log(Date.now(), new Date(), performance.now(), performance.timeOrigin, process.hrtime.bigint(), process.uptime());
  console.log(process.cpuUsage(), process.memoryUsage(), process.pid);
}

function showRandomness() {
  console.log(Math.random(), crypto.randomUUID(), [...crypto.getRandomValues(new Uint8Array(8))]);
  console.log(randomBytes(8).toString("hex"), randomInt(1000), randomUUID(), createHash("sha256").update("x").digest("hex"));
}

function showFiles() {
  for (const name of readdirSync("data")) {
    const { dev, ino, mode, nlink, size, atimeMs, mtimeMs, ctimeMs } = statSync(`data/${name}`);
    console.log(name, dev, ino, mode, nlink, size, atimeMs, mtimeMs, ctimeMs);
  }
  writeFileSync("data/written", "text");
  console.log(statSync("data/written").ino, statSync("data/written").mtimeMs);
  utimesSync("data/a.txt", 5, 6);
  console.log(statSync("data/a.txt").mtimeMs, readFileSync("data/a.txt", "utf8"));
  unlinkSync("data/written");
  const made = mkdtempSync("data/made-");
  console.log(made, statSync(made).ino);
  rmdirSync(made);
}

function showNaNs() {
  const bits = new BigUint64Array(1);
  const floats = new Float64Array(bits.buffer);
  const strange = (value: bigint) => ((bits[0] = value), floats[0]);
  const show = (value: number) => ((floats[0] = value), bits[0].toString(16));
  const a = strange(0xfff8000000000001n), b = strange(0x7ff8000000000002n), zero = floats.length - 1;
  const made = [0 / zero, Infinity - Infinity, Infinity * zero, Math.sqrt(-1 - zero), NaN, -NaN, a, b, a + b, b + a, a * b];
  made.push(a - 1, 1 / b, Math.max(a, b), Math.min(b, a), Math.pow(a, b), Math.hypot(a), parseFloat("x"), Math.log(-1), a % 2);
  console.log(made.map(show).join(" "));
  const single = new Uint32Array(new Float32Array([a, b, a + b, Math.fround(a), 0 / zero]).buffer);
  console.log([...single].map((value) => value.toString(16)).join(" "));
}

async function showOrder() {
  const order: string[] = [];
  const later = (name: string, ms: number) => new Promise<void>((resolve) => setTimeout(() => (order.push(name), resolve()), ms));
  await Promise.all([later("c", 30_000), later("a", 10_000), later("b", 20_000), later("a2", 10_000)]);
  console.log(order, Date.now());
  console.log(await Promise.all(Array.from({ length: 50 }, (_, n) => sub(n))));
  console.log(await Promise.race([sub(0), sub(9)]), Date.now());
  console.log([0, 1, 2].map((n) => blocking(n)), unlucky());
}

export const main = task({ name: "main", allowedFiles: ["data"], compute: "HIGH" }, async (...args: string[]) => {
  console.log(args, process.argv, MADE_AT_IMPORT, readFileSync(0, "utf8"));
  for (const show of [showClocks, showRandomness, showFiles, showNaNs, showClocks]) show();
  await new Promise((resolve) => setTimeout(resolve, 3_600_000));
  await showOrder();
  console.error(new Error("shown").stack);
  showClocks();
  return [Date.now(), Math.random(), await sub(3)];
});
