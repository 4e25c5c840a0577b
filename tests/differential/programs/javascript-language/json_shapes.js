// JSON: what becomes of each kind of value, replacers, revivers, indentation, texts that are no JSON.
export const undefined_members = () => ({ a: undefined, b: [undefined, () => 1, Symbol("s")], c: null });
export const undefined_result = () => undefined;
export const to_json_methods = () => ({ toJSON: () => ({ replaced: true }) });
export const to_json_undefined = () => ({ a: { toJSON: () => undefined }, b: 1 });
export const to_json_throws = () => ({ toJSON: () => { throw new Error("no JSON of this"); } });
export const getter = () => ({ get computed() { return 1 + 1; } });
export const getter_throws = () => ({ get computed() { throw new RangeError("no value"); } });
export const cycle = () => {
  const thing = { name: "x" };
  thing.self = thing;
  return thing;
};
export const shared = () => {
  const part = { a: 1 };
  return [part, part, { part }];
};
export const deep = () => {
  let value = "deep";
  for (let n = 0; n < 100; n++) value = [value];
  return value;
};
export const replacer = () => [JSON.stringify({ a: 1, b: 2 }, ["b"]), JSON.stringify({ a: 1 }, (key, value) => (typeof value === "number" ? value + 1 : value)), JSON.stringify([1, [2]], null, "--")];
export const reviver = () => JSON.parse('{"a": [1, 2], "when": "1970-01-01"}', (key, value) => (key === "when" ? new Date(value).getTime() : value));
export const reviver_deletes = () => JSON.parse('{"a": 1, "b": 2}', (key, value) => (key === "a" ? undefined : value));
export const bad_text = () => JSON.parse("{'a': 1}");
export const bad_end = () => JSON.parse("[1, 2");
export const bad_control = () => JSON.parse('"\n"');
export const bad_number = () => JSON.parse("01");
export const empty_text = () => JSON.parse("");
export const duplicate_keys = () => JSON.parse('{"a": 1, "a": 2}');
export const big_number_text = () => JSON.parse("[12345678901234567890, 1e400, -0]").map(String);
export const text_result = () => '{"a": 1}';
export const envelope_shape = () => ({ success: false, result: null, error: "mine" });
export const error_shape = () => ({ error_type: "custom", message: "returned" });
export const result_key = () => ({ result: 5 });
export const long_key = () => ({ ["k".repeat(1000)]: 1, "": 2, "\u0000": 3 });
export const unicode_text = () => "Grüße 日本語 😀 \u2028 \u007f \"quoted\" \\ /";
export const boolean_objects = () => [Object(false), Object("s"), Object(5)];
export const nested_promise = () => ({ later: Promise.resolve(1) });
export const array_with_members = () => Object.assign([1, 2], { extra: 3 });
export const class_instance = () => new (class Point { x = 1; #y = 2; static z = 3; get sum() { return 5; } })();
export const error_inside = () => ({ error: new Error("lost") });
