// Tasks that call tasks: depth, recursion, many of them, asynchronous ones.
import { task } from "@capsule-run/sdk";

const factorial: any = task({ name: "factorial" }, (n: number) => (n < 2 ? 1 : n * factorial(n - 1).result));
const isEven: any = task({ name: "isEven" }, (n: number) => (n === 0 ? true : isOdd(n - 1).result));
const isOdd: any = task({ name: "isOdd" }, (n: number) => (n === 0 ? false : isEven(n - 1).result));
const square: any = task({ name: "square" }, (n: number) => n * n);
const total: any = task({ name: "total" }, (numbers: number[]) => numbers.reduce((sum, n) => sum + square(n).result, 0));
const deep: any = task({ name: "deep" }, (n: number) => (n ? [n, deep(n - 1)] : "bottom"));
const later: any = task({ name: "later" }, async (n: number) => {
  await new Promise((resolve) => setTimeout(resolve, 1));
  return n * 2;
});

export const recursive = () => factorial(6).result;
export const mutual = () => isEven(5).result;
export const in_a_loop = () => {
  const found = [];
  for (let n = 0; n < 10; n++) found.push(square(n).result);
  return found;
};
export const two_levels = () => total([1, 2, 3]).result;
export const envelopes_inside = () => deep(2);
export const with_map = () => [2, 3].map((n) => square(n).result);
export const awaited_sync = async () => (await square(4)).result;
export const awaited_async = async () => (await later(4)).result;
export const awaited_in_a_loop = async () => {
  let sum = 0;
  for (const n of [1, 2, 3]) sum += (await later(n)).result;
  return sum;
};
export const all_of_them = async () => (await Promise.all([later(1), later(2)])).map((answer: any) => answer.result);
export const inside_try = () => {
  try {
    return square(3).result;
  } finally {
    square(1);
  }
};
