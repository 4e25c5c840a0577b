// What code finds inside a task: arguments, process, directories, time, randomness, the SDK itself.
import { isWasmMode, process, task } from "@capsule-run/sdk";
import path from "path";

const facts: any = task({ name: "facts" }, () => ({
  wasm: isWasmMode(),
  cwd: process.cwd(),
  platform: process.platform,
  joined: path.join(process.cwd(), "x"),
}));
const clocks: any = task({ name: "clocks" }, () => {
  const first = Date.now();
  let turns = 0;
  while (Date.now() === first && turns < 5_000_000) turns++;
  return Date.now() >= first;
});
const identifiers: any = task({ name: "identifiers" }, () => crypto.randomUUID());

export const facts_of_main = () => [isWasmMode(), process.cwd(), process.platform];
export const facts_of_a_subtask = () => facts().result;
export const time_goes_on = () => clocks().result;
export const identifiers_differ = () => identifiers().result !== identifiers().result;
export const random_in_both = () => [Math.random() !== Math.random(), typeof Math.random()];
export const environment_is_an_object = () => [typeof process.env, process.env.HOME ?? null, "PATH" in process.env];
