// Lazy sequences: helpers written by hand, generators composed, zipping, windows, trees walked.
function* range(end: number, start = 0, step = 1) {
  for (let n = start; n < end; n += step) yield n;
}
const map = function* <T, R>(values: Iterable<T>, f: (value: T) => R) {
  for (const value of values) yield f(value);
};
const take = function* <T>(values: Iterable<T>, count: number) {
  for (const value of values) {
    if (count-- <= 0) return;
    yield value;
  }
};
function* zip<A, B>(a: Iterable<A>, b: Iterable<B>): Generator<[A, B]> {
  const [left, right] = [a[Symbol.iterator](), b[Symbol.iterator]()];
  for (;;) {
    const [x, y] = [left.next(), right.next()];
    if (x.done || y.done) return;
    yield [x.value, y.value];
  }
}
function* windows<T>(values: T[], size: number) {
  for (let n = 0; n + size <= values.length; n++) yield values.slice(n, n + size);
}
function* naturals() {
  for (let n = 0; ; n++) yield n;
}
function* walk(value: any, path: string[] = []): Generator<[string, unknown]> {
  if (typeof value === "object" && value) for (const key of Object.keys(value)) yield* walk(value[key], [...path, key]);
  else yield [path.join("."), value];
}
function* permutations<T>(values: T[]): Generator<T[]> {
  if (values.length < 2) yield values;
  for (const [n, first] of values.entries()) if (values.length > 1) for (const rest of permutations(values.filter((_, m) => m !== n))) yield [first, ...rest];
}

export const ranges = () => [[...range(4)], [...range(10, 4, 3)], [...range(0)]];
export const lazy = () => [...take(map(naturals(), (n) => n * n), 5)];
export const zipped = () => [...zip("abc", naturals())];
export const sliding = () => [...windows([1, 2, 3, 4], 2)];
export const flattened = () => [...walk({ a: { b: [1, { c: 2 }] }, d: null })];
export const all_orders = () => [...permutations([1, 2, 3])].map((order) => order.join(""));
export const spread_into_call = () => Math.max(...map([1, 5, 3], (n) => -n));
export const destructured = () => {
  const [first, , third, ...rest] = take(naturals(), 6);
  return [first, third, rest];
};
export const entries_of_map = () => Object.fromEntries(map(new Map([["a", 1], ["b", 2]]), ([key, value]) => [key.toUpperCase(), value + 1]));
export const iterator_helpers = () => (typeof (naturals() as any).take === "function" ? (naturals() as any).filter((n: number) => n % 3 === 0).take(3).toArray() : "none");
