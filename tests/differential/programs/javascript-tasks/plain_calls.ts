// Functions of each kind as tasks: declared, arrows, anonymous, with defaults; options that are not literals.
import { task } from "@capsule-run/sdk";

function declared(a: any, b: any) {
  return [a, b === undefined ? "undefined" : typeof b];
}
const asTask: any = task({ name: "declared" }, declared);
const arrow: any = task({ name: "arrow" }, (a: any) => a);
const anonymous: any = task({ name: "anonymous" }, function (this: unknown, a: any) {
  return [typeof this, a];
});
const defaults: any = task({ name: "defaults" }, (a = 1, { b = 2 }: any = {}) => [a, b]);
const generator: any = task({ name: "generator" }, () => [...(function* () { yield 1; yield 2; })()]);
const options = Object.freeze({ name: "frozen_options", ram: "128MB" });
const frozen: any = task(options, () => "frozen");
const spread: any = task({ ...options, name: "spread_options" }, () => "spread");

export const functions_of_each_kind = () => [asTask(1, 2).result, arrow("x").result, anonymous(5).result[1]];
export const default_values = () => defaults(undefined, { b: 3 }).result;
export const inside_a_generator = () => generator().result;
export const options_by_reference = () => [frozen().result, spread().result, spread().execution.task_name];
export const plain_function_stays = () => declared(1, 2);
