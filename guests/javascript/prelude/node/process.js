// process: what node's has, answered from inside the sandbox. Environment and arguments are fetched when they are
// looked at, so that a program which merely exists stays independent of them.
import { host } from "../host.js";
import EventEmitter from "./events.js";
import { checkFunction, invalidArgType, notAvailable, nodeTypeError } from "../errors.js";
import { failureHooks, now, queueTick } from "../loop.js";
import { inspect } from "../inspect.js";
import { missedVariable } from "../refusals.js";

const MONOTONIC = 1;
const CPU = 2;

const process = Object.create(
  Object.create(EventEmitter.prototype, {
    constructor: { value: function process() {}, writable: true, configurable: true },
    [Symbol.toStringTag]: { value: "process", configurable: true },
  }),
);
EventEmitter.call(process);
const { emit } = process;

// -- Arguments and environment --

// What a load or a call begins with. It is written where it differs alone: a page that is written has to be copied.
const run = { given: [], name: "program", started: null, argv: null, environment: null, exiting: false };
let cwd = "/";

// A load or a call begins.
export function beginRun(given, name) {
  if (given.length > 0 || run.given.length > 0) run.given = given;
  if (name !== undefined) run.name = name;
  if (run.started !== null) run.started = null;
  if (run.argv !== null) run.argv = null;
  if (run.environment !== null) run.environment = null;
  if (run.exiting) run.exiting = false;
}

function loadEnvironment() {
  if (run.environment) return run.environment;
  const environment = (run.environment = Object.create(null));
  const text = host.environment();
  for (const entry of typeof text === "string" ? text.split("\0") : []) {
    const at = entry.indexOf("=", 1);
    if (at > 0) environment[entry.slice(0, at)] = entry.slice(at + 1);
  }
  return environment;
}

const ownEnvironment = (key) => typeof key === "string" && Object.hasOwn(loadEnvironment(), key);

const env = new Proxy({}, {
  get(target, key) {
    if (ownEnvironment(key)) return run.environment[key];
    if (typeof key === "string" && !(key in target)) missedVariable(key);
    return Reflect.get(target, key);
  },
  has: (target, key) => ownEnvironment(key) || Reflect.has(target, key),
  set(_, key, value) {
    if (typeof key === "symbol") throw new TypeError("Cannot convert a Symbol value to a string");
    loadEnvironment()[key] = String(value);
    return true;
  },
  deleteProperty: (_, key) => delete loadEnvironment()[key],
  ownKeys: () => Object.keys(loadEnvironment()),
  getOwnPropertyDescriptor: (_, key) =>
    ownEnvironment(key)
      ? { value: run.environment[key], writable: true, enumerable: true, configurable: true }
      : undefined,
  defineProperty(_, key, descriptor) {
    loadEnvironment()[key] = String(descriptor.value);
    return true;
  },
});

// -- Standard streams --

class StandardStream extends EventEmitter {
  constructor(fd) {
    super();
    this.fd = fd;
    this.writable = true;
    this.isTTY = false;
    this.writableLength = 0;
    this.writableHighWaterMark = 16384;
    this.writableEnded = false;
    this.writableNeedDrain = false;
    this.destroyed = false;
    this._type = "pipe";
  }
  write(chunk, encoding, callback) {
    if (typeof encoding === "function") [encoding, callback] = [undefined, encoding];
    if (chunk === null) throw nodeTypeError("ERR_STREAM_NULL_VALUES", "May not write null values to stream");
    if (typeof chunk === "string") {
      const plain = encoding === undefined || encoding === null || /^utf-?8$/i.test(encoding);
      host.write(this.fd, plain ? chunk : globalThis.Buffer.from(chunk, encoding));
    } else if (ArrayBuffer.isView(chunk)) {
      host.write(this.fd, new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    } else {
      throw invalidArgType("chunk", "of type string or an instance of Buffer, TypedArray, or DataView", chunk);
    }
    if (typeof callback === "function") queueTick(callback, []);
    return true;
  }
  end(chunk, encoding, callback) {
    if (typeof chunk === "function") [chunk, callback] = [undefined, chunk];
    else if (typeof encoding === "function") [encoding, callback] = [undefined, encoding];
    if (chunk !== undefined && chunk !== null) this.write(chunk, encoding);
    queueTick(() => {
      this.emit("finish");
      callback?.();
    }, []);
    return this;
  }
  cork() {}
  uncork() {}
  setDefaultEncoding() { return this; }
  destroy() { return this; }
  getColorDepth() { return 1; }
  hasColors() { return false; }
  getWindowSize() { return [80, 24]; }
  _write(chunk, encoding, callback) { this.write(chunk, encoding, callback); }
  async [Symbol.asyncDispose]() {}
}

const stdout = new StandardStream(1);
const stderr = new StandardStream(2);
let stdin;

function openStdin() {
  if (stdin) return stdin;
  const { Readable } = require("./stream.js").default;
  stdin = new Readable({
    highWaterMark: 65536,
    read() {
      const bytes = globalThis.Buffer.alloc(65536);
      const count = host.read(0, bytes, 0, bytes.length, -1);
      this.push(count > 0 ? bytes.subarray(0, count) : null);
    },
  });
  return Object.assign(stdin, { fd: 0, isTTY: false, setRawMode: () => stdin });
}

// -- Time --

function hrtime(previous) {
  const time = host.clock(MONOTONIC);
  let seconds = Number(time / 1000000000n);
  let nanoseconds = Number(time % 1000000000n);
  if (previous !== undefined) {
    if (!Array.isArray(previous)) throw invalidArgType("time", "an instance of Array", previous);
    seconds -= previous[0];
    nanoseconds -= previous[1];
    if (nanoseconds < 0) [seconds, nanoseconds] = [seconds - 1, nanoseconds + 1e9];
  }
  return [seconds, nanoseconds];
}
hrtime.bigint = () => host.clock(MONOTONIC);

// -- The end --

let exitCodeValue;

function checkExitCode(code) {
  if (code === undefined || code === null) return undefined;
  const number = typeof code === "string" && code !== "" ? Number(code) : code;
  if (!Number.isInteger(number)) throw invalidArgType("code", "of type number", code);
  return number;
}

export const exitCode = () => exitCodeValue ?? 0;

export function emitExit() {
  // Most programs do not listen, and telling nobody would be a good part of a small task.
  if (run.exiting || (process._eventsCount === 0 && process.emit === emit)) return;
  run.exiting = true;
  process.emit("exit", exitCode());
}

function exit(code) {
  const checked = checkExitCode(code);
  if (checked !== undefined) exitCodeValue = checked;
  emitExit();
  host.exit(exitCode());
}

function emitWarning(warning, type, code) {
  if (type !== null && typeof type === "object") ({ type, code } = type);
  const label = warning instanceof Error ? warning.name : (typeof type === "string" ? type : "Warning");
  const text = warning instanceof Error ? warning.message : String(warning);
  host.write(2, `(capsule) ${code ? `[${code}] ` : ""}${label}: ${text}\n`);
  if (process.listenerCount("warning") > 0)
    process.emit("warning", warning instanceof Error ? warning : Object.assign(new Error(text), { name: label, code }));
}

failureHooks.uncaught = (error, origin) => {
  if (process.listenerCount("uncaughtExceptionMonitor") > 0) process.emit("uncaughtExceptionMonitor", error, origin);
  return process.emit("uncaughtException", error, origin);
};
failureHooks.rejection = (reason, promise) => process.emit("unhandledRejection", reason, promise);
failureHooks.handledLater = (promise) => process.emit("rejectionHandled", promise);

const memoryUsage = () => {
  const heapTotal = host.memorySize();
  return { rss: heapTotal, heapTotal, heapUsed: host.heapUsed(), external: 0, arrayBuffers: 0 };
};
memoryUsage.rss = () => host.memorySize();

const cpuUsage = (previous) => {
  const user = Number(host.clock(CPU) / 1000n);
  return { user: user - (previous?.user ?? 0), system: 0 };
};

function chdir(directory) {
  if (typeof directory !== "string") throw invalidArgType("directory", "of type string", directory);
  const path = require("./path.js").default;
  const fs = require("./fs.js").default;
  const target = path.resolve(directory);
  try {
    if (!fs.statSync(target).isDirectory()) throw Object.assign(new Error(), { code: "ENOTDIR", errno: -20 });
  } catch (error) {
    const text = error.code === "ENOTDIR" ? "not a directory" : "no such file or directory";
    throw Object.assign(new Error(`${error.code}: ${text}, chdir '${cwd}' -> '${directory}'`), {
      errno: error.errno, code: error.code, syscall: "chdir", path: cwd, dest: directory,
    });
  }
  cwd = target;
}

const refuse = (what) => () => {
  throw notAvailable(`process.${what}`);
};

const values = {
  title: "capsule",
  version: "v20.18.0",
  versions: { node: "20.18.0", capsule: "0.1.0", quickjs: "0.17.0", ada: "4.0.0", wasi: "preview1" },
  arch: "wasm32",
  platform: "linux",
  release: { name: "capsule" },
  execArgv: [],
  execPath: "/usr/bin/capsule",
  argv0: "capsule",
  pid: 1,
  ppid: 0,
  debugPort: 0,
  features: { inspector: false, debug: false, uv: false, ipv6: false, tls: false },
  config: { target_defaults: {}, variables: {} },
  stdout,
  stderr,
  cwd: () => cwd,
  chdir,
  exit,
  reallyExit: (code = 0) => host.exit(code),
  abort: () => host.exit(134),
  nextTick(callback, ...args) {
    checkFunction(callback, "callback");
    queueTick(callback, args);
  },
  hrtime,
  uptime() {
    const time = now();
    return (time - (run.started ??= time)) / 1000;
  },
  memoryUsage,
  cpuUsage,
  resourceUsage: () => ({ userCPUTime: cpuUsage().user, systemCPUTime: 0, maxRSS: host.memorySize() / 1024 }),
  constrainedMemory: () => 0,
  availableMemory: () => Math.max(0, host.memorySize() - host.heapUsed()),
  umask: () => 0o022,
  getuid: () => 1000,
  geteuid: () => 1000,
  getgid: () => 1000,
  getegid: () => 1000,
  getgroups: () => [1000],
  emitWarning,
  kill: refuse("kill"),
  dlopen: refuse("dlopen"),
  binding: refuse("binding"),
  setUncaughtExceptionCaptureCallback: refuse("setUncaughtExceptionCaptureCallback"),
  hasUncaughtExceptionCaptureCallback: () => false,
  getActiveResourcesInfo: () => [],
  getBuiltinModule(id) {
    const { builtin, isBuiltin } = require("../registry.js");
    return isBuiltin(id) ? builtin(id) : undefined;
  },
};
for (const [key, value] of Object.entries(values)) process[key] = value;

Object.defineProperties(process, {
  env: { value: env, enumerable: true, writable: true, configurable: true },
  argv: {
    enumerable: true,
    configurable: true,
    get() {
      host.impure("process.argv was read");
      return (run.argv ??= ["capsule", `/${run.name}`, ...run.given]);
    },
    set(value) {
      run.argv = value;
    },
  },
  stdin: { enumerable: true, configurable: true, get: openStdin },
  exitCode: {
    enumerable: true,
    configurable: true,
    get: () => exitCodeValue,
    set(code) {
      exitCodeValue = checkExitCode(code);
    },
  },
  [Symbol.for("nodejs.util.inspect.custom")]: {
    value: (depth, options) => `process ${inspect(values, options)}`,
    configurable: true,
  },
});

export default process;
