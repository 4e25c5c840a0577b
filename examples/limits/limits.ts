// Meets every limit on purpose, each in a task of its own, and prints what its envelope says of it.
//
// A limit ends the one sandbox that met it. `limit`, `used` and `allowed` of the error tell which it was.
//
//     capsule run examples/limits/limits.ts
import { appendFileSync, writeFileSync } from "node:fs";

import { runCode, task, type TaskResult } from "@capsule-run/sdk";

const computes = task({ name: "computes", compute: "LOW" }, async () => {
  for (;;);
});

const waits = task({ name: "waits", timeout: "200ms" }, async () => {
  await new Promise((resolve) => setTimeout(resolve, 3_600_000));
});

const hoards = task({ name: "hoards", ram: "64MB" }, async () => new Uint8Array(100_000_000).length);

const starved = task({ name: "starved", ram: "1MB" }, async () => "never reached: the interpreter alone needs more");

const fillsTheDisk = task({ name: "fillsTheDisk" }, async () => {
  for (;;) appendFileSync("/tmp/full", new Uint8Array(1 << 20));
});

const makesFiles = task({ name: "makesFiles" }, async () => {
  for (let number = 0; number < 1_000_000; number++) writeFileSync(`/tmp/${number}`, "");
});

const answersTooMuch = task({ name: "answersTooMuch", compute: "HIGH" }, async () => "€".repeat(6 << 20)); // three bytes each

// Calls itself, and hands up the envelope of the call that was refused.
const nests = task({ name: "nests" }, async (): Promise<TaskResult<unknown>> => {
  const end = await nests();
  return end.success ? end.result : end;
});

export const main = task({ name: "main", compute: "HIGH", timeout: "60s" }, async () => {
  const ends: Record<string, TaskResult<unknown>> = {
    computes: await computes(),
    waits: await waits(),
    hoards: await hoards(),
    starved: await starved(),
    fillsTheDisk: await fillsTheDisk(),
    makesFiles: await makesFiles(),
    answersTooMuch: await answersTooMuch(),
    nests: (await nests()).result,
    prints: await runCode("for (;;) console.log('x'.repeat(1000))"), // a brought program has an output limit of its own
  };
  for (const [name, { error }] of Object.entries(ends)) {
    const { error_type, limit, used, allowed } = error!;
    const amount = `${String(used).padStart(11)} of ${String(allowed).padStart(11)}`;
    console.log(`${name.padEnd(17)} ${error_type.padEnd(18)} ${String(limit).padEnd(10)} ${amount}`);
  }
  return Object.fromEntries(Object.entries(ends).map(([name, { error }]) => [name, error!.error_type]));
});
