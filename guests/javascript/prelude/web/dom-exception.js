// DOMException, atob and btoa.
import { host } from "../host.js";
import { BASE64, LATIN1 } from "../encoding.js";

const CODES = [
  ["IndexSizeError", 1], ["HierarchyRequestError", 3], ["WrongDocumentError", 4], ["InvalidCharacterError", 5],
  ["NoModificationAllowedError", 7], ["NotFoundError", 8], ["NotSupportedError", 9], ["InUseAttributeError", 10],
  ["InvalidStateError", 11], ["SyntaxError", 12], ["InvalidModificationError", 13], ["NamespaceError", 14],
  ["InvalidAccessError", 15], ["TypeMismatchError", 17], ["SecurityError", 18], ["NetworkError", 19],
  ["AbortError", 20], ["URLMismatchError", 21], ["QuotaExceededError", 22], ["TimeoutError", 23],
  ["InvalidNodeTypeError", 24], ["DataCloneError", 25],
];
const codes = new Map(CODES);

export class DOMException extends Error {
  #name;
  constructor(message = "", options = "Error") {
    super(message);
    if (options !== null && typeof options === "object") {
      this.#name = String(options.name ?? "Error");
      if ("cause" in options)
        Object.defineProperty(this, "cause", { value: options.cause, writable: true, configurable: true });
    } else {
      this.#name = String(options);
    }
  }
  get name() {
    return this.#name;
  }
  get code() {
    return codes.get(this.#name) ?? 0;
  }
}
Object.defineProperty(DOMException.prototype, Symbol.toStringTag, { value: "DOMException", configurable: true });
for (const [name, code] of CODES) {
  const constant = name.replace(/Error$/, "").replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase().replace("URLMISMATCH", "URL_MISMATCH");
  for (const target of [DOMException, DOMException.prototype])
    Object.defineProperty(target, `${constant}_ERR`, { value: code, enumerable: true });
}

export function btoa(text) {
  if (arguments.length === 0) throw new TypeError('The "data" argument must be specified');
  const data = String(text);
  if (/[^\0-\xff]/.test(data)) throw new DOMException("Invalid character", "InvalidCharacterError");
  const bytes = host.encode(data, LATIN1);
  return host.decode(bytes, BASE64, 0, bytes.length);
}

export function atob(text) {
  if (arguments.length === 0) throw new TypeError('The "data" argument must be specified');
  let data = String(text).replace(/[\t\n\f\r ]/g, "");
  if (data.length % 4 === 0) data = data.replace(/={1,2}$/, "");
  if (data.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(data))
    throw new DOMException("The string to be decoded is not correctly encoded.", "InvalidCharacterError");
  const bytes = host.encode(data, BASE64);
  return host.decode(bytes, LATIN1, 0, bytes.length);
}
