// Checking data that came from outside: schemas, coercion, all errors at once.
type Check = (value: unknown, path: string) => string[];
const text: Check = (value, path) => (typeof value === "string" ? [] : [`${path}: expected text, got ${value === null ? "null" : typeof value}`]);
const number = (low = -Infinity, high = Infinity): Check => (value, path) =>
  typeof value !== "number" || Number.isNaN(value) ? [`${path}: expected number`] : value < low || value > high ? [`${path}: ${value} is not in ${low}..${high}`] : [];
const list = (item: Check): Check => (value, path) => (Array.isArray(value) ? value.flatMap((one, n) => item(one, `${path}[${n}]`)) : [`${path}: expected list`]);
const table = (shape: Record<string, Check>): Check => (value, path) => {
  if (typeof value !== "object" || value === null) return [`${path}: expected object`];
  const unknown = Object.keys(value).filter((key) => !(key in shape)).map((key) => `${path}.${key}: unknown`);
  return [...Object.entries(shape).flatMap(([key, check]) => check((value as any)[key], `${path}.${key}`)), ...unknown];
};
const user = table({ name: text, age: number(0, 150), tags: list(text) });
const parse = (source: string) => {
  const value = JSON.parse(source);
  const errors = user(value, "user");
  if (errors.length) throw new AggregateError(errors.map((error) => new TypeError(error)), `${errors.length} errors: ${errors[0]}`);
  return value;
};

export const good = () => parse('{"name": "a", "age": 5, "tags": ["x"]}');
export const all_errors = () => user({ name: 5, age: 200, tags: ["x", null], extra: 1 }, "user");
export const thrown = () => parse('{"name": null, "age": "5"}');
export const errors_inside = () => {
  try {
    parse("{}");
  } catch (error) {
    return (error as AggregateError).errors.map((inner) => `${inner.name}: ${inner.message}`);
  }
};
export const not_json = () => {
  try {
    parse("{");
  } catch (error) {
    return (error as Error).name;
  }
};
export const wrong_root = () => user([], "user");
export const coerced = () => ["5", "5x", "", " 7 ", "0x10", "1e3"].map((value) => (value.trim() === "" ? null : Number.isNaN(Number(value)) ? "bad" : Number(value)));
export const defaults = () => ({ ...{ host: "localhost", port: 80 }, ...JSON.parse('{"port": 8080, "extra": true}') });
