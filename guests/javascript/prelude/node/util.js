// node:util.
import process from "./process.js";
import types from "../inspect-types.js";
import { format, formatWithOptions, inspect, stripVTControlCharacters } from "../inspect.js";
import { checkFunction, invalidArgType, nodeError, notAvailable } from "../errors.js";
import { errnoTable } from "./errno.js";

const custom = Symbol.for("nodejs.util.promisify.custom");

function promisify(original) {
  checkFunction(original, "original");
  if (original[custom]) {
    checkFunction(original[custom], "util.promisify.custom");
    return Object.defineProperty(original[custom], custom, {
      value: original[custom], enumerable: false, writable: false, configurable: true,
    });
  }
  const names = original[Symbol.for("nodejs.util.promisify.args")];
  function fn(...args) {
    return new Promise((resolve, reject) => {
      Reflect.apply(original, this, [...args, (error, ...results) => {
        if (error) reject(error);
        else if (names && results.length > 1) resolve(Object.fromEntries(names.map((name, i) => [name, results[i]])));
        else resolve(results[0]);
      }]);
    });
  }
  Object.setPrototypeOf(fn, Object.getPrototypeOf(original));
  Object.defineProperty(fn, custom, { value: fn, enumerable: false, writable: false, configurable: true });
  return Object.defineProperties(fn, Object.getOwnPropertyDescriptors(original));
}
promisify.custom = custom;

function callbackify(original) {
  checkFunction(original, "original");
  function callbackified(...args) {
    const callback = args.pop();
    checkFunction(callback, "last argument");
    Reflect.apply(original, this, args).then(
      (value) => process.nextTick(callback, null, value),
      (reason) => {
        const error = reason || Object.assign(
          nodeError("ERR_FALSY_VALUE_REJECTION", "Promise was rejected with falsy value"), { reason });
        process.nextTick(callback, error);
      },
    );
  }
  return Object.defineProperty(callbackified, "name", { value: `${original.name}Callbackified` });
}

function deprecate(fn, message, code) {
  let warned = false;
  function deprecated(...args) {
    if (!warned) {
      warned = true;
      process.emitWarning(message, "DeprecationWarning", code);
    }
    return new.target ? Reflect.construct(fn, args, new.target) : Reflect.apply(fn, this, args);
  }
  Object.setPrototypeOf(deprecated, fn);
  if (fn.prototype) deprecated.prototype = fn.prototype;
  return deprecated;
}

function inherits(constructor, superConstructor) {
  checkFunction(constructor, "ctor");
  checkFunction(superConstructor, "superCtor");
  Object.defineProperty(constructor, "super_", { value: superConstructor, writable: true, configurable: true });
  Object.setPrototypeOf(constructor.prototype, superConstructor.prototype);
}

function debuglog(section) {
  const wanted = () => new RegExp(`(^|,)(${section}|\\*)(,|$)`, "i").test(process.env.NODE_DEBUG ?? "");
  let enabled;
  const log = (...args) => {
    if ((enabled ??= wanted())) process.stderr.write(`${section.toUpperCase()} ${process.pid}: ${format(...args)}\n`);
  };
  return Object.defineProperty(log, "enabled", { get: () => (enabled ??= wanted()), configurable: true });
}

function styleText(style, text) {
  const codes = (Array.isArray(style) ? style : [style]).map((name) => {
    const found = inspect.colors[name];
    if (!found) throw invalidArgType("format", `one of: ${Object.keys(inspect.colors).join(", ")}`, name);
    return found;
  });
  return codes.reduceRight((shown, [open, close]) => `\u001b[${open}m${shown}\u001b[${close}m`, String(text));
}

const systemErrors = new Map(errnoTable.map(([, name, number, text]) => [-number, [name, text]]));

const typeIs = (name) => (value) => typeof value === name;

const util = {
  callbackify,
  debug: debuglog,
  debuglog,
  deprecate,
  format,
  formatWithOptions,
  getSystemErrorMap: () => systemErrors,
  getSystemErrorName: (number) => systemErrors.get(number)?.[0],
  inherits,
  inspect,
  isArray: Array.isArray,
  isBoolean: typeIs("boolean"),
  isBuffer: (value) => globalThis.Buffer.isBuffer(value),
  isDate: types.isDate,
  isDeepStrictEqual: (a, b) => require("./comparisons.js").isDeepStrictEqual(a, b),
  isError: (value) => types.isNativeError(value) || value instanceof Error,
  isFunction: typeIs("function"),
  isNull: (value) => value === null,
  isNullOrUndefined: (value) => value === null || value === undefined,
  isNumber: typeIs("number"),
  isObject: (value) => value !== null && typeof value === "object",
  isPrimitive: (value) => value === null || (typeof value !== "object" && typeof value !== "function"),
  isRegExp: types.isRegExp,
  isString: typeIs("string"),
  isSymbol: typeIs("symbol"),
  isUndefined: typeIs("undefined"),
  log: (...args) => process.stdout.write(`${format(...args)}\n`),
  promisify,
  stripVTControlCharacters,
  styleText,
  toUSVString: (value) => String(value).toWellFormed(),
  aborted(signal) {
    return new Promise((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    });
  },
  parseArgs: (config) => require("./parse-args.js").parseArgs(config),
  parseEnv: (text) => require("./parse-args.js").parseEnv(text),
  types,
  _extend: (target, source) => (source !== null && typeof source === "object" ? Object.assign(target, source) : target),
};
for (const name of ["TextEncoder", "TextDecoder"])
  Object.defineProperty(util, name, { get: () => globalThis[name], enumerable: true, configurable: true });
for (const name of ["MIMEType", "MIMEParams", "transferableAbortController", "transferableAbortSignal"])
  util[name] = function () {
    throw notAvailable(`util.${name}`);
  };

export default util;
