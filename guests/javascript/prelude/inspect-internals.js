// The few engine internals that util.inspect asks for; the build puts this module into the inspect package in place
// of that package's guesses.
import { host } from "./host.js";

const kPending = Symbol("kPending");
const kRejected = Symbol("kRejected");
const kFulfilled = Symbol("kFulfilled");
const ONLY_ENUMERABLE = 2;

const isIndex = (key) => /^(0|[1-9]\d{0,9})$/.test(key) && Number(key) < 2 ** 32 - 1;

export default {
  constants: { kPending, kRejected, ALL_PROPERTIES: 0, ONLY_ENUMERABLE },
  getOwnNonIndexProperties(value, filter = ONLY_ENUMERABLE) {
    const enumerable = (key) => Object.prototype.propertyIsEnumerable.call(value, key);
    return Reflect.ownKeys(value).filter(
      (key) => (typeof key === "symbol" || !isIndex(key)) && (filter !== ONLY_ENUMERABLE || enumerable(key)),
    );
  },
  getPromiseDetails(value) {
    const state = host.promiseState(value);
    return state === 0 ? [kPending, undefined] : [state === 2 ? kRejected : kFulfilled, host.promiseResult(value)];
  },
  getProxyDetails(value, both = true) {
    const details = host.proxyDetails(value);
    return details === undefined || both ? details : details[0];
  },
  Proxy,
  previewEntries(value, asIterator) {
    const found = host.iteratorEntries(value);
    if (!found) return asIterator ? [[], false] : undefined;
    return asIterator ? found : found[0];
  },
  getConstructorName(value) {
    for (let at = value; at !== null; at = Object.getPrototypeOf(at)) {
      const own = Object.getOwnPropertyDescriptor(at, "constructor");
      if (own && typeof own.value === "function" && own.value.name) return own.value.name;
    }
    return Object.prototype.toString.call(value).slice(8, -1);
  },
  getExternalValue: () => 0n,
};
