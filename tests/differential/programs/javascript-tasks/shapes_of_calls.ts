// How a task may be called: awaited or not, in a chain, with too many arguments, from a timer, from a callback.
import { task } from "@capsule-run/sdk";

const twice: any = task({ name: "twice" }, (n: number) => n * 2);
const slow: any = task({ name: "slow" }, async (n: number) => {
  await new Promise((resolve) => setTimeout(resolve, 2));
  return n + 1;
});
const collect: any = task({ name: "collect" }, (a: any, b: any) => [a ?? "none", b ?? "none"]);

export const awaited = async () => (await twice(4)).result;
export const chained = async () => Promise.resolve(twice(1)).then((answer: any) => twice(answer.result)).then((answer: any) => answer.result);
export const from_a_timer = () => new Promise((resolve) => setTimeout(() => resolve(twice(5).result), 1));
export const from_a_callback = () => [1, 2].map((n) => twice(n).result).reduce((a, b) => a + b);
export const from_a_getter = () => ({ get value() { return twice(3).result; } }).value;
export const from_a_constructor = () => new (class { value = twice(7).result; })().value;
export const from_a_generator = () => [...(function* () { for (const n of [1, 2]) yield twice(n).result; })()];
export const as_default_value = () => ((n = twice(2).result) => n)();
export const in_a_template = () => `twice is ${twice(8).result}`;
export const optional = () => twice?.(1)?.result ?? "nothing";
export const missing_arguments = () => collect("a").result[0];
export const two_arguments = () => collect("a", "b").result;
export const async_error_is_caught = async () => {
  try {
    return (await slow(1)).success;
  } catch {
    return "threw";
  }
};
