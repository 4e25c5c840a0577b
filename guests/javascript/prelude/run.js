// Loading a program and running its tasks: the guest's side of capsule_load, capsule_resume and capsule_call.
import { host } from "./host.js";
import { drain, onRejection, runLoop, Uncaught } from "./loop.js";
import { bundlePosition, PROGRAM, position, setProgramName } from "./stack.js";
import { setSourceMap } from "./sourcemap.js";
import { inspect } from "./inspect.js";
import { refused } from "./refusals.js";
import { shorten, traceback } from "./traceback.js";
import { registered } from "../sdk/app.js";
import { serialize, Unserializable } from "./result.js";
import { beginRun, emitExit, exitCode } from "./node/process.js";
import { builtin } from "./registry.js";
import { hostPath } from "./node/fs-paths.js";
import { evaluate } from "./string.js";

const { stringify } = JSON;
const { apply } = Reflect;

// As in guests/abi/capsule_abi.h.
const RESULT = 0;
const FAILURE = 1;
const UNSERIALIZABLE = 3;
const TASKS = 5;
const LOAD_FAILURE = 6;
const NETWORK_DENIED = 8;

const MESSAGE_LIMIT = 16 * 1024; // characters of a message sent to the host
const NAME_LIMIT = 200;

let namespace = {};

function messageOf(error) {
  if (error === null || typeof error !== "object") return String(error);
  if (typeof error.message === "string") return error.message;
  return error instanceof Error ? String(error.message) : inspect(error, { depth: 1 });
}

const typeOf = (error) => {
  const name = error?.name ?? error?.constructor?.name;
  return typeof name === "string" && name ? name : typeof error;
};

const absolutePath = (text) => `/${hostPath(text)}`.replace(/\/\.?$/, "") || "/";

// JSON for reports of failures; `file`, `line` and `column` are of the user's source.
function describe(error) {
  const isError = error instanceof Error || host.classId(error) === errorClass;
  const shown = isError ? traceback(error) : null;
  const at = isError ? position(error) : null;
  // Reports are UTF-8, which has no lone surrogates.
  return stringify({
    message: shorten(messageOf(error), MESSAGE_LIMIT).toWellFormed(),
    traceback: shown && shown.toWellFormed(),
    type: shorten(typeOf(error), NAME_LIMIT).toWellFormed(),
    denied: refused(error, absolutePath),
    file: at?.file ?? null,
    line: at?.line ?? null,
    column: at?.column ?? null,
  });
}
const errorClass = host.classId(new Error());

function fail(kind, error) {
  if (error instanceof Uncaught) {
    const rejection = error.origin === "unhandledRejection";
    error = error.error;
    if (rejection && kind === FAILURE) host.write(2, `Unhandled promise rejection: ${inspect(error)}\n`);
  }
  // Without memory nothing may be allocated here: the reserve for last words is opened by host.fail.
  if (kind === FAILURE && error?.message !== "out of memory" && refused(error, absolutePath)?.host !== undefined)
    kind = NETWORK_DENIED;
  host.fail(kind, error);
}

const isThenable = (value) =>
  value !== null && (typeof value === "object" || typeof value === "function") &&
  (host.promiseState(value) >= 0 || typeof value.then === "function");

// Follows a promise or any other thenable.
function follow(value) {
  const outcome = { done: false, failed: false, value };
  Promise.prototype.then.call(
    host.promiseState(value) < 0 ? Promise.resolve(value) : value,
    (result) => Object.assign(outcome, { done: true, value: result }),
    (error) => Object.assign(outcome, { done: true, failed: true, value: error }),
  );
  return outcome;
}

// Runs the loop until the value is there. A synchronous one still lets ticks and promise jobs finish. `what` and `name` say
// whose value it is.
function settle(value, what, name) {
  if (!isThenable(value)) {
    drain(true);
    return value;
  }
  const outcome = follow(value);
  runLoop(() => outcome.done);
  if (!outcome.done)
    throw new Error(
      `${what}${name === undefined ? "" : ` "${name}"`} never settles: it waits for a promise that nothing can resolve any more`,
    );
  drain();
  if (outcome.failed) throw outcome.value;
  return outcome.value;
}

// -- Load --

const plainMain = () => {
  if (typeof namespace.main === "function") return namespace.main;
  const fallback = namespace.default;
  return typeof fallback === "function" && fallback.name === "main" ? fallback : undefined;
};

// Options may hold anything; what JSON has no form for is passed as its text, for the host to refuse.
const jsonOption = (key, value) =>
  (typeof value === "number" && !Number.isFinite(value)) || typeof value === "bigint" || typeof value === "symbol" ||
  typeof value === "function" ? String(value) : value;

function reportTasks() {
  const names = registered.map((task) => task.name);
  // The host finds the line of the user's file: decoding the source map here would make every first import slower.
  const tasks = registered.map((task) => {
    const at = bundlePosition(task.where);
    return { name: task.name, options: task.options, file: null, line: at?.line ?? null, column: at?.column ?? null };
  });
  let hasMain = names.includes("main");
  const main = plainMain();
  if (names.length === 0 || (!hasMain && main && !registered.some((task) => task.wrapper === main))) {
    tasks.push({ name: "main", options: {}, file: null, line: null, column: null });
    hasMain = true;
  }
  const fallback = hasMain ? "main" : (tasks[0]?.name ?? null);
  host.report(TASKS, stringify({ tasks, default: fallback, has_main: hasMain }, jsonOption));
}

export function load(request) {
  const file = request.entry || `/${request.name || "program.js"}`;
  setProgramName(request.name || "program");
  setSourceMap(request.source_map);
  beginRun(request.argv ?? [], request.name ?? "");
  try {
    const meta = { url: `file://${encodeURI(file)}`, filename: file, dirname: file.replace(/\/[^/]*$/, "") || "/" };
    const [promise, exported] = host.evaluateModule(request.source ?? "", PROGRAM, meta);
    namespace = exported;
    settle(promise, "the program's top-level await");
    reportTasks();
  } catch (error) {
    fail(LOAD_FAILURE, error);
  }
}

// -- Call --

// A program without tasks is a script: importing it is all there is to do, and what it left to the loop.
const finishScript = () => runLoop(() => false);

function find(name) {
  for (let i = 0; i < registered.length; i++)
    if (registered[i].name === name) return registered[i].run;
  const main = name === "main" ? plainMain() : undefined;
  if (main) return main;
  if (name === "main" && registered.length === 0) return finishScript;
  const names = registered.map((candidate) => candidate.name).join(", ");
  throw new Error(`No task named "${name}". Available tasks: ${names}`);
}

function runTask({ task, args = [], kwargs = {} }) {
  if (Object.keys(kwargs).length > 0) args.push(kwargs);
  return settle(apply(find(task), undefined, args), "Task", task);
}

function finish(value) {
  const text = serialize(value);
  emitExit();
  if (exitCode()) host.exit(exitCode());
  host.report(RESULT, text);
}

export function call(request) {
  const isString = request.code !== undefined;
  let wait = null;
  beginRun(request.argv ?? [], isString ? request.name : undefined);
  if (isString) {
    try {
      wait = evaluate(request, settle);
    } catch (error) {
      fail(LOAD_FAILURE, error);
      return;
    }
  }
  try {
    finish(wait ? wait() : runTask(request));
  } catch (error) {
    if (error instanceof Unserializable)
      host.report(UNSERIALIZABLE, stringify({ message: error.message, traceback: null }));
    else fail(FAILURE, error);
  }
}

export function installHooks() {
  // In the order of enum cap_hook in guest.h.
  host.setHooks([load, call, builtin, onRejection, describe]);
}
