// The order of ticks, promise jobs, timers and immediates; the expectation was written by node 20.
import { setTimeout as sleep, setImmediate as immediate, setInterval as every } from "node:timers/promises";
import { promisify } from "node:util";

export async function main() {
  const log: string[] = [];
  const done = new Promise<void>((resolve) => {
    setTimeout(() => {
      log.push("timeout 1");
      process.nextTick(() => log.push("tick in timeout 1"));
      Promise.resolve().then(() => log.push("job in timeout 1"));
      setImmediate(() => log.push("immediate from timeout"));
      setTimeout(() => log.push("nested timeout"), 20);
    }, 5);
    setTimeout(() => log.push("timeout 2"), 40);
    setTimeout(() => log.push("timeout 3"), 60);
    setTimeout((a: number, b: string) => log.push(`args ${a} ${b}`), 120, 1, "x");
    const cancelled = setTimeout(() => log.push("never"), 1);
    clearTimeout(cancelled);
    process.nextTick(() => {
      log.push("tick 1");
      process.nextTick(() => log.push("tick nested"));
      Promise.resolve().then(() => log.push("job from tick"));
    });
    process.nextTick((x: string) => log.push(x), "tick with argument");
    Promise.resolve().then(() => {
      log.push("job 1");
      process.nextTick(() => log.push("tick from job"));
      queueMicrotask(() => log.push("microtask from job"));
    }).then(() => log.push("job 2"));
    queueMicrotask(() => log.push("microtask"));
    (async () => {
      log.push("async start");
      await null;
      log.push("after await 1");
      await undefined;
      log.push("after await 2");
    })();
    let count = 0;
    const interval = setInterval(() => {
      log.push(`interval ${++count}`);
      if (count === 3) {
        clearInterval(interval);
        setTimeout(resolve, 20);
      }
    }, 160);
    log.push("sync end");
  });
  await done;
  console.log(log.join("\n"));

  const order: string[] = [];
  await new Promise<void>((resolve) => {
    setImmediate(() => {
      order.push("immediate 1");
      setImmediate(() => { order.push("immediate nested"); resolve(); });
      process.nextTick(() => order.push("tick between immediates"));
    });
    setImmediate(() => order.push("immediate 2"));
    clearImmediate(setImmediate(() => order.push("never")));
  });
  console.log(order.join(", "));

  console.log(await sleep(1, "slept"), await immediate("at once"), await promisify(setTimeout)(1, "promisified"));
  let n = 0;
  for await (const value of every(1, "v")) if (++n === 3) { console.log(value, n); break; }
  const controller = new AbortController();
  const pending = sleep(10000, null, { signal: controller.signal });
  controller.abort();
  console.log(await pending.catch((error) => `${error.name} ${error.code}`));
  const results = await Promise.allSettled([Promise.reject(new Error("no")), sleep(2, 2), Promise.race([sleep(50), sleep(1, "fast")]), Promise.any([Promise.reject(1), 5])]);
  console.log(results.map((r) => (r.status === "fulfilled" ? r.value : r.reason.message)));
  const t = setTimeout(() => {}, 1000);
  console.log(t.hasRef(), t.unref().hasRef(), typeof t[Symbol.toPrimitive](), clearTimeout(t));
  const thenable = { then(resolve: (v: string) => void) { resolve("from thenable"); } };
  console.log(await thenable, await (async () => thenable)());
  const sequence: number[] = [];
  const a = (async () => { for (const i of [1, 3, 5]) { sequence.push(i); await null; } })();
  const b = (async () => { for (const i of [2, 4, 6]) { sequence.push(i); await null; } })();
  await Promise.all([a, b]);
  console.log(sequence.join(""));
}
