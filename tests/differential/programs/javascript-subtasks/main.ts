// Calls from one task to others: every option, every shape of call.
import { process, task } from "@capsule-run/sdk";
import fs from "fs";

const add = task({ name: "add" }, (a: number, b: number) => a + b);
const echo = task({ name: "echo" }, (first: any, second: any) => [first, second]);
const fails = task({ name: "fails" }, (text: string) => {
  throw new Error(text);
});
const nothing = task({ name: "nothing" }, () => {});
const text = task({ name: "text" }, () => '{"looks": "like JSON"}');
const big = task({ name: "big" }, () => 2n ** 70n);
const order = task({ name: "order" }, () => ({ b: 1, a: 2 }));
const prints = task({ name: "prints" }, (line: string) => {
  console.log(line);
  return line.length;
});
const leaves = task({ name: "leaves" }, () => process.exit(3));
const shape = task({ name: "shape" }, () => ({ error_type: "custom", message: "returned" }));
const later = task({ name: "later" }, async (value: number) => {
  await null;
  return value * 2;
});
const outer: any = task({ name: "outer" }, (value: number) => {
  const inner: any = add(value, 1);
  return { inner: inner.result, ok: inner.success };
});
const countdown: any = task({ name: "countdown" }, (n: number) => (n > 0 ? [n, ...countdown(n - 1).result] : [0]));
const low = task({ name: "low", compute: "LOW" }, () => {
  for (;;);
});
const slow = task({ name: "slow", timeout: "200ms" }, () => {
  for (;;);
});
const slowNumber = task({ name: "slowNumber", timeout: 200 }, () => {
  for (;;);
});
const custom = task({ name: "custom", compute: "20000000" as any }, () => {
  for (;;);
});
const small = task({ name: "small", ram: "48MB" }, () => {
  const blocks = [];
  for (;;) blocks.push(new Uint8Array(1 << 20).fill(1));
});
const stubborn = task({ name: "stubborn", maxRetries: 2 }, () => {
  console.log("attempt");
  throw new Error("again");
});
const reads = task({ name: "reads", allowedFiles: ["data"] }, () => fs.readFileSync("data/in.txt", "utf8"));
const readsOnly = task({ name: "readsOnly", allowedFiles: [{ path: "data", mode: "read-only" }] }, () => {
  try {
    fs.appendFileSync("data/in.txt", "changed");
    return "written";
  } catch (error: any) {
    return "refused";
  }
});
const writes = task({ name: "writes", allowedFiles: [{ path: "data", mode: "read-write" }] }, () => {
  fs.writeFileSync("data/out.txt", "from a subtask\n");
});
const sees = task({ name: "sees", envVariables: ["SECRET"] }, () => [process.env.SECRET ?? null, process.env.OTHER ?? null]);
const full = task(
  {
    name: "full", compute: "MEDIUM", ram: "128MB", timeout: "30s", maxRetries: 1, allowedFiles: ["data"], allowedHosts: ["example.com"],
    envVariables: ["SECRET"],
  },
  () => process.env.SECRET,
);

const CALLS: Record<string, () => any> = {
  "positional": () => add(1, 2),
  "result-alone": () => (add(20, 22) as any).result,
  "values": () => echo([null, true, 1.5, "ü", [1]], { b: 1, a: 2 }),
  "undefined": () => echo(undefined, null),
  "not-a-number": () => echo(NaN, -Infinity),
  "failure": () => fails("on purpose"),
  "failure-text": () => fails("two\nlines"),
  "nothing": () => nothing(),
  "text": () => text(),
  "bigint": () => big(),
  "order": () => order(),
  "prints": () => prints("inside"),
  "leaves": () => leaves(),
  "shape": () => shape(),
  "async": () => later(21),
  "async-all": () => Promise.all([later(1), later(2), later(3)]),
  "async-is-promise": () => (later(1) as any) instanceof Promise,
  "two-levels": () => outer(5),
  "recursive": () => countdown(4),
  "low": () => low(),
  "slow": () => slow(),
  "slow-number": () => slowNumber(),
  "custom": () => custom(),
  "small": () => small(),
  "stubborn": () => stubborn(),
  "reads": () => reads(),
  "reads-only": () => readsOnly(),
  "writes": () => writes(),
  "sees": () => sees(),
  "full": () => full(),
  "everything": () => [add(1, 2), nothing(), fails("f")],
  "many": () => Array.from({ length: 25 }, (_, n) => (add(n, n) as any).result),
  "catches": () => ((fails("x") as any).success ? "?" : "failed"),
};

export const main = task({ name: "main" }, async (call: string) => CALLS[call]());
