// node:util and node:assert; the expectation was written by node 20.
import util, { promisify, callbackify, types, isDeepStrictEqual, parseArgs } from "node:util";
import assert, { strict } from "node:assert";

const attempt = (f: () => unknown) => {
  try {
    return f();
  } catch (error: any) {
    return `${error.name} ${error.code}: ${error.message}`;
  }
};

export async function main() {
  const show = (...values: unknown[]) => console.log(...values);
  show(util.format("%s=%d", "a", 1, "rest", { b: 1 }), util.format(1, 2), util.format("%%%s", "x"), util.format("a", "b"));
  show(await promisify((x: number, cb: (e: any, v?: number) => void) => cb(null, x * 2))(4), await promisify((cb: (e: any) => void) => cb(new Error("e")))().catch((e: Error) => e.message));
  show(await new Promise((resolve) => callbackify(async (x: number) => x + 1)(1, (e: any, v: any) => resolve([e, v]))));
  show(types.isDate(new Date()), types.isRegExp(/x/), types.isPromise(Promise.resolve()), types.isMap(new Map()), types.isProxy(new Proxy({}, {})), types.isUint8Array(Buffer.alloc(1)), types.isAsyncFunction(async () => {}), types.isGeneratorFunction(function* () {}), types.isNativeError(new TypeError()), types.isBoxedPrimitive(Object(1)), types.isTypedArray(new Int8Array()), types.isArrayBuffer(new ArrayBuffer(0)), types.isSet([]));
  show(isDeepStrictEqual({ a: [1, new Map([[1, { b: 2 }]])] }, { a: [1, new Map([[1, { b: 2 }]])] }), isDeepStrictEqual([1], ["1"]), isDeepStrictEqual(new Set([{ a: 1 }]), new Set([{ a: 1 }])), isDeepStrictEqual(NaN, NaN), isDeepStrictEqual(0, -0), isDeepStrictEqual(new Date(1), new Date(1)), isDeepStrictEqual(/a/g, /a/i));
  show(util.inspect.custom === Symbol.for("nodejs.util.inspect.custom"), util.stripVTControlCharacters("\u001b[31mred\u001b[0m"), util.toUSVString("a\ud800"), util.isArray([]), util.types === types);
  show(util.inspect.defaultOptions.depth);
  const old = util.deprecate(function f(this: any, a: number) { return a + 1; }, "old", "DEP1");
  show(typeof old, attempt(() => util.promisify(5 as any)), attempt(() => util.inherits(null as any, null as any)));
  show(parseArgs({ args: ["-f", "--bar", "b", "pos"], options: { foo: { type: "boolean", short: "f" }, bar: { type: "string" } }, allowPositionals: true }));
  show(attempt(() => parseArgs({ args: ["--nope"], options: {} })), parseArgs({ args: ["--n=1", "--n", "2"], options: { n: { type: "string", multiple: true } } }).values);
  show(util.getSystemErrorName(-2), util.debuglog("x").enabled, util.inspect(new util.TextEncoder().encode("é")));

  for (const f of [
    () => assert.ok(true), () => assert.ok(0, "message"), () => assert.equal(1, "1" as any), () => assert.equal(1, 2), () => assert.notEqual(1, 1),
    () => assert.strictEqual("a", "b"), () => assert.strictEqual(1, 2, "mine"), () => assert.notStrictEqual(1, 1), () => assert.strictEqual("a\nb", "a\nc"),
    () => assert.deepEqual({ a: 1 }, { a: "1" }), () => assert.deepStrictEqual({ a: 1, b: [1, 2] }, { a: 1, b: [1, 3] }), () => assert.deepStrictEqual([1, 2, 3], [1, 2, 3]), () => assert.notDeepStrictEqual({ a: 1 }, { a: 1 }),
    () => assert.deepStrictEqual(new Map([[1, 2]]), new Map([[1, 2]])), () => assert.deepStrictEqual(new Set([1]), new Set([2])), () => assert.deepStrictEqual(new Date(0), new Date(1)),
    () => assert.throws(() => { throw new TypeError("bad"); }, TypeError), () => assert.throws(() => { throw new TypeError("bad"); }, /bad/), () => assert.throws(() => { throw new TypeError("bad"); }, { name: "TypeError", message: "bad" }), () => assert.throws(() => {}),
    () => assert.doesNotThrow(() => {}), () => assert.fail("boom"), () => assert.fail(), () => assert.ifError(null), () => assert.match("abc", /b/), () => assert.match("abc", /x/), () => assert.doesNotMatch("abc", /x/),
    () => strict.equal(1, 1), () => strict.equal(1, "1" as any), () => (assert as any)(false), () => assert(1 === 1),
  ]) show(String(f).replace(/\s+/g, " "), "->", attempt(f));
  await assert.rejects(Promise.reject(new Error("x")), /x/);
  show(await assert.rejects(async () => {}).catch((e) => e.message), await assert.doesNotReject(Promise.resolve(1)));
  const error = new assert.AssertionError({ actual: 1, expected: 2, operator: "strictEqual" });
  show(error.code, error.name, error.actual, error.expected, error.generatedMessage, error instanceof Error);
}
