// Reading and writing numbers in a Buffer: methods made from one table, over DataView.
import { invalidArgType, nodeRangeError, outOfRange } from "../errors.js";

const view = (buffer) => new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);

function checkOffset(buffer, offset, size) {
  if (typeof offset !== "number") throw invalidArgType("offset", "of type number", offset);
  if (!Number.isInteger(offset)) throw outOfRange("offset", "an integer", offset);
  const last = buffer.length - size;
  if (last < 0) throw nodeRangeError("ERR_BUFFER_OUT_OF_BOUNDS", "Attempt to access memory outside buffer bounds");
  if (offset < 0 || offset > last) throw outOfRange("offset", `>= 0 and <= ${last}`, offset);
}

function checkValue(value, low, high, size, big) {
  if (value >= low && value <= high) return;
  const n = big ? "n" : "";
  let range;
  if (size > 4) {
    const bits = size * 8;
    range = low < 0 ? `>= -(2${n} ** ${bits - 1}${n}) and < 2${n} ** ${bits - 1}${n}` : `>= 0${n} and < 2${n} ** ${bits}${n}`;
  } else {
    range = `>= ${low}${n} and <= ${high}${n}`;
  }
  throw outOfRange("value", range, value);
}

// [name, bytes, DataView's name, lowest, highest]; no bounds for floats
const KINDS = [
  ["UInt8", 1, "Uint8", 0, 0xff],
  ["UInt16", 2, "Uint16", 0, 0xffff],
  ["UInt32", 4, "Uint32", 0, 0xffffffff],
  ["Int8", 1, "Int8", -0x80, 0x7f],
  ["Int16", 2, "Int16", -0x8000, 0x7fff],
  ["Int32", 4, "Int32", -0x80000000, 0x7fffffff],
  ["BigUInt64", 8, "BigUint64", 0n, 2n ** 64n - 1n],
  ["BigInt64", 8, "BigInt64", -(2n ** 63n), 2n ** 63n - 1n],
  ["Float", 4, "Float32"],
  ["Double", 8, "Float64"],
];

function define(prototype, name, method) {
  for (const alias of new Set([name, name.replace("UInt", "Uint")]))
    Object.defineProperty(prototype, alias, { value: method, writable: true, enumerable: false, configurable: true });
  Object.defineProperty(method, "name", { value: name });
}

function fixed(prototype, name, bytes, kind, low, high, suffix) {
  const little = suffix === "LE";
  const getter = DataView.prototype[`get${kind}`];
  const setter = DataView.prototype[`set${kind}`];
  const big = typeof low === "bigint";
  define(prototype, `read${name}${suffix}`, function (offset = 0) {
    checkOffset(this, offset, bytes);
    return getter.call(view(this), offset, little);
  });
  define(prototype, `write${name}${suffix}`, function (value, offset = 0) {
    if (big && typeof value !== "bigint") throw invalidArgType("value", "of type bigint", value);
    if (!big) value = Number(value);
    if (low !== undefined) checkValue(value, low, high, bytes, big);
    checkOffset(this, offset, bytes);
    setter.call(view(this), offset, value, little);
    return offset + bytes;
  });
}

function checkByteLength(byteLength) {
  if (typeof byteLength !== "number") throw invalidArgType("byteLength", "of type number", byteLength);
  if (!Number.isInteger(byteLength)) throw outOfRange("byteLength", "an integer", byteLength);
  if (byteLength < 1 || byteLength > 6) throw outOfRange("byteLength", ">= 1 and <= 6", byteLength);
}

// Integers of 1 to 6 bytes.
function variable(prototype, signed, suffix) {
  const little = suffix === "LE";
  const name = signed ? "Int" : "UInt";
  const position = (offset, byteLength, i) => (little ? offset + byteLength - 1 - i : offset + i);
  define(prototype, `read${name}${suffix}`, function (offset, byteLength) {
    if (offset === undefined) throw invalidArgType("offset", "of type number", offset);
    checkByteLength(byteLength);
    checkOffset(this, offset, byteLength);
    let value = 0;
    for (let i = 0; i < byteLength; i++) value = value * 256 + this[position(offset, byteLength, i)];
    const limit = 2 ** (8 * byteLength);
    return signed && value >= limit / 2 ? value - limit : value;
  });
  define(prototype, `write${name}${suffix}`, function (value, offset, byteLength) {
    checkByteLength(byteLength);
    value = Number(value);
    const limit = 2 ** (8 * byteLength);
    checkValue(value, signed ? -limit / 2 : 0, signed ? limit / 2 - 1 : limit - 1, byteLength, false);
    checkOffset(this, offset, byteLength);
    let rest = Math.trunc(value) + (value < 0 ? limit : 0);
    for (let i = byteLength - 1; i >= 0; i--) {
      this[position(offset, byteLength, i)] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    return offset + byteLength;
  });
}

export function defineNumbers(prototype) {
  for (const [name, bytes, kind, low, high] of KINDS)
    for (const suffix of bytes === 1 ? [""] : ["LE", "BE"]) fixed(prototype, name, bytes, kind, low, high, suffix);
  for (const suffix of ["LE", "BE"]) {
    variable(prototype, true, suffix);
    variable(prototype, false, suffix);
  }
}
