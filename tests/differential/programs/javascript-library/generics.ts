// Generic code: constraints, mapped and conditional types, guards, discriminated unions, generic classes.
type Shape = { kind: "circle"; radius: number } | { kind: "square"; side: number };
type Flags<T> = { readonly [K in keyof T as `has_${string & K}`]?: boolean };
type Unwrapped<T> = T extends Promise<infer U> ? U : T;

interface Store<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): void;
}

class Memory<K, V = string> implements Store<K, V> {
  private values = new Map<K, V>();
  get = (key: K) => this.values.get(key);
  set = (key: K, value: V) => void this.values.set(key, value);
  *[Symbol.iterator](): Generator<[K, V]> {
    yield* this.values;
  }
}

const area = (shape: Shape): number => {
  switch (shape.kind) {
    case "circle":
      return Math.round(shape.radius ** 2 * Math.PI);
    case "square":
      return shape.side ** 2;
    default: {
      const never: never = shape;
      throw new Error(`unknown shape ${JSON.stringify(never)}`);
    }
  }
};
const isText = (value: unknown): value is string => typeof value === "string";
function assertText(value: unknown): asserts value is string {
  if (!isText(value)) throw new TypeError(`expected text, got ${typeof value}`);
}
const pick = <T extends object, K extends keyof T>(value: T, ...keys: K[]) => Object.fromEntries(keys.map((key) => [key, value[key]])) as Pick<T, K>;

export const unions = () => [area({ kind: "circle", radius: 2 }), area({ kind: "square", side: 3 })];
export const unknown_member = () => area({ kind: "triangle" } as any);
export const guards = () => ["a", 1, null].filter(isText);
export const assertion_fails = () => {
  const value: unknown = 5;
  assertText(value);
  return value.length;
};
export const picked = () => pick({ a: 1, b: "x", c: null }, "a", "c");
export const store = () => {
  const memory = new Memory<string, number>();
  memory.set("a", 1);
  memory.set("b", 2);
  return [memory.get("a"), [...memory]];
};
export const mapped = () => ({ has_name: true }) as Flags<{ name: string }>;
export const awaited = async () => {
  const value: Unwrapped<Promise<number>> = await Promise.resolve(5);
  return value;
};
export const reduce_to_record = () => ["a", "b", "a"].reduce<Record<string, number>>((counts, key) => ({ ...counts, [key]: (counts[key] ?? 0) + 1 }), {});
export const tuple = () => {
  const [name, ...numbers]: [string, ...number[]] = ["n", 1, 2];
  return { name, sum: numbers.reduce((a, b) => a + b, 0) };
};
