// task(options, fn) outside a sandbox: an ordinary call of fn, in the shape that a task answers. The options are judged
// where they count, when `run` loads the program.
import { registerTask } from "./shared/app.js";
import { unwrap } from "./shared/errors.js";
import { mapCalls, mapOptions } from "./shared/mapping.js";

function envelope(name, result) {
  const execution = { task_name: name, duration_ms: 0, retries: 0, fuel_consumed: 0, ram_used: 0, host_requests: [] };
  return { success: true, result, error: null, execution };
}

const AsyncFunction = (async () => {}).constructor;

// One call after the other, in the shape that a map of the sandbox answers.
async function inTurn(call, calls) {
  const found = [];
  for (const args of calls) found.push(await call(...args));
  return found;
}

function addCalls(wrapper, fn) {
  const isAsync = fn instanceof AsyncFunction;
  wrapper.value = isAsync ? async (...args) => unwrap(await wrapper(...args)) : (...args) => unwrap(wrapper(...args));
  wrapper.map = (items, options) => {
    const { spread, values } = mapOptions(options);
    const calls = mapCalls(items, spread);
    const call = values ? wrapper.value : wrapper;
    return isAsync ? inTurn(call, calls) : Array.from(calls, (args) => call(...args));
  };
}

const onlyInside = (name) => async () => {
  throw new Error(`${name}() is for tasks in a sandbox: a host program calls run()`);
};

export const runFile = onlyInside("runFile");
export const runCode = onlyInside("runCode");

export function task(options, fn) {
  if (options === null || typeof options !== "object")
    throw new TypeError('task(options, fn): options must be an object, as in task({ name: "main" }, fn)');
  const { name } = options;
  if (typeof name !== "string" || name === "")
    throw new TypeError("task(options, fn): options.name must be a non-empty string");
  if (typeof fn !== "function") throw new TypeError(`task("${name}"): the second argument must be a function`);
  const wrapper = (...args) => {
    const result = fn(...args);
    if (typeof result?.then === "function") return Promise.resolve(result).then((value) => envelope(name, value));
    return envelope(name, result);
  };
  addCalls(wrapper, fn);
  Object.defineProperty(wrapper, "name", { value: fn.name || name, configurable: true });
  registerTask(name, fn, { ...options });
  return wrapper;
}
