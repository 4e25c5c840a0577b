// What a caller gets for each kind of value that a subtask returns.
import { task } from "@capsule-run/sdk";

const VALUES: Record<string, () => any> = {
  "null": () => null,
  "zero": () => 0,
  "empty": () => "",
  "false": () => false,
  "list": () => [1, [2, undefined]],
  "table": () => ({ b: 1, a: { d: 1, c: 2 } }),
  "result key": () => ({ result: 1 }),
  "success key": () => ({ success: false }),
  "error key": () => ({ error: "text" }),
  "error shape": () => ({ error_type: "mine", message: "text" }),
  "json text": () => '{"a": 1}',
  "number text": () => "12",
  "unicode": () => "\u2028é\u0000",
  "map": () => new Map([["a", 1]]),
  "error": () => new Error("returned, not thrown"),
  "symbol": () => Symbol("s"),
  "bigint": () => 1n,
  "cycle": () => {
    const value: any[] = [];
    value.push(value);
    return value;
  },
};

const give = task({ name: "give" }, (name: string) => VALUES[name]()) as any;

export const empty_ones = () => ["null", "zero", "empty", "false"].map((name) => give(name).result);
export const sequences = () => give("list").result;
export const tables = () => give("table").result;
export const keys_of_an_envelope = () => ["result key", "success key", "error key"].map((name) => give(name).result);
export const shape_of_an_error = () => give("error shape").success;
export const texts_that_look_like_json = () => [give("json text").result, give("number text").result];
export const unicode_text = () => give("unicode").result;
export const a_map = () => give("map").result;
export const an_error = () => give("error").result;
export const not_json = () => ["bigint", "cycle"].map((name) => give(name).success);
export const whole_envelope = () => give("table");
export const keys_in_order = () => Object.keys(give("zero")).slice(0, 4);
export const keys_of_execution = () => Object.keys(give("zero").execution).slice(0, 6);
export const type_of_envelope = () => [typeof give("zero"), give("zero") instanceof Promise, Object.getPrototypeOf(give("zero")) === Object.prototype];
