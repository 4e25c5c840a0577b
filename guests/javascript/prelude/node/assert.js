// node:assert: the package "assert" (node's own code), with what node has added since.
import assert from "assert/build/assert.js";

assert.strict.strict = assert.strict;

for (const target of [assert, assert.strict]) {
  target.CallTracker ??= class CallTracker {
    constructor() {
      throw new Error("assert.CallTracker is not available in a Capsule sandbox: it is deprecated");
    }
  };
  target.partialDeepStrictEqual ??= (actual, expected, message) => {
    const covers = (a, b) => {
      if (b === null || typeof b !== "object" || a === null || typeof a !== "object") return Object.is(a, b);
      if (Array.isArray(b)) return Array.isArray(a) && b.every((item) => a.some((other) => covers(other, item)));
      return Object.keys(b).every((key) => Object.hasOwn(a, key) && covers(a[key], b[key]));
    };
    if (!covers(actual, expected))
      throw new assert.AssertionError({ actual, expected, message, operator: "partialDeepStrictEqual" });
  };
}

export default assert;
