// URL and URLSearchParams. The parser is Ada (url.c); a URL object keeps the parts that Ada answered.
import { host } from "../host.js";
import { inspect } from "../inspect.js";
import { nodeTypeError, notAvailable } from "../errors.js";

// Positions in the arrays of url.c.
const HREF = 0;
const SEARCH = 8;
const ORIGIN = 10;
const PARTS = ["href", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash"];

const customInspect = Symbol.for("nodejs.util.inspect.custom");
const missing = (count) =>
  nodeTypeError("ERR_MISSING_ARGS", count === 1
    ? 'The "name" argument must be specified' : 'The "name" and "value" arguments must be specified');

const decodePlus = (text) => {
  const source = text.replaceAll("+", " ");
  if (!source.includes("%")) return source;
  const bytes = host.encode(source, 0);
  const out = new Uint8Array(bytes.length);
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const hex = bytes[i] === 37 ? String.fromCharCode(bytes[i + 1], bytes[i + 2]) : "";
    if (/^[0-9a-f]{2}$/i.test(hex)) {
      out[length++] = parseInt(hex, 16);
      i += 2;
    } else {
      out[length++] = bytes[i];
    }
  }
  return host.decode(out, 0, 0, length);
};

const encodePlus = (text) =>
  encodeURIComponent(text.toWellFormed())
    .replace(/[!'()~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");

function parseQuery(text) {
  const list = [];
  for (const part of text.split("&")) {
    if (part === "") continue;
    const at = part.indexOf("=");
    list.push([decodePlus(at < 0 ? part : part.slice(0, at)), at < 0 ? "" : decodePlus(part.slice(at + 1))]);
  }
  return list;
}

function pairsOf(init) {
  const list = [];
  for (const pair of init) {
    if (pair === null || (typeof pair !== "object" && typeof pair !== "function") || typeof pair[Symbol.iterator] !== "function")
      throw nodeTypeError("ERR_INVALID_TUPLE", "Each query pair must be an iterable [name, value] tuple");
    const items = [...pair];
    if (items.length !== 2)
      throw nodeTypeError("ERR_INVALID_TUPLE", "Each query pair must be an iterable [name, value] tuple");
    list.push([String(items[0]).toWellFormed(), String(items[1]).toWellFormed()]);
  }
  return list;
}

const IteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
const SearchParamsIterator = Object.create(IteratorPrototype, {
  [Symbol.toStringTag]: { value: "URLSearchParams Iterator", configurable: true },
});

class Params {
  #list = [];
  #url = null;

  constructor(init = undefined) {
    if (init === undefined || init === null) return;
    if (typeof init === "object" || typeof init === "function") {
      if (typeof init[Symbol.iterator] === "function") this.#list = pairsOf(init);
      else for (const key of Reflect.ownKeys(init)) {
        const own = Object.getOwnPropertyDescriptor(init, key);
        if (own?.enumerable) this.#list.push([String(key).toWellFormed(), String(init[key]).toWellFormed()]);
      }
      return;
    }
    const text = String(init).toWellFormed();
    this.#list = parseQuery(text.startsWith("?") ? text.slice(1) : text);
  }

  // The parameters of a URL object: changes are written back to it.
  static bind(url, search) {
    const params = new URLSearchParams(search);
    params.#url = url;
    return params;
  }
  static refresh(params, search) {
    params.#list = parseQuery(search.startsWith("?") ? search.slice(1) : search);
  }

  #changed() {
    if (this.#url) setSearch(this.#url, this.toString());
  }
  *#walk(pick) {
    for (let i = 0; i < this.#list.length; i++) yield pick(this.#list[i]);
  }
  #iterator(pick) {
    const walk = this.#walk(pick);
    return Object.create(SearchParamsIterator, { next: { value: () => walk.next(), configurable: true } });
  }
  get size() {
    return this.#list.length;
  }
  append(name, value) {
    if (arguments.length < 2) throw missing(2);
    this.#list.push([String(name).toWellFormed(), String(value).toWellFormed()]);
    this.#changed();
  }
  delete(name, value = undefined) {
    if (arguments.length < 1) throw missing(1);
    const [key, wanted] = [String(name), value === undefined ? undefined : String(value)];
    this.#list = this.#list.filter(([k, v]) => k !== key || (wanted !== undefined && v !== wanted));
    this.#changed();
  }
  get(name) {
    if (arguments.length < 1) throw missing(1);
    const key = String(name);
    return this.#list.find(([k]) => k === key)?.[1] ?? null;
  }
  getAll(name) {
    if (arguments.length < 1) throw missing(1);
    const key = String(name);
    return this.#list.filter(([k]) => k === key).map(([, value]) => value);
  }
  has(name, value = undefined) {
    if (arguments.length < 1) throw missing(1);
    const [key, wanted] = [String(name), value === undefined ? undefined : String(value)];
    return this.#list.some(([k, v]) => k === key && (wanted === undefined || v === wanted));
  }
  set(name, value) {
    if (arguments.length < 2) throw missing(2);
    const [key, text] = [String(name).toWellFormed(), String(value).toWellFormed()];
    const first = this.#list.findIndex(([k]) => k === key);
    if (first < 0) {
      this.#list.push([key, text]);
    } else {
      this.#list[first][1] = text;
      this.#list = this.#list.filter(([k], i) => k !== key || i === first);
    }
    this.#changed();
  }
  sort() {
    this.#list.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    this.#changed();
  }
  forEach(callback, self = undefined) {
    if (typeof callback !== "function")
      throw nodeTypeError("ERR_INVALID_ARG_TYPE", 'The "callback" argument must be of type function.');
    for (const [key, value] of this.#list) callback.call(self, value, key, this);
  }
  entries() {
    return this.#iterator(([key, value]) => [key, value]);
  }
  keys() {
    return this.#iterator(([key]) => key);
  }
  values() {
    return this.#iterator(([, value]) => value);
  }
  toString() {
    return this.#list.map(([key, value]) => `${encodePlus(key)}=${encodePlus(value)}`).join("&");
  }
  [customInspect](depth, options) {
    if (typeof depth === "number" && depth < 0) return "[Object]";
    const shown = this.#list.map(([key, value]) => `${inspect(key, options)} => ${inspect(value, options)}`);
    return shown.length === 0 ? "URLSearchParams {}" : `URLSearchParams { ${shown.join(", ")} }`;
  }
}
const { bind, refresh } = Params;
delete Params.bind;
delete Params.refresh;
export const URLSearchParams = Params;
Object.defineProperty(Params, "name", { value: "URLSearchParams" });
Object.defineProperty(Params.prototype, Symbol.iterator, { value: Params.prototype.entries, writable: true, configurable: true });
Object.defineProperty(Params.prototype, Symbol.toStringTag, { value: "URLSearchParams", configurable: true });

let partsOf, setSearch;

export class URL {
  #parts;
  #params = null;

  static {
    partsOf = (url) => url.#parts;
    setSearch = (url, text) => {
      url.#parts = host.urlSet(url.#parts[HREF], SEARCH, text) ?? url.#parts;
    };
  }

  constructor(input, base = undefined) {
    if (arguments.length === 0) throw nodeTypeError("ERR_MISSING_ARGS", 'The "url" argument must be specified');
    const text = String(input);
    const parts = host.urlParse(text, base === undefined ? undefined : String(base));
    if (!parts) {
      const error = Object.assign(nodeTypeError("ERR_INVALID_URL", "Invalid URL"), { input: text });
      throw base === undefined ? error : Object.assign(error, { base: String(base) });
    }
    this.#parts = parts;
  }
  static canParse(input, base = undefined) {
    return host.urlParse(String(input), base === undefined ? undefined : String(base)) !== null;
  }
  static parse(input, base = undefined) {
    return URL.canParse(input, base) ? new URL(input, base) : null;
  }
  static createObjectURL() {
    throw notAvailable("URL.createObjectURL");
  }
  static revokeObjectURL() {}

  static assign(url, part, value) {
    const parts = host.urlSet(url.#parts[HREF], part, String(value));
    if (!parts) throw Object.assign(nodeTypeError("ERR_INVALID_URL", "Invalid URL"), { input: String(value) });
    url.#parts = parts;
    if (url.#params && (part === SEARCH || part === HREF)) refresh(url.#params, parts[SEARCH]);
  }
  get origin() {
    return this.#parts[ORIGIN];
  }
  get searchParams() {
    return (this.#params ??= bind(this, this.#parts[SEARCH]));
  }
  toString() {
    return this.#parts[HREF];
  }
  toJSON() {
    return this.#parts[HREF];
  }
  [customInspect](depth, options) {
    if (typeof depth === "number" && depth < 0) return "[URL]";
    const shown = {};
    for (const name of ["href", "origin", "protocol", "username", "password", "host", "hostname", "port", "pathname",
      "search", "searchParams", "hash"]) shown[name] = this[name];
    return `URL ${inspect(shown, options)}`;
  }
}
const { assign } = URL;
delete URL.assign;

PARTS.forEach((name, part) => {
  Object.defineProperty(URL.prototype, name, {
    enumerable: true,
    configurable: true,
    get() {
      return partsOf(this)[part];
    },
    set(value) {
      if (part === HREF && !host.urlParse(String(value), undefined))
        throw Object.assign(nodeTypeError("ERR_INVALID_URL", "Invalid URL"), { input: String(value) });
      assign(this, part, value);
    },
  });
});
for (const name of ["origin", "searchParams", "toString", "toJSON"])
  Object.defineProperty(URL.prototype, name, { enumerable: true });
Object.defineProperty(URL.prototype, Symbol.toStringTag, { value: "URL", configurable: true });
