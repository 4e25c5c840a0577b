// What console.log and util.inspect print; the expectation was written by node 20.
import util from "node:util";

class Foo { a = 1; #b = 2; get c() { return 3; } static s = 4; }
class Bar extends Foo { [Symbol.toStringTag] = "Tag"; }

export function main() {
  console.log({ a: 1, b: "two", c: [1, 2, 3], d: { e: { f: { g: 1 } } } });
  console.log([undefined, null, NaN, -0, 0, Infinity, 10n, true, "s", Symbol("x"), Symbol.iterator]);
  console.log([, 1, , , 2, ,], [1, 2, 3, , 5]);
  console.log(new Map<any, any>([["a", 1], [{ b: 2 }, new Set([1, "x"])]]), new Set([[1], { a: 1 }]));
  console.log(new WeakMap(), new WeakSet());
  console.log(new Date(0), new Date(NaN), /re/gi, function named() {}, () => {}, class {}, class A {}, class B extends Foo {});
  console.log(async () => {}, function* gen() {}, async function* agen() {}, Math.max);
  console.log(new Foo(), new Bar(), Object.create(null), Object.create({ inherited: 1 }), Object.create(Foo.prototype));
  console.log(Promise.resolve(42), new Promise(() => {}));
  console.log(new Uint8Array([1, 2, 3]), new Float64Array(2), new ArrayBuffer(4), new DataView(new ArrayBuffer(2)));
  console.log(Buffer.from("hello world"), Buffer.alloc(60));
  console.log("a string", ["a string", 'it\'s', `both ' and "`, "new\nline", "tab\t", "\u0001", "é", "😀"]);
  console.log({ "key with space": 1, valid_id: 2, 3: 4, [Symbol("sym")]: 5, "é": 6, "a-b": 7 });
  console.log({ get a() { return 1; }, set a(v) {}, get b() { return 1; }, set c(v: any) {} });
  console.log({ f() {}, g: () => {}, async h() {}, *i() {}, j: class {}, k: class K {} });
  const circular: any = { name: "loop" };
  circular.self = circular;
  circular.list = [circular, { circular }];
  console.log(circular);
  console.log(new Array(200).fill(7), "x".repeat(5));
  console.log(Array.from({ length: 120 }, (_, i) => i));
  console.log(Array.from({ length: 30 }, (_, i) => "item" + i));
  console.log({ long: "a".repeat(100), other: "b".repeat(80) });
  console.log([["nested", ["deeper", ["deepest", ["more"]]]]]);
  console.log(Object.assign(() => {}, { prop: 1 }), Object.assign(function fn() {}, { a: { b: 1 } }));
  console.log(new Number(3), new String("abc"), new Boolean(false), Object(Symbol("q")), Object(5n));
  console.log([1.5, -1.5, 1e21, 1e-7, 123456789.123]);
  console.log(globalThis === global, typeof globalThis);
  console.log((function () { return arguments; })(1, 2));
  console.log(new Map([[1, 2]]).entries(), new Map([[1, 2]]).keys(), new Set([1, 2]).values(), new Set([1]).entries(), [1][Symbol.iterator]());
  console.log(Object.freeze([1]), Object.freeze({ a: 1 }), new Proxy([1, 2], {}) instanceof Array);
  console.log(JSON.stringify({ a: [1, { b: 2 }], c: "x" }, null, 2));
  console.log(util.inspect({ a: { b: { c: { d: 1 } } } }, { depth: 0 }), util.inspect({ a: { b: { c: { d: {} } } } }, { depth: null }));
  console.log(util.inspect({ a: 1, b: [1, 2] }, { compact: false }), util.inspect({ b: 1, a: 2 }, { sorted: true }));
  console.log(util.inspect("str"), util.inspect(["x"], { colors: true }), util.inspect({ a: 1n, b: Symbol("s"), c: null, d: undefined, e: true }, { colors: true }));
  console.log(util.inspect(new Map([[{ a: 1 }, 2]]), { showHidden: true }), util.inspect([1, 2, 3], { maxArrayLength: 1 }), util.inspect("x".repeat(50), { maxStringLength: 10 }));
  console.log(util.inspect({ a: 123456789, b: 1234.5678 }, { numericSeparator: true }), util.inspect({ get x() { return { y: 1 }; } }, { getters: true }));
  console.log({ [util.inspect.custom](depth: number, options: any) { return `custom(${depth})`; } });
  console.log({ a: { [util.inspect.custom]() { return { replaced: true }; } } });
  console.log(util.inspect(new (class extends Map {})([[1, 2]])), util.inspect(new (class Special extends Array {})(3)));
  console.log(Object.create({ constructor: { name: "Fake" } }), { constructor: "x" }, { __proto__: { a: 1 } });
  console.log([new Foo(), new Foo()], { foo: new Foo() });
  console.log(new Set([new Set([new Set([new Set([1])])])]), { toString() { return "custom"; } });
  const sparse: any[] = []; sparse[5] = 1; (sparse as any).extra = true;
  console.log(sparse, Object.assign([1, 2], { "-1": 0, x: 1 }));
  console.log(Object.getOwnPropertyDescriptor({ get a() { return 1; } }, "a"));
  console.log(process.versions.node !== undefined, typeof process.hrtime.bigint());
  console.log([[[[[]]]]], {}, [], [[]], [{}], { a: {} }, { a: [] });
  console.log("%o and %O", { a: { b: { c: { d: 1 } } }, f() {} }, { a: { b: { c: { d: 1 } } } });
  console.log(new URLSearchParams("a=1&b=2"), new TextEncoder().encode("hi"), new Error("m").message);
  console.log(Object.fromEntries(Array.from({ length: 30 }, (_, i) => ["key" + i, i])));
}
