// What the host refused and an error is about: a path, a variable of the environment, a host of the network.
//
// The host has the last word: it gives a hint only when it knows that it refused that very thing.

const RELATED_LIMIT = 50; // errors looked at: one, its causes, and what it collects
const VARIABLES_LIMIT = 64; // variables kept in mind that were asked for in vain
const NAME_LIMIT = 255;
const NAME_LEAST = 4; // shortest name that is recognized in a message
const MESSAGE_LIMIT = 4096; // characters of a message that are looked through

const CODES = new Set(["EACCES", "EPERM", "ENOENT", "EROFS"]);

const hosts = new WeakMap();
const variables = new Set();

// Answers `error`, which from now on is known for a refusal of the network. host: null when it is not known.
export function markNetwork(error, host) {
  hosts.set(error, typeof host === "string" && host ? host : null);
  return error;
}

// The program asked for a variable that it does not have.
export function missedVariable(name) {
  if (name.length <= NAME_LIMIT && variables.size < VARIABLES_LIMIT) variables.add(name);
}

function* related(error) {
  const left = [error];
  const seen = new Set();
  while (left.length > 0 && seen.size < RELATED_LIMIT) {
    const next = left.shift();
    if (next === null || typeof next !== "object" || seen.has(next)) continue;
    seen.add(next);
    yield next;
    left.push(next.cause);
    if (Array.isArray(next.errors)) left.push(...next.errors.slice(0, RELATED_LIMIT));
  }
}

function refusedFile({ code, path, dest, message }, absolute) {
  if (!CODES.has(code) || typeof path !== "string") return null;
  const paths = [path, dest].filter((text) => typeof text === "string").map(absolute);
  return { file: paths.find((text) => String(message).includes(` ${text}: `)) ?? paths[0] };
}

function missingVariable({ message }) {
  if (variables.size === 0 || typeof message !== "string") return null;
  const names = message.slice(0, MESSAGE_LIMIT).match(/\w+/g) ?? [];
  const name = names.find((word) => word.length >= NAME_LEAST && variables.has(word));
  return name === undefined ? null : { variable: name };
}

// {file}, {variable} or {host}: what the uncaught error could not have. Else null. absolute: makes a path whole.
export function refused(error, absolute) {
  try {
    for (const each of related(error)) {
      const found = hosts.has(each) ? { host: hosts.get(each) } : (refusedFile(each, absolute) ?? missingVariable(each));
      if (found) return found;
    }
  } catch {} // accessors of the program take part
  return null;
}
