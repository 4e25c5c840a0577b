// Error.prototype.stack as programs expect it: a header line, then frames in the files that the user wrote.
//
// The engine keeps only frames, in positions of the bundle. The text is made when it is first read; frames of the
// prelude have no position and are left out.
import { originalPosition } from "./sourcemap.js";

export const PROGRAM = "capsule:program";

// What the engine writes for a function without debug information: the prelude's.
const NOWHERE = "<null>";

const native = Object.getOwnPropertyDescriptor(Error.prototype, "stack");
const nativeCapture = Error.captureStackTrace;
const defineProperty = Object.defineProperty;

let shownName = "program";

// How the program's file is called where no source map leads to a better name.
export function setProgramName(name) {
  shownName = name;
}

function location(file, line, column) {
  if (file !== PROGRAM) return `${file}:${line}:${column}`;
  const original = originalPosition(line, column);
  return original ? `${original.source}:${original.line}:${original.column}` : `${shownName}:${line}:${column}`;
}

const frame = /^ {4}at (?:(.*) \()?(.*?):(\d+):(\d+)\)?$/;

function mapFrame(text) {
  const match = frame.exec(text);
  if (!match) return / \(native\)$/.test(text) ? text.replace(/\(native\)$/, "(<anonymous>)") : null;
  const [, name, file, line, column] = match;
  if (file === NOWHERE) return null;
  const place = location(file, Number(line), Number(column));
  return name && name !== "<anonymous>" && name !== "<eval>" && name !== "<module>"
    ? `    at ${name} (${place})`
    : `    at ${place}`;
}

// Frames below the last one of the program are the prelude's way of calling it.
export function mapFrames(raw) {
  const lines = [];
  let used = 0;
  for (const text of raw.split("\n")) {
    if (text === "") continue;
    const mapped = mapFrame(text);
    if (!mapped) continue;
    lines.push(mapped);
    if (!mapped.endsWith("(<anonymous>)")) used = lines.length;
  }
  lines.length = used;
  return lines;
}

function header(error) {
  let name, message;
  try {
    name = error.name === undefined ? "Error" : String(error.name);
    message = error.message === undefined ? "" : String(error.message);
    if (typeof error.code === "string" && /^ERR_/.test(error.code) && !name.includes("[")) name += ` [${error.code}]`;
  } catch {
    return "Error";
  }
  return name && message ? `${name}: ${message}` : name || message;
}

const isRaw = (value) => typeof value === "string" && (value === "" || value.startsWith("    at "));

export function format(error, raw) {
  return [header(error), ...mapFrames(raw)].join("\n");
}

// The position where the error was made: {file, line, column} of the user's file, or null.
export function position(error) {
  const stack = error?.stack;
  if (typeof stack !== "string") return null;
  for (const [, file, line, column] of stack.matchAll(/^ {4}at (?:.* \()?(.+?):(\d+):(\d+)\)?$/gm))
    if (!file.startsWith("<") || file === shownName) return { file, line: Number(line), column: Number(column) };
  return null;
}

// The same in the bundle, {line, column}, without looking at the source map. Only before the stack was read.
export function bundlePosition(error) {
  const raw = Reflect.apply(native.get, error, []);
  for (const text of typeof raw === "string" ? raw.split("\n") : []) {
    const match = frame.exec(text);
    if (match?.[2] === PROGRAM) return { line: Number(match[3]), column: Number(match[4]) };
  }
  return null;
}

function store(target, value) {
  defineProperty(target, "stack", { value, writable: true, enumerable: false, configurable: true });
}

defineProperty(Error.prototype, "stack", {
  configurable: true,
  enumerable: false,
  get() {
    const raw = Reflect.apply(native.get, this, []);
    if (!isRaw(raw)) return raw;
    const text = format(this, raw);
    if (Object.isExtensible(this)) store(this, text);
    return text;
  },
  set(value) {
    if (this !== null && (typeof this === "object" || typeof this === "function")) store(this, value);
  },
});

Error.captureStackTrace = function captureStackTrace(target, above) {
  nativeCapture(target, above);
  const raw = Object.getOwnPropertyDescriptor(target, "stack")?.value;
  if (!isRaw(raw)) return;
  defineProperty(target, "stack", {
    configurable: true,
    enumerable: false,
    get() {
      const text = format(target, raw);
      store(target, text);
      return text;
    },
    set(value) {
      store(target, value);
    },
  });
};

// Call sites that a program's Error.prepareStackTrace receives know the user's files, too.
function mapCallSites() {
  const saved = Error.prepareStackTrace;
  Error.prepareStackTrace = (_, sites) => sites;
  const sites = new Error().stack;
  Error.prepareStackTrace = saved;
  const prototype = Array.isArray(sites) && sites.length > 0 ? Object.getPrototypeOf(sites[0]) : null;
  if (!prototype) return;
  const { getFileName, getLineNumber, getColumnNumber } = prototype;
  const original = (site) =>
    getFileName.call(site) === PROGRAM ? originalPosition(getLineNumber.call(site), getColumnNumber.call(site)) : null;
  const define = (name, value) => defineProperty(prototype, name, { value, writable: true, configurable: true });
  define("getFileName", function () {
    const file = getFileName.call(this);
    return file === PROGRAM ? (original(this)?.source ?? shownName) : file;
  });
  define("getScriptNameOrSourceURL", prototype.getFileName);
  define("getLineNumber", function () {
    return original(this)?.line ?? getLineNumber.call(this);
  });
  define("getColumnNumber", function () {
    return original(this)?.column ?? getColumnNumber.call(this);
  });
  for (const [name, value] of [["getEvalOrigin", undefined], ["isEval", false], ["isToplevel", true],
    ["isConstructor", false], ["isAsync", false], ["isPromiseAll", false], ["getTypeName", null],
    ["getMethodName", null], ["getThis", undefined]])
    if (!(name in prototype)) define(name, () => value);
  define("toString", function () {
    const name = this.getFunctionName();
    const place = `${this.getFileName()}:${this.getLineNumber()}:${this.getColumnNumber()}`;
    return name ? `${name} (${place})` : place;
  });
}
mapCallSites();
