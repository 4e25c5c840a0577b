// Atomics: the engine is built without it. A sandbox has one thread, so plain operations are atomic here.
import types from "../inspect-types.js";

function check(array, index) {
  if (!types.isTypedArray(array) || types.isFloat32Array(array) || types.isFloat64Array(array) ||
    types.isFloat16Array(array) || types.isUint8ClampedArray(array))
    throw new TypeError("Atomics: an integer TypedArray is expected");
  const at = Math.trunc(Number(index)) || 0;
  if (at < 0 || at >= array.length) throw new RangeError("Atomics: the index is out of range");
  return at;
}

const update = (change) => (array, index, value) => {
  const at = check(array, index);
  const before = array[at];
  array[at] = change(before, typeof before === "bigint" ? BigInt(value) : Math.trunc(Number(value)) || 0);
  return before;
};

export const Atomics = Object.defineProperty({
  add: update((a, b) => a + b),
  and: update((a, b) => a & b),
  compareExchange(array, index, expected, replacement) {
    const at = check(array, index);
    const before = array[at];
    const sample = new array.constructor([expected]);
    if (before === sample[0]) array[at] = replacement;
    return before;
  },
  exchange: update((_, b) => b),
  isLockFree: (size) => size === 1 || size === 2 || size === 4 || size === 8,
  load: (array, index) => array[check(array, index)],
  notify(array, index) {
    check(array, index);
    return 0;
  },
  or: update((a, b) => a | b),
  store(array, index, value) {
    const at = check(array, index);
    const stored = typeof array[at] === "bigint" ? BigInt(value) : Math.trunc(Number(value)) || 0;
    array[at] = stored;
    return stored;
  },
  sub: update((a, b) => a - b),
  wait() {
    throw new TypeError("Atomics.wait cannot be called in this context");
  },
  xor: update((a, b) => a ^ b),
}, Symbol.toStringTag, { value: "Atomics", configurable: true });
