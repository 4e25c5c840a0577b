// node:buffer. A Buffer is a Uint8Array with Buffer.prototype; text goes through the codecs of text.c.
import { host } from "../host.js";
import { encodingNumber, ASCII, BASE64, BASE64URL, HEX, LATIN1, UTF16LE, UTF8 } from "../encoding.js";
import { invalidArgType, invalidArgValue, nodeRangeError, nodeTypeError, notAvailable, outOfRange } from "../errors.js";
import { inspect as inspectValue } from "../inspect.js";
import { defineNumbers } from "./buffer-numbers.js";
import { Blob, File } from "../web/blob.js";

const MAX_LENGTH = 2 ** 31 - 1;
const MAX_STRING = 2 ** 29 - 24;
const { isView } = ArrayBuffer;
const { decode, encode } = host;

export const bufferModule = { INSPECT_MAX_BYTES: 50 };

const wrap = (bytes) => Object.setPrototypeOf(bytes, Buffer.prototype);
const asBytes = (value) =>
  value instanceof Uint8Array ? value : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
const isAnyArrayBuffer = (value) =>
  value instanceof ArrayBuffer || (typeof SharedArrayBuffer === "function" && value instanceof SharedArrayBuffer);

function encodingOf(name) {
  const number = encodingNumber(name);
  if (number === undefined) throw nodeTypeError("ERR_UNKNOWN_ENCODING", `Unknown encoding: ${name}`);
  return number;
}

function checkSize(size) {
  if (typeof size !== "number") throw invalidArgType("size", "of type number", size);
  if (!(size >= 0 && size <= MAX_LENGTH)) throw outOfRange("size", `>= 0 && <= ${MAX_LENGTH}`, size);
}

// -- Making --

function Buffer(value, encodingOrOffset, length) {
  if (typeof value !== "number") return Buffer.from(value, encodingOrOffset, length);
  if (typeof encodingOrOffset === "string") throw invalidArgType("string", "of type string", value);
  return Buffer.alloc(value);
}
Object.setPrototypeOf(Buffer, Uint8Array);
Object.setPrototypeOf(Buffer.prototype, Uint8Array.prototype);

function fromArrayBuffer(buffer, byteOffset, length) {
  const offset = byteOffset === undefined ? 0 : Number(byteOffset) || 0;
  const room = buffer.byteLength - offset;
  if (room < 0) throw nodeRangeError("ERR_BUFFER_OUT_OF_BOUNDS", '"offset" is outside of buffer bounds');
  if (length !== undefined) {
    length = Number(length) || 0;
    if (length > room) throw nodeRangeError("ERR_BUFFER_OUT_OF_BOUNDS", '"length" is outside of buffer bounds');
  }
  return wrap(new Uint8Array(buffer, offset, length === undefined ? room : Math.max(0, length)));
}

function fromArrayLike(value) {
  const bytes = new Uint8Array(value.length > 0 ? value.length : 0);
  for (let i = 0; i < bytes.length; i++) bytes[i] = value[i];
  return wrap(bytes);
}

function fromObject(value) {
  if (value.length !== undefined || isAnyArrayBuffer(value.buffer))
    return typeof value.length === "number" ? fromArrayLike(value) : wrap(new Uint8Array(0));
  if (value.type === "Buffer" && Array.isArray(value.data)) return fromArrayLike(value.data);
  return null;
}

const EXPECTED = "of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object";

Buffer.from = function from(value, encodingOrOffset, length) {
  if (typeof value === "string") return wrap(encode(value, encodingOf(encodingOrOffset)));
  if (typeof value === "object" && value !== null) {
    if (isAnyArrayBuffer(value)) return fromArrayBuffer(value, encodingOrOffset, length);
    if (isView(value)) return wrap(value instanceof Uint8Array ? new Uint8Array(value) : Uint8Array.from(value));
    const primitive = value.valueOf?.();
    if (primitive !== null && primitive !== undefined && primitive !== value &&
      (typeof primitive === "string" || typeof primitive === "object"))
      return Buffer.from(primitive, encodingOrOffset, length);
    const made = fromObject(value);
    if (made) return made;
    const toPrimitive = value[Symbol.toPrimitive];
    if (typeof toPrimitive === "function") {
      const text = toPrimitive.call(value, "string");
      if (typeof text === "string") return Buffer.from(text, encodingOrOffset);
    }
  }
  throw nodeTypeError("ERR_INVALID_ARG_TYPE", `The first argument must be ${EXPECTED}. ${
    invalidArgType("value", "", value).message.replace(/^.*?Received/s, "Received")}`);
};

Buffer.alloc = function alloc(size, fill, encoding) {
  checkSize(size);
  const buffer = wrap(new Uint8Array(size));
  return fill !== undefined && fill !== 0 && size > 0 ? buffer.fill(fill, encoding) : buffer;
};
Buffer.allocUnsafe = function allocUnsafe(size) {
  checkSize(size);
  return wrap(new Uint8Array(size));
};
Buffer.allocUnsafeSlow = function allocUnsafeSlow(size) {
  return Buffer.allocUnsafe(size);
};
Buffer.copyBytesFrom = function copyBytesFrom(source, offset = 0, length = source.length - offset) {
  if (!isView(source)) throw invalidArgType("view", "an instance of TypedArray", source);
  return wrap(new Uint8Array(asBytes(source.subarray(offset, offset + length))));
};
Buffer.of = function of(...items) {
  return fromArrayLike(items);
};

// -- Asking --

Buffer.isBuffer = function isBuffer(value) {
  return value instanceof Buffer;
};
Buffer.isEncoding = function isEncoding(name) {
  return typeof name === "string" && name !== "" && encodingNumber(name) !== undefined;
};

const base64Length = (text) => Math.floor((text.length - (/={1,2}$/.exec(text)?.[0].length ?? 0)) * 3 / 4);

Buffer.byteLength = function byteLength(value, encoding) {
  if (typeof value !== "string") {
    if (isView(value) || isAnyArrayBuffer(value)) return value.byteLength;
    throw invalidArgType("string", "of type string or an instance of Buffer or ArrayBuffer", value);
  }
  switch (encodingNumber(encoding)) {
    case UTF16LE: return value.length * 2;
    case LATIN1:
    case ASCII: return value.length;
    case HEX: return value.length >>> 1;
    case BASE64:
    case BASE64URL: return base64Length(value);
    default: return host.utf8Length(value);
  }
};

function compareBytes(a, b) {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1;
  return a.length === b.length ? 0 : a.length < b.length ? -1 : 1;
}

Buffer.compare = function compare(a, b) {
  if (!(a instanceof Uint8Array)) throw invalidArgType("buf1", "an instance of Buffer or Uint8Array", a);
  if (!(b instanceof Uint8Array)) throw invalidArgType("buf2", "an instance of Buffer or Uint8Array", b);
  return compareBytes(a, b);
};

Buffer.concat = function concat(list, length) {
  if (!Array.isArray(list)) throw invalidArgType("list", "an instance of Array", list);
  const total = length === undefined ? list.reduce((sum, item) => sum + (item?.length ?? 0), 0) : length;
  const result = Buffer.alloc(total);
  let at = 0;
  list.forEach((item, i) => {
    if (!(item instanceof Uint8Array)) throw invalidArgType(`list[${i}]`, "an instance of Buffer or Uint8Array", item);
    if (at >= total) return;
    const part = at + item.length > total ? item.subarray(0, total - at) : item;
    result.set(part, at);
    at += part.length;
  });
  return result;
};
Buffer.poolSize = 8192;

// -- Methods --

const proto = Buffer.prototype;
const index = (value, fallback, length) => {
  const number = value === undefined ? fallback : Math.trunc(Number(value)) || 0;
  return Math.min(Math.max(number < 0 ? number + length : number, 0), length);
};

const methods = {
  toString(encoding, start, end) {
    if (arguments.length === 0) return decode(this, UTF8, 0, this.length);
    const from = Math.max(0, Math.trunc(Number(start)) || 0);
    const to = end === undefined ? this.length : Math.max(0, Math.trunc(Number(end)) || 0);
    return decode(this, encodingOf(encoding), Math.min(from, this.length), Math.min(to, this.length));
  },
  toJSON() {
    return { type: "Buffer", data: Array.from(this) };
  },
  equals(other) {
    if (!(other instanceof Uint8Array)) throw invalidArgType("otherBuffer", "an instance of Buffer or Uint8Array", other);
    return this === other || (this.length === other.length && compareBytes(this, other) === 0);
  },
  compare(target, targetStart = 0, targetEnd = target?.length, start = 0, end = this.length) {
    if (!(target instanceof Uint8Array)) throw invalidArgType("target", "an instance of Buffer or Uint8Array", target);
    const bounds = { targetStart, targetEnd, sourceStart: start, sourceEnd: end };
    for (const [name, value] of Object.entries(bounds)) {
      const most = name.startsWith("target") ? target.length : this.length;
      if (!(value >= 0 && value <= most)) throw outOfRange(name, `>= 0 && <= ${most}`, value);
    }
    return compareBytes(this.subarray(start, Math.max(start, end)), target.subarray(targetStart, Math.max(targetStart, targetEnd)));
  },
  copy(target, targetStart = 0, start = 0, end = this.length) {
    if (!isView(target)) throw invalidArgType("target", "an instance of Buffer or Uint8Array", target);
    targetStart = Math.trunc(Number(targetStart)) || 0;
    start = Math.trunc(Number(start)) || 0;
    end = Math.trunc(Number(end)) || 0;
    if (targetStart < 0) throw outOfRange("targetStart", ">= 0", targetStart);
    if (start < 0 || start > this.length) throw outOfRange("sourceStart", `>= 0 && <= ${this.length}`, start);
    if (end < 0) throw outOfRange("sourceEnd", ">= 0", end);
    const room = target.byteLength - targetStart;
    const count = Math.min(room, Math.min(end, this.length) - start);
    if (count <= 0) return 0;
    asBytes(target).set(this.subarray(start, start + count), targetStart);
    return count;
  },
  slice(start, end) {
    return this.subarray(start, end);
  },
  subarray(start, end) {
    const from = index(start, 0, this.length);
    const to = index(end, this.length, this.length);
    return wrap(new Uint8Array(this.buffer, this.byteOffset + from, Math.max(0, to - from)));
  },
  write(text, offset, length, encoding) {
    if (typeof text !== "string") throw invalidArgType("argument", "of type string", text);
    if (typeof offset === "string") [offset, length, encoding] = [0, undefined, offset];
    else if (typeof length === "string") [length, encoding] = [undefined, length];
    offset ??= 0;
    if (typeof offset !== "number") throw invalidArgType("offset", "of type number", offset);
    if (offset < 0 || offset > this.length) throw outOfRange("offset", `>= 0 && <= ${this.length}`, offset);
    const room = Math.min(length ?? Infinity, this.length - offset);
    const target = new Uint8Array(this.buffer, this.byteOffset + offset, room);
    const number = encodingOf(encoding);
    if (number === UTF8) return host.encodeInto(text, target)[1];
    let bytes = encode(text, number);
    if (bytes.length > room) bytes = bytes.subarray(0, number === UTF16LE ? room & ~1 : room);
    target.set(bytes);
    return bytes.length;
  },
  fill(value, offset, end, encoding) {
    if (typeof offset === "string") [offset, end, encoding] = [undefined, undefined, offset];
    else if (typeof end === "string") [end, encoding] = [undefined, end];
    offset ??= 0;
    end ??= this.length;
    if (!(offset >= 0 && offset <= this.length)) throw outOfRange("offset", `>= 0 && <= ${this.length}`, offset);
    if (!(end >= 0 && end <= this.length)) throw outOfRange("end", `>= 0 && <= ${this.length}`, end);
    if (typeof value === "string") value = encode(value, encodingOf(encoding));
    if (!isView(value)) {
      Uint8Array.prototype.fill.call(this, typeof value === "boolean" ? Number(value) : value & 255, offset, end);
      return this;
    }
    const bytes = asBytes(value);
    if (bytes.length === 0) {
      if (typeof arguments[0] === "string" && arguments[0] === "") Uint8Array.prototype.fill.call(this, 0, offset, end);
      else throw invalidArgValue("value", arguments[0]);
      return this;
    }
    for (let at = offset; at < end; at++) this[at] = bytes[(at - offset) % bytes.length];
    return this;
  },
  indexOf(value, offset, encoding) {
    return search(this, value, offset, encoding, true);
  },
  lastIndexOf(value, offset, encoding) {
    return search(this, value, offset, encoding, false);
  },
  includes(value, offset, encoding) {
    return this.indexOf(value, offset, encoding) !== -1;
  },
  swap16() {
    return swap(this, 2);
  },
  swap32() {
    return swap(this, 4);
  },
  swap64() {
    return swap(this, 8);
  },
  inspect(depth, options) {
    return proto[Symbol.for("nodejs.util.inspect.custom")].call(this, depth, options);
  },
};

function swap(buffer, size) {
  if (buffer.length % size !== 0)
    throw nodeRangeError("ERR_INVALID_BUFFER_SIZE", `Buffer size must be a multiple of ${size * 8}-bits`);
  for (let at = 0; at < buffer.length; at += size) Uint8Array.prototype.reverse.call(buffer.subarray(at, at + size));
  return buffer;
}

function search(buffer, value, offset, encoding, forward) {
  if (typeof offset === "string") [offset, encoding] = [undefined, offset];
  if (typeof value === "number") {
    const byte = value & 255;
    const method = forward ? "indexOf" : "lastIndexOf";
    return offset === undefined || Number.isNaN(Number(offset))
      ? Uint8Array.prototype[method].call(buffer, byte)
      : Uint8Array.prototype[method].call(buffer, byte, Number(offset));
  }
  const number = encodingOf(encoding);
  if (typeof value === "string") value = encode(value, number);
  if (!(value instanceof Uint8Array))
    throw invalidArgType("value", "one of type number or string or an instance of Buffer or Uint8Array", value);
  const step = number === UTF16LE ? 2 : 1;
  let at = Number(offset);
  if (Number.isNaN(at)) at = forward ? 0 : buffer.length;
  if (at < 0) at += buffer.length;
  if (!forward && at < 0) return -1;
  at = Math.max(0, Math.trunc(at));
  const last = buffer.length - value.length;
  if (value.length === 0) return forward ? Math.min(at, buffer.length) : Math.min(at, buffer.length);
  const matches = (start) => {
    for (let i = 0; i < value.length; i++) if (buffer[start + i] !== value[i]) return false;
    return true;
  };
  if (forward) {
    for (; at <= last; at += 1) {
      at = Uint8Array.prototype.indexOf.call(buffer, value[0], at);
      if (at < 0 || at > last) return -1;
      if (at % step === 0 && matches(at)) return at;
    }
    return -1;
  }
  for (at = Math.min(at, last); at >= 0; at--) if (at % step === 0 && matches(at)) return at;
  return -1;
}

for (const [name, value] of Object.entries(methods))
  Object.defineProperty(proto, name, { value, writable: true, enumerable: false, configurable: true });
Object.defineProperty(proto, "toLocaleString", { value: proto.toString, writable: true, configurable: true });
for (const [prefix, number] of [["utf8", UTF8], ["ucs2", UTF16LE], ["utf16le", UTF16LE], ["latin1", LATIN1],
  ["ascii", ASCII], ["hex", HEX], ["base64", BASE64], ["base64url", BASE64URL]]) {
  const define = (suffix, value) =>
    Object.defineProperty(proto, prefix + suffix, { value, writable: true, configurable: true });
  define("Slice", function (start = 0, end = this.length) { return decode(this, number, start, end); });
  define("Write", function (text, offset, length) { return this.write(text, offset ?? 0, length, prefix); });
}
defineNumbers(proto);
Object.defineProperties(proto, {
  parent: { get() { return this.buffer; }, configurable: true, enumerable: true },
  offset: { get() { return this.byteOffset; }, configurable: true, enumerable: true },
  [Symbol.for("nodejs.util.inspect.custom")]: {
    configurable: true,
    writable: true,
    value(depth, options) {
      const most = bufferModule.INSPECT_MAX_BYTES;
      const shown = Math.min(most, this.length);
      let text = decode(this, HEX, 0, shown).replace(/(.{2})/g, "$1 ").trim();
      const left = this.length - most;
      if (left > 0) text += ` ... ${left} more byte${left > 1 ? "s" : ""}`;
      const extra = Object.keys(this).slice(this.length);
      if (extra.length > 0 && options) {
        const own = Object.fromEntries(extra.map((key) => [key, this[key]]));
        text += `${shown > 0 ? ", " : ""}${inspectValue(own, { ...options, breakLength: Infinity, compact: true }).slice(2, -2)}`;
      }
      return `<${this.constructor.name} ${text}>`;
    },
  },
});

function SlowBuffer(size) {
  return Buffer.allocUnsafeSlow(size);
}
Object.setPrototypeOf(SlowBuffer, Uint8Array);
SlowBuffer.prototype = Buffer.prototype;

function transcode(source, from, to) {
  if (!(source instanceof Uint8Array)) throw invalidArgType("source", "an instance of Buffer or Uint8Array", source);
  return Buffer.from(decode(source, encodingOf(from), 0, source.length), to);
}

const bytesOf = (input) => {
  if (isView(input)) return asBytes(input);
  if (isAnyArrayBuffer(input)) return new Uint8Array(input);
  throw invalidArgType("input", "an instance of ArrayBuffer, Buffer, or TypedArray", input);
};

Object.assign(bufferModule, {
  Buffer,
  SlowBuffer,
  Blob,
  File,
  transcode,
  isUtf8: (input) => host.utf8Valid(bytesOf(input)),
  isAscii: (input) => bytesOf(input).every((byte) => byte < 128),
  kMaxLength: MAX_LENGTH,
  kStringMaxLength: MAX_STRING,
  constants: { MAX_LENGTH, MAX_STRING_LENGTH: MAX_STRING },
  atob: (text) => globalThis.atob(text),
  btoa: (text) => globalThis.btoa(text),
  resolveObjectURL() {
    throw notAvailable("buffer.resolveObjectURL");
  },
});

export { Buffer };
export default bufferModule;
