// util.types by the engine's own classes. The class numbers are learnt from samples.
import { host } from "./host.js";

const { classId } = host;

const sample = {
  arguments: new Function('"use strict"; return arguments')(),
  mappedArguments: new Function("a", "return arguments")(1),
  arrayBuffer: new ArrayBuffer(0),
  sharedArrayBuffer: typeof SharedArrayBuffer === "function" ? new SharedArrayBuffer(0) : null,
  boolean: Object(true),
  number: Object(1),
  string: Object(""),
  symbol: Object(Symbol.iterator),
  bigint: Object(0n),
  dataView: new DataView(new ArrayBuffer(0)),
  date: new Date(0),
  error: new Error(),
  map: new Map(),
  mapIterator: new Map().keys(),
  set: new Set(),
  setIterator: new Set().keys(),
  weakMap: new WeakMap(),
  weakSet: new WeakSet(),
  promise: Promise.resolve(),
  proxy: new Proxy({}, {}),
  regexp: /a/,
  generator: (function* () {})(),
  asyncGenerator: (async function* () {})(),
  asyncFunction: async () => {},
  generatorFunction: function* () {},
  asyncGeneratorFunction: async function* () {},
};
const ids = Object.fromEntries(Object.entries(sample).map(([name, value]) => [name, value === null ? -1 : classId(value)]));

const is = (...names) => {
  const wanted = names.map((name) => ids[name]);
  return wanted.length === 1 ? (value) => classId(value) === wanted[0] : (value) => wanted.includes(classId(value));
};

const typedArrayTag = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;
const typedArrayName = (value) => Reflect.apply(typedArrayTag, value, []);

const types = {
  isAnyArrayBuffer: is("arrayBuffer", "sharedArrayBuffer"),
  isArgumentsObject: is("arguments", "mappedArguments"),
  isArrayBuffer: is("arrayBuffer"),
  isArrayBufferView: ArrayBuffer.isView,
  isAsyncFunction: is("asyncFunction", "asyncGeneratorFunction"),
  isBigIntObject: is("bigint"),
  isBooleanObject: is("boolean"),
  isBoxedPrimitive: is("boolean", "number", "string", "symbol", "bigint"),
  isCryptoKey: () => false,
  isDataView: is("dataView"),
  isDate: is("date"),
  isExternal: () => false,
  isGeneratorFunction: is("generatorFunction", "asyncGeneratorFunction"),
  isGeneratorObject: is("generator", "asyncGenerator"),
  isKeyObject: () => false,
  isMap: is("map"),
  isMapIterator: is("mapIterator"),
  isModuleNamespaceObject: (value) =>
    value !== null && typeof value === "object" && value[Symbol.toStringTag] === "Module" &&
    Object.getPrototypeOf(value) === null && !Object.isExtensible(value),
  isNativeError: is("error"),
  isNumberObject: is("number"),
  isPromise: is("promise"),
  isProxy: is("proxy"),
  isRegExp: is("regexp"),
  isSet: is("set"),
  isSetIterator: is("setIterator"),
  isSharedArrayBuffer: is("sharedArrayBuffer"),
  isStringObject: is("string"),
  isSymbolObject: is("symbol"),
  isTypedArray: (value) => typedArrayName(value) !== undefined,
  isWeakMap: is("weakMap"),
  isWeakSet: is("weakSet"),
};
for (const name of ["Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array",
  "Uint32Array", "Float16Array", "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array"])
  types[`is${name}`] = (value) => typedArrayName(value) === name;

export default types;
