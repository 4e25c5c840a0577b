// The main task is asynchronous: what it awaits, and in which order.
import { task } from "@capsule-run/sdk";

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function step(seen: unknown[], name: string, turns: number) {
  for (let turn = 0; turn < turns; turn++) {
    seen.push([name, turn]);
    await null;
  }
  return name;
}

async function* numbers() {
  for (let number = 0; number < 3; number++) yield number;
}

const KINDS: Record<string, () => unknown> = {
  "plain": () => step([], "plain", 1),
  "order": async () => {
    const seen: unknown[] = [];
    await Promise.all([step(seen, "a", 2), step(seen, "b", 2)]);
    return seen;
  },
  "rejects": () => Promise.reject(new TypeError("inside a promise")),
  "rejects-text": () => Promise.reject("only a text"),
  "guarded": () => Promise.reject(new Error("x")).catch((error) => error.message),
  "finally": async () => {
    const seen: string[] = [];
    await Promise.resolve().finally(() => seen.push("finally"));
    return seen;
  },
  "race": () => Promise.race([pause(50).then(() => "slow"), pause(1).then(() => "fast")]),
  "any": () => Promise.any([Promise.reject(new Error("no")), Promise.resolve("yes")]),
  "any-fails": () => Promise.any([Promise.reject(new Error("no"))]),
  "for-await": async () => {
    const seen: number[] = [];
    for await (const number of numbers()) seen.push(number);
    return seen;
  },
  "with-resolvers": () => {
    let done!: (value: string) => void;
    const promise = new Promise<string>((resolve) => (done = resolve));
    done("resolved from outside");
    return promise;
  },
  "nested-promise": () => Promise.resolve(Promise.resolve(Promise.resolve(5))),
  "interval": () => new Promise((resolve) => {
    let count = 0;
    const timer = setInterval(() => {
      if (++count === 3) {
        clearInterval(timer);
        resolve(count);
      }
    }, 1);
  }),
};

export const main = task({ name: "main" }, async (kind: string) => KINDS[kind]());
