// Objects about objects: proxies, reflection, symbols, property flags, prototypes.
const traps = (log) => new Proxy({ a: 1 }, {
  get: (target, key) => (log.push(`get ${String(key)}`), Reflect.get(target, key)),
  set: (target, key, value) => (log.push(`set ${key}`), Reflect.set(target, key, value)),
  has: (target, key) => (log.push(`has ${key}`), key in target),
  deleteProperty: (target, key) => (log.push(`delete ${key}`), delete target[key]),
  ownKeys: (target) => (log.push("keys"), Reflect.ownKeys(target)),
});

export const logged = () => {
  const log = [];
  const thing = traps(log);
  thing.b = thing.a + 1;
  "a" in thing;
  delete thing.a;
  Object.keys(thing);
  return log;
};
export const returned = () => traps([]);
export const refused = () => {
  "use strict";
  new Proxy({}, { set: () => false }).x = 1;
};
export const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy.x;
};
export const function_proxy = () => new Proxy((a) => a, { apply: (f, self, [n]) => f(n) * 2 })(21);
export const symbols = () => [Symbol("x").description, Symbol.for("k") === Symbol.for("k"), Object.getOwnPropertySymbols({ [Symbol.iterator]: 1 }).length, typeof Symbol()];
export const symbol_keys_in_json = () => ({ [Symbol("hidden")]: 1, seen: 2 });
export const has_instance = () => 5 instanceof { [Symbol.hasInstance]: (n) => n === 5 };
export const species_and_tag = () => [String({ [Symbol.toStringTag]: "Mine" }), Object.prototype.toString.call(null), Object.prototype.toString.call([])];
export const descriptors = () => {
  const thing = Object.defineProperty({ a: 1 }, "hidden", { value: 2, enumerable: false });
  return [Object.keys(thing), thing.hidden, Object.getOwnPropertyDescriptor(thing, "a"), JSON.stringify(thing)];
};
export const frozen = () => {
  const thing = Object.freeze({ a: { b: 1 } });
  thing.a.b = 2;
  return [Object.isFrozen(thing), thing, Object.isSealed(thing), Object.isExtensible(thing)];
};
export const prototypes = () => {
  const parent = { greet() { return `hello ${this.name}`; } };
  const child = Object.setPrototypeOf({ name: "c" }, parent);
  return [child.greet(), Object.hasOwn(child, "greet"), "greet" in child, Object.create(null) instanceof Object];
};
export const prototype_cycle = () => {
  const a = {}, b = Object.create(a);
  Object.setPrototypeOf(a, b);
};
export const prototype_in_json = () => JSON.parse('{"__proto__": {"polluted": 1}, "a": 2}');
export const reflect = () => [Reflect.ownKeys({ b: 1, 1: 2, [Symbol.for("s")]: 3 }).map(String), Reflect.construct(Date, [0]).getTime(), Reflect.has({ x: 1 }, "x")];
export const accessors_on_arrays = () => [Reflect.ownKeys([1]), Object.getOwnPropertyNames(function f(a) {}).sort()];
export const null_prototype_returned = () => Object.assign(Object.create(null), { a: 1 });
export const boxed_and_coerced = () => [[] + {}, [] == "", +[], +{} !== +{}, [2] * [3], "5" - 2, "5" + 2, !!"0"];
