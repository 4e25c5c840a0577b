// task(options, fn): registers a task, and answers a function that starts it in a sandbox of its own.
import { host } from "../prelude/host.js";
import { awaitTask } from "../prelude/loop.js";
import { register } from "./app.js";

// Option of the program -> key of the registration. Values go to the host as they are: its policy judges them.
const OPTION_KEYS = {
  compute: "compute",
  ram: "ram",
  timeout: "timeout",
  maxRetries: "max_retries",
  allowedFiles: "allowed_files",
  allowedHosts: "allowed_hosts",
  envVariables: "env_variables",
  deterministic: "deterministic",
};

const EMFILE = 33; // as WASI numbers it

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

function argumentText(name, args) {
  try {
    return JSON.stringify({ args, kwargs: {} });
  } catch (error) {
    throw new TypeError(`The arguments of task "${name}" cannot be written as JSON: ${error.message}`);
  }
}

function start(name, args) {
  const handle = host.taskStart(name, argumentText(name, args));
  if (handle === -EMFILE) throw new Error(`Task "${name}" could not be started: too many subtasks are open at once`);
  if (handle < 0) throw new Error(`Task "${name}" could not be started (WASI error ${-handle})`);
  return handle;
}

const parse = (name, text) => {
  if (typeof text !== "string") throw new Error(`The outcome of task "${name}" could not be read (WASI error ${-text})`);
  return JSON.parse(text);
};

function runNow(name, args) {
  const handle = start(name, args);
  host.taskWait(Uint32Array.of(handle), 1, -1);
  return parse(name, host.taskRead(handle));
}

function runAsync(name, args) {
  return new Promise((resolve, reject) => {
    awaitTask(start(name, args), (text) => {
      try {
        resolve(parse(name, text));
      } catch (error) {
        reject(error);
      }
    });
  });
}

export function task(options, fn) {
  if (options === null || typeof options !== "object")
    throw new TypeError("task(options, fn): options must be an object, as in task({ name: \"main\" }, fn)");
  const { name } = options;
  if (typeof name !== "string" || name === "")
    throw new TypeError("task(options, fn): options.name must be a non-empty string");
  if (typeof fn !== "function") throw new TypeError(`task("${name}"): the second argument must be a function`);
  checkFileModes(options.allowedFiles);
  const wrapper =
    fn instanceof AsyncFunction ? (...args) => runAsync(name, args) : (...args) => runNow(name, args);
  Object.defineProperty(wrapper, "name", { value: fn.name || name, configurable: true });
  register(name, fn, translate(options), { ...options }, wrapper);
  return wrapper;
}
