// Errors as node makes them: with a code, which stack.js shows behind the class.
import { markNetwork } from "./refusals.js";

function make(Base, code, message) {
  const error = new Base(message);
  error.code = code;
  return error;
}

export const nodeError = (code, message) => make(Error, code, message);
export const nodeTypeError = (code, message) => make(TypeError, code, message);
export const nodeRangeError = (code, message) => make(RangeError, code, message);

// "Received ..." of an argument error.
export function received(value) {
  if (value === null || value === undefined) return `Received ${value}`;
  if (typeof value === "function") return `Received function ${value.name}`;
  if (typeof value === "object") {
    const name = value.constructor?.name;
    return name ? `Received an instance of ${name}` : "Received an object";
  }
  let shown = typeof value === "string" ? JSON.stringify(value).replace(/^"|"$/g, "'") : String(value);
  if (typeof value === "bigint") shown += "n";
  if (shown.length > 28) shown = `${shown.slice(0, 25)}...`;
  return `Received type ${typeof value} (${shown})`;
}

export function invalidArgType(name, expected, value) {
  const what = name.includes(".") ? "property" : "argument";
  return nodeTypeError("ERR_INVALID_ARG_TYPE", `The "${name}" ${what} must be ${expected}. ${received(value)}`);
}

export function invalidArgValue(name, value, reason = "is invalid") {
  const what = name.includes(".") ? "property" : "argument";
  const shown = typeof value === "string" ? `'${value.replaceAll("\0", "\\x00")}'` : String(value);
  return nodeTypeError("ERR_INVALID_ARG_VALUE", `The ${what} '${name}' ${reason}. Received ${shown}`);
}

export function outOfRange(name, range, value) {
  const digits = typeof value === "number" && Number.isInteger(value) && Math.abs(value) > 2 ** 32;
  let shown = digits ? String(value).replace(/\B(?=(\d{3})+$)/g, "_") : String(value);
  if (typeof value === "bigint") shown = `${shown.replace(/\B(?=(\d{3})+$)/g, "_")}n`;
  return nodeRangeError(
    "ERR_OUT_OF_RANGE",
    `The value of "${name}" is out of range. It must be ${range}. Received ${shown}`,
  );
}

export function checkFunction(value, name) {
  if (typeof value !== "function") throw invalidArgType(name, "of type function", value);
}

export function checkString(value, name) {
  if (typeof value !== "string") throw invalidArgType(name, "of type string", value);
}

// What a Capsule sandbox does not have. The name says which feature was asked for.
export function notAvailable(name, reason = "a sandbox has no such feature") {
  return nodeError("ERR_NOT_AVAILABLE", `${name} is not available in a Capsule sandbox: ${reason}`);
}

const NO_NETWORK = "network access does not exist in this version (network_denied)";

// What uses the network. host: whom it was for, null when that is not known.
export const networkDenied = (name, host) => markNetwork(notAvailable(name, NO_NETWORK), host);

// The host that arguments of node's network functions name: a URL, a name, or options; null when none does.
export function hostOf(args) {
  for (const value of args) {
    const options = value !== null && typeof value === "object";
    const text = options ? (value.hostname ?? value.host ?? value.href ?? value.url) : value;
    if (typeof text !== "string" || text === "") continue;
    return text.includes("//") ? (URL.canParse(text) ? new URL(text).hostname : null) : text.replace(/:\d+$/, "");
  }
  return null;
}
