// Paths, flags, attributes and errors of the file system, in node's shapes.
import { host } from "../host.js";
import process from "./process.js";
import { errnoOf, NO_FILES_GRANTED } from "./errno.js";
import { invalidArgType, invalidArgValue, outOfRange } from "../errors.js";

// WASI's types of files, and the type bits of node's modes.
const TYPES = { 0: 0, 1: 0o060000, 2: 0o020000, 3: 0o040000, 4: 0o100000, 5: 0o140000, 6: 0o140000, 7: 0o120000 };
export const DIRECTORY = 3;
export const REGULAR = 4;
export const SYMLINK = 7;
const S_IFMT = 0o170000;

export const constants = Object.freeze({
  __proto__: null,
  UV_FS_SYMLINK_DIR: 1, UV_FS_SYMLINK_JUNCTION: 2, O_RDONLY: 0, O_WRONLY: 1, O_RDWR: 2, UV_DIRENT_UNKNOWN: 0,
  UV_DIRENT_FILE: 1, UV_DIRENT_DIR: 2, UV_DIRENT_LINK: 3, UV_DIRENT_FIFO: 4, UV_DIRENT_SOCKET: 5, UV_DIRENT_CHAR: 6,
  UV_DIRENT_BLOCK: 7, S_IFMT, S_IFREG: 0o100000, S_IFDIR: 0o040000, S_IFCHR: 0o020000, S_IFBLK: 0o060000,
  S_IFIFO: 0o010000, S_IFLNK: 0o120000, S_IFSOCK: 0o140000, O_CREAT: 0o100, O_EXCL: 0o200, UV_FS_O_FILEMAP: 0,
  O_NOCTTY: 0o400, O_TRUNC: 0o1000, O_APPEND: 0o2000, O_DIRECTORY: 0o200000, O_NOATIME: 0o1000000,
  O_NOFOLLOW: 0o400000, O_SYNC: 0o4010000, O_DSYNC: 0o10000, O_DIRECT: 0o40000, O_NONBLOCK: 0o4000, S_IRWXU: 0o700,
  S_IRUSR: 0o400, S_IWUSR: 0o200, S_IXUSR: 0o100, S_IRWXG: 0o70, S_IRGRP: 0o40, S_IWGRP: 0o20, S_IXGRP: 0o10,
  S_IRWXO: 7, S_IROTH: 4, S_IWOTH: 2, S_IXOTH: 1, F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1, UV_FS_COPYFILE_EXCL: 1,
  COPYFILE_EXCL: 1, UV_FS_COPYFILE_FICLONE: 2, COPYFILE_FICLONE: 2, UV_FS_COPYFILE_FICLONE_FORCE: 4,
  COPYFILE_FICLONE_FORCE: 4,
});

// -- Errors --

const LIMITS = new Set([2, 63, 76, 69, 44, 19, 33, 51]); // WASI numbers that a grant or a limit may stand behind

export function systemError(wasi, syscall, path, dest) {
  const { code, errno, text } = errnoOf(wasi);
  let message = `${code}: ${text}, ${syscall}`;
  if (path !== undefined) message += ` '${path}'`;
  if (dest !== undefined) message += ` -> '${dest}'`;
  const reason =
    wasi === NO_FILES_GRANTED ? "no files are granted to this task" : LIMITS.has(wasi) ? host.lastDenial() : "";
  if (reason) message += ` (${reason})`;
  const error = new Error(message);
  error.errno = errno;
  error.code = code;
  error.syscall = syscall;
  if (path !== undefined) error.path = path;
  if (dest !== undefined) error.dest = dest;
  return error;
}

// Answers of host functions: a negative number is a failure.
export function check(answer, syscall, path, dest) {
  if (typeof answer === "number" && answer < 0) throw systemError(-answer, syscall, path, dest);
  return answer;
}

export const ENOENT = 44;
export const EEXIST = 20;
export const ENOTDIR = 54;
export const EISDIR = 31;
export const EINVAL = 28;
export const ELOOP = 32;
export const ENOSYS = 52;

// -- Arguments --

// A path as the program gave it, as text.
export function pathText(value, name = "path") {
  let text = value;
  if (value instanceof Uint8Array) text = host.decode(value, 0, 0, value.length);
  else if (value !== null && typeof value === "object" && value.href && value.protocol)
    text = require("./url.js").default.fileURLToPath(value);
  if (typeof text !== "string") throw invalidArgType(name, "of type string or an instance of Buffer or URL", value);
  if (text.includes("\0"))
    throw invalidArgValue(name, text, "must be a string, Uint8Array, or URL without null bytes");
  return text;
}

// The same path for the host: relative to the root, never above it. "" stays a path that does not exist.
export function hostPath(text) {
  if (text === "") return "";
  const cwd = process.cwd();
  const full = text.startsWith("/") || cwd === "/" ? text : `${cwd}/${text}`;
  const parts = [];
  for (const part of full.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && (parts.length === 0)) continue;
    parts.push(part);
  }
  if (parts.length === 0) return ".";
  return parts.join("/") + (full.endsWith("/") ? "/" : "");
}

export function checkFd(fd, name = "fd") {
  if (typeof fd !== "number") throw invalidArgType(name, "of type number", fd);
  if (!Number.isInteger(fd)) throw outOfRange(name, "an integer", fd);
  if (fd < 0 || fd > 2147483647) throw outOfRange(name, ">= 0 && <= 2147483647", fd);
  return fd;
}

const FLAGS = {
  r: "r", rs: "r", sr: "r", "r+": "rw", "rs+": "rw", "sr+": "rw", w: "wct", wx: "wctx", xw: "wctx", "w+": "rwct",
  "wx+": "rwctx", "xw+": "rwctx", a: "wca", ax: "wcax", xa: "wcax", as: "wca", sa: "wca", "a+": "rwca", "ax+": "rwcax",
  "xa+": "rwcax", "as+": "rwca", "sa+": "rwca",
};

// Arguments of host.open for a node flag: [mode bits, WASI oflags, WASI fdflags].
export function openArguments(flags = "r") {
  let letters = flags;
  if (typeof flags === "number") {
    const access = flags & 3;
    letters = access === 0 ? "r" : access === 1 ? "w" : "rw";
    for (const [letter, name] of [["c", "O_CREAT"], ["x", "O_EXCL"], ["t", "O_TRUNC"], ["a", "O_APPEND"],
      ["d", "O_DIRECTORY"], ["n", "O_NOFOLLOW"]])
      if (flags & constants[name]) letters += letter;
  } else {
    letters = Object.hasOwn(FLAGS, flags) ? FLAGS[flags] : undefined;
    if (letters === undefined) throw invalidArgValue("flags", flags);
  }
  const has = (letter) => letters.includes(letter);
  return [
    (has("r") ? 1 : 0) | (has("w") ? 2 : 0) | (has("n") ? 4 : 0),
    (has("c") ? 1 : 0) | (has("d") ? 2 : 0) | (has("x") ? 4 : 0) | (has("t") ? 8 : 0),
    has("a") ? 1 : 0,
  ];
}

// -- Attributes --

const dates = ["atime", "mtime", "ctime", "birthtime"];

class StatsBase {
  #is(bits) {
    return (Number(this.mode) & S_IFMT) === bits;
  }
  isFile() { return this.#is(0o100000); }
  isDirectory() { return this.#is(0o040000); }
  isSymbolicLink() { return this.#is(0o120000); }
  isCharacterDevice() { return this.#is(0o020000); }
  isBlockDevice() { return this.#is(0o060000); }
  isFIFO() { return this.#is(0o010000); }
  isSocket() { return this.#is(0o140000); }
}
export class Stats extends StatsBase {}
class BigIntStats extends StatsBase {}

const modeOf = (type) => TYPES[type] | (type === DIRECTORY ? 0o755 : type === SYMLINK ? 0o777 : 0o644);

// Stats of an answer of host.stat.
export function makeStats([dev, ino, type, nlink, size, atime, mtime, ctime], bigint = false) {
  const stats = bigint ? new BigIntStats() : new Stats();
  const number = bigint ? BigInt : Number;
  Object.assign(stats, {
    dev: number(dev), mode: number(modeOf(type)), nlink: number(nlink), uid: number(1000), gid: number(1000), rdev: number(0),
    blksize: number(4096), ino: number(ino), size: number(size), blocks: number(Math.ceil(size / 512)),
  });
  const times = [atime, mtime, ctime, ctime];
  dates.forEach((name, i) => {
    stats[`${name}Ms`] = bigint ? times[i] / 1000000n : Number(times[i]) / 1e6;
    if (bigint) stats[`${name}Ns`] = times[i];
  });
  dates.forEach((name, i) => {
    stats[name] = new Date(Math.round(Number(times[i]) / 1e6));
  });
  return stats;
}

// BigInt nanoseconds of a time that node accepts: seconds, text of seconds, or a Date.
export function timeOf(value, name = "time") {
  const seconds = value instanceof Date ? value.getTime() / 1000 : Number(value);
  if (!Number.isFinite(seconds)) throw invalidArgType(name, "of type number or an instance of Date or Time", value);
  return BigInt(Math.round(Math.max(0, seconds) * 1e6)) * 1000n;
}

const DIRENT_TYPES = { 4: 1, 3: 2, 7: 3, 2: 6, 1: 7, 5: 5, 6: 5 };

export class Dirent {
  #type;
  constructor(name, wasiType, parentPath) {
    this.name = name;
    this.parentPath = parentPath;
    this.path = parentPath;
    this.#type = DIRENT_TYPES[wasiType] ?? 0;
  }
  isFile() { return this.#type === 1; }
  isDirectory() { return this.#type === 2; }
  isSymbolicLink() { return this.#type === 3; }
  isFIFO() { return this.#type === 4; }
  isSocket() { return this.#type === 5; }
  isCharacterDevice() { return this.#type === 6; }
  isBlockDevice() { return this.#type === 7; }
}
