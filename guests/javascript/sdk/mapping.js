// What task.map() is told, and what it makes of its envelopes. The same inside a sandbox and outside.
import { TaskError } from "./errors.js";

// Subtasks that map keeps started at once unless told otherwise: more than run at once on any machine, and few enough for
// a map over any number of items to take little memory.
const WINDOW = 256;

const KEYS = ["maxParallel", "cancelOnFailure", "values", "spread"];

// The options with their defaults; throws for what is none.
export function mapOptions(options = {}) {
  if (options === null || typeof options !== "object") throw new TypeError("map(items, options): options must be an object");
  const unknown = Object.keys(options).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw new TypeError(`map(items, options): unknown option "${unknown}": known are ${KEYS.join(", ")}`);
  const { maxParallel = WINDOW, values = false, spread = false, cancelOnFailure = values } = options;
  if (!Number.isSafeInteger(maxParallel) || maxParallel < 1)
    throw new RangeError(`map(items, options): maxParallel must be a whole number from 1, not ${String(maxParallel)}`);
  return { window: maxParallel, values: Boolean(values), spread: Boolean(spread), cancels: Boolean(cancelOnFailure) };
}

// The arguments of every call. Without `spread` an item is the one argument, an array too.
export function* mapCalls(items, spread) {
  for (const item of items) yield spread ? [...item] : [item];
}

// What is thrown for these failed envelopes: the first that is not just the consequence of another one.
export const firstFailure = (failed) =>
  new TaskError(failed.find((each) => each.error.error_type !== "cancelled") ?? failed[0]);
