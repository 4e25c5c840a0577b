// JSON in both directions; the expectation was written by node 20.
export async function main() {
  const show = (...values: unknown[]) => console.log(...values);
  const kind = (f: () => unknown) => {
    try {
      return f();
    } catch (error: any) {
      return error.name;
    }
  };
  const texts = ["", "plain", "é", "€", "😀", "\ud800", "a\udc00b", "\n\t\r\b\f\"\\/", "\u0000\u001f\u007f\u2028", "x".repeat(40) + "é" + "\"".repeat(3)];
  for (const text of texts) show(JSON.stringify(text), JSON.stringify({ [text]: [text] }), JSON.parse(JSON.stringify(text)) === text, JSON.parse(JSON.stringify({ [text]: 1 }))[text]);
  const joined = texts.slice(0, 4).join("-") + "\"".repeat(2); // a rope
  show(JSON.stringify(joined), JSON.stringify({ joined }));
  show(JSON.stringify([0, -0, 1, -1, 1.5, 1e21, 1e-7, 0.1 + 0.2, 2 ** 53, 5e-324, 1.7976931348623157e308, NaN, Infinity, -2147483648, 4294967296]));
  show(JSON.stringify([undefined, () => 1, Symbol("s"), null, true, new Number(3), new String("s"), new Boolean(false), new Date(0), /x/]));
  show(JSON.stringify({ u: undefined, f() {}, [Symbol("s")]: 1, n: null, 10: "ten", 2: "two", b: 1, a: 2 }), JSON.stringify(undefined), JSON.stringify(() => 1));
  show(JSON.stringify(new Map([[1, 2]])), JSON.stringify(new Uint8Array([1, 2])), JSON.stringify(Object("ab")), JSON.stringify(Object.create({ inherited: 1 }, { own: { value: 2, enumerable: true }, hidden: { value: 3 } })));
  show(JSON.stringify(new Proxy({ p: 1, q: [2] }, {})), JSON.stringify(new Proxy([1, 2], {})), JSON.stringify((function (..._: any[]) { return arguments; })(1, "b")));
  const keys: unknown[] = [];
  const told = { toJSON(key: string) { keys.push(key); return { key }; } };
  show(JSON.stringify({ a: told, b: [told, told], 7: told }), JSON.stringify(told), keys);
  class Point { #x = 1; y = 2; get z() { return this.#x; } toJSON() { return [this.#x, this.y]; } }
  show(JSON.stringify([new Point()]), JSON.stringify({ get computed() { return [1]; } }), kind(() => JSON.stringify({ get bad() { throw new RangeError("no"); } })));
  const seen: unknown[] = [];
  show(JSON.stringify({ a: [1, { b: "x" }], 3: null }, function (key, value) { seen.push([key, typeof key, Array.isArray(this)]); return typeof value === "number" ? value + 1 : value; }), seen);
  show(JSON.stringify({ a: 1, b: { a: 2, c: 3 }, 1: "one" }, ["a", "b", 1 as any]), JSON.stringify([{ x: 1 }], ["y"]));
  for (const gap of [2, "--", 20, "", "longer than ten characters"]) show(JSON.stringify({ a: [], b: {}, c: [1, { d: "e" }], f: undefined }, null, gap));
  const changing: any = { a: 1, get b() { delete this.c; this.d = 4; return 2; }, c: 3 };
  show(JSON.stringify(changing), JSON.stringify(changing));
  const circle: any = { list: [] };
  circle.list.push({ circle });
  const shared = { x: 1 };
  show(kind(() => JSON.stringify(circle)), JSON.stringify([shared, shared, { shared }]), kind(() => JSON.stringify({ big: 1n })), kind(() => JSON.stringify({ a: [circle] })), JSON.stringify([shared]));

  show(JSON.parse('{"a":1,"a":2,"b":[],"c":{}}'), Object.keys(JSON.parse('{"b":0,"2":0,"1":0,"a":0,"01":0}')), JSON.parse(' { "x" : [ 1 , 2.5e3 , -0 ] ,\r\n\t"y" : "é\\u00e9\\n" } '));
  const own = JSON.parse('{"__proto__":{"x":1},"constructor":2,"toString":3}');
  show(Object.keys(own), own.x, Object.getPrototypeOf(own) === Object.prototype, JSON.stringify(own));
  show(JSON.parse('{"é":1,"a\\"b":2,"\\u0061":3,"":4}'), JSON.parse("[[],[[]],{}]"), JSON.parse('"\\ud83d\\ude00"'), JSON.parse("-0") === 0 && 1 / JSON.parse("-0"));
  show(JSON.parse('{"a":[1,{"b":2}],"c":3}', function (key, value) { return key === "b" ? undefined : typeof value === "number" ? value * 10 : value; }));
  const order: unknown[] = [];
  JSON.parse('{"b":[1,2],"1":3,"a":{"x":4}}', (key, value) => (order.push(key), value));
  show(order);
  const wrong = ["", "{", "[", "[1,]", '{"a":1,}', '{"a" 1}', '{a:1}', "{'a':1}", '{"a":1 "b":2}', '"', '"\n"', '"\\x"', '"\\u12"', "01", "1.", "+1", "nul", "[1 2]", "{}}", '{"a"}', '{"a":}', "{,}", '{"a', '{"a\\', "\u00a01"];
  show(wrong.map((text) => kind(() => JSON.stringify(JSON.parse(text)))).join(" "));
  const numbers = ["0", "-0", "1.5", "-1.25", "0.1", "123456789012345", "1234567890123456", "99999999999999999999", "0.000000000000001", "0.0000000000000001", "3.141592653589793",
    "-2.2250738585072014e-308", "1e22", "1E+23", "1e-400", "1e400", "4503599627370497.5", "9007199254740993", "0.30000000000000004", "123456.789012345", "1.7976931348623157e308"];
  show(numbers.filter((number) => !Object.is(JSON.parse(number), Number(number))), JSON.parse(`[${numbers}]`));
  const row = { id: 1, name: "n", tags: ["a", "b"], price: 1.25, ok: true, nothing: null };
  const rows = Array.from({ length: 500 }, (_, i) => ({ ...row, id: i, price: i * 1.25 }));
  const text = JSON.stringify(rows);
  show(text.length, JSON.stringify(JSON.parse(text)) === text, JSON.parse(JSON.stringify(rows, null, 1)).length);
}
