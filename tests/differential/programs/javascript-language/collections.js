// Arrays, maps, sets: order, holes, newer methods, weak ones, what JSON makes of them.
export const sorting = () => [[10, 9, 1].sort(), [3, undefined, 1].sort(), [{ k: 1, v: "a" }, { k: 0, v: "b" }, { k: 1, v: "c" }].sort((a, b) => a.k - b.k).map((x) => x.v)];
export const holes = () => [[1, , 3], [, ,].length, 0 in [,], [1, , 3].map((n) => n * 2), [, 1].flat()];
export const newer_methods = () => [[3, 1].toSorted(), [1, 2].toReversed(), [1, 2, 3].toSpliced(1, 1), [1, 2].with(0, 9), [1, 2, 3].findLastIndex((n) => n < 3)];
export const group_by = () => [Object.groupBy([1, 2, 3], (n) => (n % 2 ? "odd" : "even")), Map.groupBy(["a", "bb"], (s) => s.length).get(2)];
export const reduce_empty = () => [].reduce((a, b) => a + b);
export const flat_map = () => [[1, 2].flatMap((n) => [n, [n]]), [[1, [2, [3]]]].flat(Infinity), Array(3).fill(0), Array.from({ length: 2 }, (_, n) => n)];
export const map_order = () => [...new Map([["b", 1], ["a", 2], [NaN, 3], [NaN, 4]])].map(([key, value]) => [String(key), value]);
export const set_operations = () => [[...new Set([1, 2]).union(new Set([2, 3]))], new Set([1]).isSubsetOf(new Set([1, 2])), [...new Set([1, 2]).difference(new Set([1]))]];
export const map_returned = () => new Map([["a", 1]]);
export const set_returned = () => new Set([1]);
export const typed_array_returned = () => new Uint8Array([1, 2, 255]);
export const buffer_returned = () => new ArrayBuffer(4);
export const invalid_date_returned = () => [new Date(NaN)];
export const regexp_returned = () => /a/g;
export const weak = () => {
  const key = {};
  const table = new WeakMap([[key, 1]]);
  return [table.get(key), table.has({}), new WeakRef(key).deref() === key, new WeakSet([key]).has(key)];
};
export const weak_key = () => new WeakMap().set("text", 1);
export const entries = () => [Object.entries({ b: 1, a: 2 }), Object.fromEntries([["x", 1]]), Object.assign([1, 2], [3])];
export const copy_within = () => [[1, 2, 3, 4].copyWithin(0, 2), [1, 2, 3].includes(NaN), [NaN].includes(NaN), [NaN].indexOf(NaN)];
export const array_like = () => [Array.from("a😀"), Array.from({ length: 2, 0: "x" }), Array.of(7), Array.isArray(new Proxy([], {}))];
export const length_cut = () => {
  const list = [1, 2, 3];
  list.length = 1;
  list[3] = 4;
  return [list, list.length];
};
export const views = () => {
  const view = new DataView(new ArrayBuffer(8));
  view.setInt16(0, -2);
  view.setFloat32(4, 0.5, true);
  return [view.getUint16(0), view.getUint8(1), view.getFloat32(4, true), [...new Uint8Array(view.buffer)]];
};
export const view_out_of_range = () => new DataView(new ArrayBuffer(2)).getInt32(0);
export const join = () => [[1, null, undefined, [2, [3]]].join("-"), String([1, [2, 3]]), String({}), `${[]}`];
