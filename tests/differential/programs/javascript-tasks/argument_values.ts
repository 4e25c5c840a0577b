// What a subtask receives for each kind of argument.
import { task } from "@capsule-run/sdk";

const kinds = task({ name: "kinds" }, (value: any) => [value === null ? "null" : Array.isArray(value) ? "array" : typeof value, value]) as any;
const pair = task({ name: "pair" }, (first: any, second: any) => [second, first]) as any;

const seen = (...values: any[]) => values.map((value) => kinds(value).result);

export const scalars = () => seen(null, true, 0, -1.5, "", "ü😀\n");
export const containers = () => seen([1, [2]], { b: { a: 1 } }, [], {});
export const undefined_inside = () => seen({ a: undefined, b: 1 }, [undefined]);
export const date = () => seen(new Date(86400000.5)).map(([kind, value]) => [kind, value.slice(0, 10)]);
export const map_and_set = () => seen(new Map([["a", 1]]), new Set([1]));
export const typed_array = () => seen(new Uint8Array([1, 2]));
export const a_function = () => seen({ f: () => 1, a: 1 });
export const to_json = () => seen({ toJSON: () => "replaced" });
export const class_instance = () => seen(new (class Point { x = 1; #y = 2; })());
export const large_number = () => seen(2 ** 53, 1e21, 5e-324);
export const large_text = () => kinds("x".repeat(300_000)).result[1].length;
export const a_bigint = () => pair(1n, 1);
export const a_cycle = () => {
  const value: any = {};
  value.self = value;
  return pair(value, 1);
};
export const order_of_keys = () => pair({ z: 1, a: 2 }, 1).result;
export const looks_like_a_call = () => pair({ task_name: "other", args: [] }, '{"args": []}').result;
export const spread = () => pair(...[1, 2]).result;
export const fewer = () => pair("only").result.length;
