// Assignment shapes: patterns, defaults, computed names, spread, optional chains, logical assignment.
export const patterns = () => {
  const { a, b: { c = 5, ...rest } = {}, ["com" + "puted"]: d } = { a: 1, b: { e: 2 }, computed: 3 };
  return [a, c, rest, d];
};
export const arrays = () => {
  const [first, , third = 9, ...others] = [1, 2, undefined, 4, 5];
  return [first, third, others];
};
export const swap = () => {
  let [a, b] = [1, 2];
  [a, b] = [b, a];
  return [a, b];
};
export const into_members = () => {
  const target = {};
  ({ x: target.y, ...target.rest } = { x: 1, z: 2 });
  return target;
};
export const from_text = () => {
  const [a, ...b] = "h😀llo";
  return [a, b];
};
export const of_nothing = () => {
  const { a } = null;
};
export const of_undefined = () => {
  const [a] = undefined;
};
export const spread_objects = () => ({ ...{ a: 1, b: 1 }, ...null, b: 2, ..."hi", ...[9] });
export const key_order = () => ({ b: 1, 2: "two", a: 3, 1: "one", "-1": "minus" });
export const optional_chain = () => [null?.x, undefined?.[0], ({}).f?.(), ({ a: { b: 1 } })?.a?.b, delete ({})?.x];
export const nullish = () => {
  let a = null, b = 0, c = 1;
  a ??= "set";
  b ||= "or";
  c &&= "and";
  return [a, b, c, 0 ?? 1, false || null];
};
export const exponent = () => [2 ** 10, (-2) ** 2, 2 ** -1, 2 ** 3 ** 2];
export const comma_and_void = () => [(1, 2), void 0, typeof null];
export const equality = () => [1 == "1", null == undefined, NaN !== NaN, [] + [], [1] == 1, Object.is(-0, 0), "b" > "a", "10" < "9", null >= 0];
export const getters_in_literals = () => ({ get a() { return this.b + 1; }, b: 1, ["c" + 1]: 2, async d() {}, *e() {} });
export const labels = () => {
  const seen = [];
  outer: for (const a of [1, 2, 3]) {
    for (const b of [1, 2, 3]) {
      if (b === 2) continue outer;
      if (a === 3) break outer;
      seen.push([a, b]);
    }
  }
  return seen;
};
export const switch_falls = () => {
  const seen = [];
  switch (2) {
    case 1: seen.push(1);
    case 2: seen.push(2);
    case 3: seen.push(3); break;
    default: seen.push("default");
  }
  return seen;
};
export const for_in = () => {
  const seen = [];
  for (const key in Object.create({ inherited: 1 }, { own: { value: 1, enumerable: true } })) seen.push(key);
  return seen;
};
