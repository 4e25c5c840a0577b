// task(options, fn): registers a task, and answers a function that starts it in a sandbox of its own.
import { register } from "./app.js";
import { unwrap } from "./errors.js";
import { mapCalls, mapOptions } from "./mapping.js";
import { runAsync, runMany, runManyAsync, runNow } from "./subtasks.js";

// Option of the program -> key of the registration. Values go to the host as they are: its policy judges them.
const OPTION_KEYS = {
  compute: "compute",
  ram: "ram",
  timeout: "timeout",
  maxRetries: "max_retries",
  retryDelay: "retry_delay",
  allowedFiles: "allowed_files",
  allowedHosts: "allowed_hosts",
  envVariables: "env_variables",
  deterministic: "deterministic",
};

const AsyncFunction = (async () => {}).constructor;

function checkFileModes(files) {
  if (!Array.isArray(files)) return;
  for (const entry of files) {
    const mode = entry?.mode;
    if (typeof entry === "object" && mode !== undefined && !["read-only", "read-write", "ro", "rw"].includes(mode))
      throw new Error(
        `Invalid allowed_files mode '${mode}' for path '${entry.path}'. Use 'read-only' or 'read-write'.`,
      );
  }
}

function translate(options) {
  const result = { name: options.name };
  for (const [key, name] of Object.entries(OPTION_KEYS)) {
    const value = options[key];
    // A timeout of 0 means none, as no timeout does.
    if (value === undefined || value === null || (key === "timeout" && !value)) continue;
    result[name] = value;
  }
  // A key that is no option goes along, for the host to refuse by name: a typo must not become "no limit".
  for (const [key, value] of Object.entries(options))
    if (key !== "name" && !(key in OPTION_KEYS) && value !== undefined) result[key] = value;
  return result;
}

// The further ways to call a task, as properties of its wrapper.
function addCalls(wrapper, name, isAsync) {
  wrapper.value = isAsync ? async (...args) => unwrap(await wrapper(...args)) : (...args) => unwrap(wrapper(...args));
  wrapper.map = (items, options) => {
    const how = mapOptions(options);
    return (isAsync ? runManyAsync : runMany)(name, mapCalls(items, how.spread), how);
  };
}

export function task(options, fn) {
  if (options === null || typeof options !== "object")
    throw new TypeError("task(options, fn): options must be an object, as in task({ name: \"main\" }, fn)");
  const { name } = options;
  if (typeof name !== "string" || name === "")
    throw new TypeError("task(options, fn): options.name must be a non-empty string");
  if (typeof fn !== "function") throw new TypeError(`task("${name}"): the second argument must be a function`);
  checkFileModes(options.allowedFiles);
  const isAsync = fn instanceof AsyncFunction;
  const wrapper = isAsync ? (...args) => runAsync(name, args) : (...args) => runNow(name, args);
  Object.defineProperty(wrapper, "name", { value: fn.name || name, configurable: true });
  addCalls(wrapper, name, isAsync);
  register(name, fn, translate(options), { ...options }, wrapper);
  return wrapper;
}
