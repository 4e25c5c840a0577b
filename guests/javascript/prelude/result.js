// A task's value as JSON text: exact, or an error that says where and why not.
import { host } from "./host.js";

const { stringify } = JSON;
const { isFinite } = Number;
const { isWellFormed } = String.prototype;

export class Unserializable extends Error {}

const MAX_DEPTH = 1000;

const isIdentifier = (key) => /^[A-Za-z_$][\w$]*$/.test(key);

const extend = (path, holder, key) =>
  Array.isArray(holder) ? `${path}[${key}]` : isIdentifier(key) ? `${path}.${key}` : `${path}[${stringify(key)}]`;

function describeValue(value) {
  if (typeof value === "bigint") return `a BigInt (${String(value).slice(0, 40)}n): convert it with Number() or String()`;
  if (typeof value === "number") return `${value}: JSON has no such number`;
  if (typeof value === "string") return "a string with a lone surrogate, which is not valid Unicode text";
  if (typeof value === "function") return `a function (${value.name || "anonymous"})`;
  return `a ${typeof value}`;
}

// Walks as JSON.stringify does and answers the first value that has no JSON form as [path, reason].
function findCulprit(holder, key, path, above) {
  let value = holder[key];
  if (value !== null && (typeof value === "object" || typeof value === "bigint") && typeof value.toJSON === "function")
    value = value.toJSON(key);
  if (value instanceof Number || value instanceof String || value instanceof Boolean) value = value.valueOf();
  switch (typeof value) {
    case "bigint":
      return [path, describeValue(value)];
    case "number":
      return isFinite(value) ? null : [path, describeValue(value)];
    case "string":
      return value.isWellFormed() ? null : [path, describeValue(value)];
    case "object":
      break;
    default:
      return above.length === 0 && typeof value !== "undefined" ? [path, describeValue(value)] : null;
  }
  if (value === null) return null;
  if (above.includes(value)) return [path, "a reference to an object that contains it (a cycle)"];
  if (above.length >= MAX_DEPTH) return [path, "nested too deeply"];
  const inner = [...above, value];
  for (const name of Object.keys(value)) {
    const child = extend(path, value, name);
    if (!name.isWellFormed()) return [child, "a key with a lone surrogate, which is not valid Unicode text"];
    const found = findCulprit(value, name, child, inner);
    if (found) return found;
  }
  return null;
}

function refuse(value, error) {
  const found = findCulprit({ result: value }, "result", "result", []);
  if (found) throw new Unserializable(`The result cannot be written as JSON: ${found[0]} is ${found[1]}`);
  if (error) throw error;
}

// JSON.stringify writes NaN as null and lone surrogates as escapes; only texts with one of these need a closer look.
// The plain searches come first: they are native code, a pattern costs a hundred times as much for each character.
const suspicious = (text) =>
  text.includes("null") || (text.includes("\\ud") && /(?<!\\)(?:\\\\)*\\ud[89a-f]/.test(text));

export function serialize(value) {
  if (value === undefined) return "null";
  if (typeof value === "string" && isWellFormed.call(value)) return stringify(value);
  let text;
  try {
    text = stringify(value);
  } catch (error) {
    refuse(value, error);
  }
  if (text === undefined) refuse(value, new Unserializable("The result cannot be written as JSON"));
  if (suspicious(text)) refuse(value);
  return text;
}
