// One kind of result for each argument.

class Point {
  constructor(x, y) {
    this.x = x;
    this.y = y;
  }
  get sum() {
    return this.x + this.y;
  }
}

class Money {
  toJSON() {
    return { amount: "1.50" };
  }
}

function nested(depth) {
  let value = "deep";
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

function cycle() {
  const value = {};
  value.self = value;
  return value;
}

const KINDS = {
  "null": () => null,
  "undefined": () => undefined,
  "true": () => true,
  "false": () => false,
  "zero": () => 0,
  "minus-zero": () => -0,
  "int": () => 42,
  "int53": () => 2 ** 53 + 2,
  "int-large": () => 1e20,
  "float": () => 1.5,
  "float-whole": () => 2.0,
  "float-tenth": () => 0.1 + 0.2,
  "float-small": () => 5e-324,
  "float-large": () => Number.MAX_VALUE,
  "float-exponent": () => 1e22,
  "float-1e-7": () => 1e-7,
  "nan": () => NaN,
  "infinity": () => [1, -Infinity],
  "bigint": () => 2n ** 70n,
  "bigint-inside": () => ({ deep: [{ b: 1n }] }),
  "empty-string": () => "",
  "string": () => "plain text",
  "unicode": () => "Grüße 日本語 😀",
  "control": () => "a\0b\x1b[31m\t\n\x7f",
  "quotes": () => "\"quoted\" \\ back / slash",
  "separators": () => "\u2028\u2029\ufeff",
  "surrogate": () => "\ud800",
  "long-string": () => "x".repeat(100000),
  "json-text": () => JSON.stringify({ a: 1 }),
  "empty-array": () => [],
  "array": () => [1, "two", 3.5, null, true],
  "array-holes": () => [1, , 3],
  "array-undefined": () => [undefined, () => 1, Symbol("s")],
  "empty-object": () => ({}),
  "object": () => ({ one: 1, two: [2], three: { a: null } }),
  "object-order": () => ({ b: 1, a: { z: 1, y: { d: 1, c: 2 } } }),
  "object-number-keys": () => ({ 2: "two", 1: "one", x: 0 }),
  "object-undefined": () => ({ a: undefined, b: 1, c: () => 1 }),
  "object-null-prototype": () => Object.assign(Object.create(null), { a: 1 }),
  "object-result-key": () => ({ result: 5 }),
  "object-result-and-more": () => ({ result: 5, other: 6 }),
  "object-error-key": () => ({ error: "mine" }),
  "object-error-shape": () => ({ error_type: "custom", message: "not a failure" }),
  "object-proto-key": () => JSON.parse('{"__proto__": 1, "a": 2}'),
  "nested-20": () => nested(20),
  "nested-100": () => nested(100),
  "large-array": () => Array.from({ length: 20000 }, (_, n) => n),
  "date": () => new Date(Date.UTC(2020, 0, 2, 3, 4, 5, 6)),
  "date-invalid": () => new Date(NaN),
  "regexp": () => /a+/g,
  "map": () => new Map([["a", 1]]),
  "set": () => new Set([1]),
  "typed-array": () => new Uint8Array([1, 2]),
  "array-buffer": () => new ArrayBuffer(2),
  "function": () => () => 1,
  "symbol": () => Symbol("s"),
  "class": () => Point,
  "instance": () => new Point(1, 2),
  "to-json": () => [new Money()],
  "boxed": () => [new Number(1), new String("s"), new Boolean(false)],
  "error": () => new Error("returned, not thrown"),
  "promise": () => Promise.resolve({ later: true }),
  "promise-inside": () => ({ p: Promise.resolve(1) }),
  "thenable": () => ({ then: (resolve) => resolve("from a thenable") }),
  "iterator": () => [1, 2][Symbol.iterator](),
  "proxy": () => new Proxy({ a: 1 }, {}),
  "cycle": cycle,
};

export const run = (kind) => KINDS[kind]();
