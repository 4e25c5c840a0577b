// What a subtask shares with its caller: nothing but arguments and result.
import { task } from "@capsule-run/sdk";

const STATE = { count: 0 };

const changes = task({ name: "changes" }, () => {
  (globalThis as any).invented = 1;
  return ++STATE.count;
}) as any;
const reads = task({ name: "reads" }, () => [STATE.count, typeof (globalThis as any).invented]) as any;
const extend = task({ name: "extend" }, (values: string[]) => [...values, values.push("inside")]) as any;
const patched = task({ name: "patched" }, () => [3, 1, 2].sort().join()) as any;
const random = task({ name: "random" }, () => Math.random()) as any;
const speaks = task({ name: "speaks" }, (text: string) => {
  console.log(text);
  console.error(text);
}) as any;
const timers = task({ name: "timers" }, () => {
  setTimeout(() => console.log("too late"), 50);
  return "returned";
}) as any;

export const globals_are_fresh = () => {
  STATE.count = 41;
  return [changes().result, changes().result, STATE.count, reads().result];
};
export const arguments_are_copies = () => {
  const values = ["outside"];
  return [extend(values).result, values];
};
export const a_patch_stays_here = () => {
  const sort = Array.prototype.sort;
  Array.prototype.sort = () => [9] as any;
  try {
    return [patched().result, [1].sort()];
  } finally {
    Array.prototype.sort = sort;
  }
};
export const random_numbers_differ = () => random().result !== random().result;
export const output_in_order = () => {
  console.log("before");
  speaks("inside");
  console.log("after");
};
export const a_timer_left_behind = () => timers().result;
