// console: log levels over descriptors 1 and 2, one write per call.
import { host } from "./host.js";
import { formatWithOptions, inspect } from "./inspect.js";
import { now } from "./loop.js";

const TABLE_CHARS = { middle: "─", row: "┼", topRow: "┬", bottomRow: "┴", left: "│ ", right: " │", between: " │ " };

const fd = (number) => (text) => host.write(number, text);

function textOf(args) {
  return args.length === 1 && typeof args[0] === "string" ? args[0] : formatWithOptions({}, ...args);
}

function indent(text, prefix) {
  return prefix === "" ? text : prefix + (text.includes("\n") ? text.replaceAll("\n", `\n${prefix}`) : text);
}

// Characters that take two columns on a terminal; the rest counts as one.
function width(text) {
  let columns = 0;
  for (const character of text.normalize("NFC")) {
    const code = character.codePointAt(0);
    const wide = code >= 0x1100 && (code <= 0x115f || (code >= 0x2e80 && code <= 0xa4cf) ||
      (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) || (code >= 0xfe30 && code <= 0xfe6f) ||
      (code >= 0xff00 && code <= 0xff60) || (code >= 0xffe0 && code <= 0xffe6) ||
      (code >= 0x1f300 && code <= 0x1f64f) || (code >= 0x1f900 && code <= 0x1f9ff) ||
      (code >= 0x20000 && code <= 0x3fffd));
    columns += wide ? 2 : 1;
  }
  return columns;
}

function drawTable(head, columns) {
  const rows = [];
  const widths = head.map(width);
  const longest = Math.max(...columns.map((column) => column.length));
  for (let i = 0; i < head.length; i++)
    for (let j = 0; j < longest; j++) {
      rows[j] ??= [];
      const value = (rows[j][i] = Object.hasOwn(columns[i], j) ? columns[i][j] : "");
      widths[i] = Math.max(widths[i] ?? 0, width(value));
    }
  const line = widths.map((size) => TABLE_CHARS.middle.repeat(size + 2));
  const draw = (row) =>
    TABLE_CHARS.left + row.map((cell, i) => {
      const space = widths[i] - width(cell);
      return cell + " ".repeat(space);
    }).join(TABLE_CHARS.between) + TABLE_CHARS.right;
  const body = rows.map((row) => `${draw(row)}\n`).join("");
  return `┌${line.join(TABLE_CHARS.topRow)}┐\n${draw(head)}\n├${line.join(TABLE_CHARS.row)}┤\n${body}└${line.join(
    TABLE_CHARS.bottomRow)}┘`;
}

const cell = (value) =>
  inspect(value, { maxArrayLength: 3, breakLength: Infinity, depth: value !== null && typeof value === "object" &&
    !Array.isArray(value) && Object.keys(value).length > 2 ? -1 : 0 });

const INDEX = "(index)";
const ITERATION = "(iteration index)";

function simpleTable(values, firstHead) {
  return drawTable([firstHead, "Values"], [values.map((_, i) => String(i)), values.map(cell)]);
}

function table(data, properties) {
  if (data instanceof Map) {
    const keys = [...data.keys()].map(cell);
    return drawTable([ITERATION, "Key", "Values"], [keys.map((_, i) => String(i)), keys, [...data.values()].map(cell)]);
  }
  if (data instanceof Set) return simpleTable([...data], ITERATION);
  const columns = new Map();
  const values = [];
  let hasPrimitives = false;
  const indexes = Object.keys(data);
  indexes.forEach((index, row) => {
    const item = data[index];
    const primitive = item === null || (typeof item !== "function" && typeof item !== "object");
    if (primitive) {
      hasPrimitives = true;
      values[row] = cell(item);
      return;
    }
    for (const key of properties ?? Object.keys(item)) {
      if (!columns.has(key)) columns.set(key, []);
      if (Object.hasOwn(item, key)) columns.get(key)[row] = cell(item[key]);
    }
  });
  const head = [INDEX, ...columns.keys()];
  const cells = [indexes, ...columns.values()];
  if (hasPrimitives) {
    head.push("Values");
    cells.push(values);
  }
  cells.forEach((column) => { column.length = Math.max(column.length, indexes.length); });
  return drawTable(head, cells.map((column) => Array.from(column, (text) => text ?? "")));
}

function duration(ms) {
  if (ms >= 3600000) return `${clockPart(ms / 3600000, ms % 3600000 / 60000)} (h:mm:ss.mmm)`.replace(/^(\d+):(\d+)/, (_, h, m) =>
    `${h}:${m}:${String(Math.floor(ms % 60000 / 1000)).padStart(2, "0")}`);
  if (ms >= 60000) return `${Math.floor(ms / 60000)}:${(ms % 60000 / 1000).toFixed(3).padStart(6, "0")} (m:ss.mmm)`;
  return ms >= 1000 ? `${(ms / 1000).toFixed(3)}s` : `${Number(ms.toFixed(3))}ms`;
}

const clockPart = (hours, minutes) => `${Math.floor(hours)}:${String(Math.floor(minutes)).padStart(2, "0")}`;

export class Console {
  #out;
  #err;
  #prefix = "";
  #step = 2;
  #counts = new Map();
  #starts = new Map();

  constructor(options, stderr) {
    const streams = options?.stdout ? options : { stdout: options, stderr: stderr ?? options };
    const writer = (stream) => (typeof stream === "function" ? stream : (text) => stream.write(text));
    this.#out = writer(streams.stdout);
    this.#err = writer(streams.stderr ?? streams.stdout);
    if (streams.groupIndentation !== undefined) this.#step = streams.groupIndentation;
    // Methods are own properties, so that they can be passed around alone.
    for (const name of METHODS) this[name] = this[name].bind(this);
  }

  #print(write, args) {
    write(`${indent(textOf(args), this.#prefix)}\n`);
  }
  #elapsed(label, what) {
    const key = String(label);
    const start = this.#starts.get(key);
    if (start === undefined) this.warn(`Warning: No such label '${key}' for console.${what}()`);
    return start === undefined ? null : `${key}: ${duration(now() - start)}`;
  }

  log(...args) { this.#print(this.#out, args); }
  info(...args) { this.#print(this.#out, args); }
  debug(...args) { this.#print(this.#out, args); }
  error(...args) { this.#print(this.#err, args); }
  warn(...args) { this.#print(this.#err, args); }
  dirxml(...args) { this.#print(this.#out, args); }
  dir(value, options) { this.#print(this.#out, [inspect(value, { customInspect: false, ...options })]); }
  trace(...args) {
    const error = { name: "Trace", message: args.length > 0 ? textOf(args) : "" };
    Error.captureStackTrace(error, this.trace);
    this.#print(this.#err, [error.stack]);
  }
  assert(condition, ...args) {
    if (condition) return;
    if (typeof args[0] === "string") args[0] = `Assertion failed: ${args[0]}`;
    else args.unshift("Assertion failed");
    this.#print(this.#err, args.length === 1 ? [args[0]] : args);
  }
  group(...args) {
    if (args.length > 0) this.log(...args);
    this.#prefix += " ".repeat(this.#step);
  }
  groupCollapsed(...args) { this.group(...args); }
  groupEnd() { this.#prefix = this.#prefix.slice(0, -this.#step || undefined); }
  count(label = "default") {
    const key = String(label);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    this.log(`${key}: ${this.#counts.get(key)}`);
  }
  countReset(label = "default") {
    const key = String(label);
    if (!this.#counts.delete(key)) this.warn(`Warning: Count for '${key}' does not exist`);
  }
  time(label = "default") {
    const key = String(label);
    if (this.#starts.has(key)) this.warn(`Warning: Label '${key}' already exists for console.time()`);
    else this.#starts.set(key, now());
  }
  timeEnd(label = "default") {
    const text = this.#elapsed(label, "timeEnd");
    if (text === null) return;
    this.log("%s", text);
    this.#starts.delete(String(label));
  }
  timeLog(label = "default", ...args) {
    const text = this.#elapsed(label, "timeLog");
    if (text !== null) this.log("%s", text, ...args);
  }
  table(data, properties) {
    if (data === null || typeof data !== "object") this.log(data);
    else this.log("%s", table(data, properties));
  }
  clear() {}
  profile() {}
  profileEnd() {}
  timeStamp() {}
}

const METHODS = Object.getOwnPropertyNames(Console.prototype).filter((name) => name !== "constructor");

export const console = Object.assign(new Console({ stdout: fd(1), stderr: fd(2) }), { Console });
