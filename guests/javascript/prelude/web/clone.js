// structuredClone.
import { host } from "../host.js";
import { DOMException } from "./dom-exception.js";
import types from "../inspect-types.js";
import { Blob } from "./blob.js";

const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

function refuse(value) {
  let shown;
  try {
    shown = typeof value === "symbol" || typeof value === "function" ? String(value) : `#<${value.constructor?.name ?? "Object"}>`;
  } catch {
    shown = "value";
  }
  return new DOMException(`${shown.slice(0, 100)} could not be cloned.`, "DataCloneError");
}

function cloneError(value, clone) {
  const name = Object.hasOwn(ERRORS, value.name) ? value.name : "Error";
  const made = new ERRORS[name]();
  for (const key of ["message", "stack"]) {
    const text = value[key];
    if (text !== undefined) Object.defineProperty(made, key, { value: String(text), writable: true, configurable: true });
  }
  if (Object.hasOwn(value, "cause"))
    Object.defineProperty(made, "cause", { value: clone(value.cause), writable: true, configurable: true });
  return made;
}

function cloneBuffer(buffer) {
  const length = buffer.byteLength;
  const copy = buffer.resizable ? new ArrayBuffer(length, { maxByteLength: buffer.maxByteLength }) : new ArrayBuffer(length);
  new Uint8Array(copy).set(new Uint8Array(buffer));
  return copy;
}

class Cloner {
  seen = new Map();
  clone = (value) => {
    if (typeof value === "symbol" || typeof value === "function") throw refuse(value);
    if (value === null || typeof value !== "object") return value;
    if (this.seen.has(value)) return this.seen.get(value);
    return this.object(value);
  };
  keep(value, copy) {
    this.seen.set(value, copy);
    return copy;
  }
  object(value) {
    if (Array.isArray(value)) return this.properties(value, this.keep(value, new Array(value.length)));
    if (types.isDate(value)) return this.keep(value, new Date(value.getTime()));
    if (types.isRegExp(value)) return this.keep(value, new RegExp(value.source, value.flags));
    if (types.isBoxedPrimitive(value)) {
      if (types.isSymbolObject(value)) throw refuse(value);
      return this.keep(value, Object(value.valueOf()));
    }
    if (types.isMap(value)) {
      const copy = this.keep(value, new Map());
      for (const [key, item] of [...Map.prototype.entries.call(value)]) copy.set(this.clone(key), this.clone(item));
      return copy;
    }
    if (types.isSet(value)) {
      const copy = this.keep(value, new Set());
      for (const item of [...Set.prototype.values.call(value)]) copy.add(this.clone(item));
      return copy;
    }
    return this.binary(value) ?? this.other(value);
  }
  binary(value) {
    if (types.isArrayBuffer(value)) return this.keep(value, cloneBuffer(value));
    if (types.isSharedArrayBuffer(value)) return this.keep(value, value);
    if (!ArrayBuffer.isView(value)) return undefined;
    const buffer = this.clone(value.buffer);
    if (types.isDataView(value)) return this.keep(value, new DataView(buffer, value.byteOffset, value.byteLength));
    const tag = Reflect.get(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag, value);
    return this.keep(value, new globalThis[tag](buffer, value.byteOffset, value.length));
  }
  other(value) {
    if (types.isNativeError(value) || value instanceof DOMException)
      return value instanceof DOMException
        ? this.keep(value, new DOMException(value.message, value.name))
        : this.keep(value, cloneError(value, this.clone));
    if (value instanceof Blob) return this.keep(value, value.slice());
    if (types.isPromise(value) || types.isWeakMap(value) || types.isWeakSet(value) || types.isProxy(value) ||
      types.isGeneratorObject(value) || value instanceof WeakRef)
      throw refuse(value);
    return this.properties(value, this.keep(value, {}));
  }
  properties(value, copy) {
    for (const key of Object.keys(value)) {
      const item = this.clone(value[key]);
      Object.defineProperty(copy, key, { value: item, writable: true, enumerable: true, configurable: true });
    }
    return copy;
  }
}

export function structuredClone(value, options = undefined) {
  if (arguments.length === 0) throw new TypeError('The "value" argument must be specified');
  const transfer = options?.transfer ? [...options.transfer] : [];
  const cloner = new Cloner();
  for (const item of transfer)
    if (!types.isArrayBuffer(item)) throw new DOMException("Value not transferable", "DataCloneError");
  const copy = cloner.clone(value);
  for (const item of transfer) host.detach(item);
  return copy;
}
