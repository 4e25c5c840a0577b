// Untrusted programs, started from inside a task: each in a sandbox of its own, with what the task passes on to it.
import fs from "../prelude/node/fs.js";
import path from "../prelude/node/path.js";
import { bring } from "./subtasks.js";

// Most bytes of a program's text. The host has the same limit.
const SOURCE_LIMIT = 4 * 1024 * 1024;
const NAME_LIMIT = 255;

const LANGUAGES = {
  ".py": "python",
  ".js": "javascript",
  ".mjs": "javascript",
  ".ts": "typescript",
  ".mts": "typescript",
};

// Option of the program -> key of the request.
const OPTION_KEYS = {
  compute: "compute",
  ram: "ram",
  timeout: "timeout",
  allowedFiles: "allowed_files",
  allowedHosts: "allowed_hosts",
  envVariables: "env_variables",
};

// Absolute, whatever the working directory is.
const entry = (file) =>
  typeof file === "string" && file ? path.resolve(file) : file?.path ? { ...file, path: entry(file.path) } : file;

// What the host judges. A key that is no option goes along, for the host to refuse by name.
function passedOn(options) {
  const passed = {};
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined || value === null) continue;
    const name = Object.hasOwn(OPTION_KEYS, key) ? OPTION_KEYS[key] : key;
    passed[name] = name === "allowed_files" && Array.isArray(value) ? value.map(entry) : value;
  }
  return passed;
}

function shown(name) {
  const printable = name.toWellFormed().replace(/[\u0000-\u001f\u007f]/g, "?");
  return new TextEncoder().encode(printable).length <= NAME_LIMIT ? printable : path.basename(printable).slice(-60);
}

function request(kind, language, name, source, { args = [], kwargs = {}, ...options }) {
  if (!Array.isArray(args)) throw new TypeError(`args must be an array, not ${typeof args}`);
  const argv = args.every((each) => typeof each === "string") ? args : [];
  return { kind, language, name: shown(name), source, options: passedOn(options), args, kwargs, argv };
}

function readSource(file) {
  const { size } = fs.statSync(file);
  const data = size <= SOURCE_LIMIT ? fs.readFileSync(file) : null;
  if (!data || data.length > SOURCE_LIMIT)
    throw new RangeError(`${file} is larger than ${SOURCE_LIMIT} bytes, the most that runFile accepts`);
  return new TextDecoder("utf-8", { fatal: true }).decode(data);
}

export async function runCode(code, { language = "javascript", variables = {}, ...options } = {}) {
  if (typeof code !== "string") throw new TypeError(`runCode takes a string, not ${typeof code}`);
  return bring(request("code", language, "<run_code>", code, { ...options, kwargs: variables }));
}

export async function runFile(file, options = {}) {
  const extension = path.extname(String(file)).toLowerCase();
  if (!Object.hasOwn(LANGUAGES, extension))
    throw new RangeError(`Unsupported file type: "${extension}". Supported: ${Object.keys(LANGUAGES).join(", ")}`);
  return bring(request("file", LANGUAGES[extension], String(file), readSource(String(file)), options));
}
