// The synchronous half of node:fs. The other halves call it.
import { host } from "../host.js";
import { Buffer } from "./buffer.js";
import path from "./path.js";
import { invalidArgType, invalidArgValue, nodeError, notAvailable, outOfRange } from "../errors.js";
import { encodingNumber } from "../encoding.js";
import {
  check, checkFd, constants, Dirent, DIRECTORY, EEXIST, EISDIR, ELOOP, ENOENT, ENOTDIR, hostPath,
  makeStats, openArguments, pathText, SYMLINK, systemError, timeOf,
} from "./fs-paths.js";
import { NO_FILES_GRANTED } from "./errno.js";

const CHUNK = 65536;
const MAX_LINKS = 40;
const OPEN_DIRECTORY = [1, 2, 0];

const optionsOf = (options, defaults = {}) =>
  typeof options === "string" || options === null ? { ...defaults, encoding: options } : { ...defaults, ...options };

function checkEncoding(encoding) {
  if (encoding && encoding !== "buffer" && encodingNumber(encoding) === undefined)
    throw invalidArgValue("encoding", encoding, "is invalid encoding");
}

const encodeName = (name, encoding) =>
  encoding === "buffer" ? Buffer.from(name) : encoding && !/^utf-?8$/i.test(encoding) ? Buffer.from(name).toString(encoding) : name;

// Errors that node makes itself, without the system having said no.
function refused(code, message, syscall, path) {
  const error = nodeError(code, message);
  error.name = "SystemError";
  return Object.assign(error, { syscall, path });
}

// -- Descriptors --

export function openSync(file, flags, _mode) {
  const text = pathText(file);
  return check(host.open(hostPath(text), ...openArguments(flags ?? "r")), "open", text);
}
export function closeSync(fd) {
  check(host.close(checkFd(fd)), "close");
}

const viewOf = (buffer) => {
  if (!ArrayBuffer.isView(buffer)) throw invalidArgType("buffer", "an instance of Buffer, TypedArray, or DataView", buffer);
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
};
const positionOf = (position) => (position === null || position === undefined ? -1 : Number(position));

export function readSync(fd, buffer, offset, length, position) {
  checkFd(fd);
  if (offset !== null && typeof offset === "object") ({ offset, length, position } = offset);
  const bytes = viewOf(buffer);
  offset ??= 0;
  length ??= bytes.length - offset;
  if (offset < 0 || offset > bytes.length) throw outOfRange("offset", `>= 0 && <= ${bytes.length}`, offset);
  if (length < 0 || length > bytes.length - offset) throw outOfRange("length", `>= 0 && <= ${bytes.length - offset}`, length);
  return length === 0 ? 0 : check(host.read(fd, bytes, offset, length, positionOf(position)), "read");
}

export function writeSync(fd, data, offset, length, position) {
  checkFd(fd);
  let bytes;
  if (typeof data === "string") {
    bytes = Buffer.from(data, typeof length === "string" ? length : undefined);
    position = offset;
    offset = 0;
    length = bytes.length;
  } else {
    if (offset !== null && typeof offset === "object") ({ offset, length, position } = offset);
    bytes = viewOf(data);
    offset ??= 0;
    length ??= bytes.length - offset;
  }
  if (offset < 0 || offset > bytes.length) throw outOfRange("offset", `>= 0 && <= ${bytes.length}`, offset);
  if (length < 0 || length > bytes.length - offset) throw outOfRange("length", `>= 0 && <= ${bytes.length - offset}`, length);
  return length === 0 ? 0 : check(host.pwrite(fd, bytes, offset, length, positionOf(position)), "write");
}

export function readvSync(fd, buffers, position) {
  let total = 0;
  for (const buffer of buffers) {
    const count = readSync(fd, buffer, 0, buffer.byteLength, typeof position === "number" ? position + total : null);
    total += count;
    if (count < buffer.byteLength) break;
  }
  return total;
}
export function writevSync(fd, buffers, position) {
  let total = 0;
  for (const buffer of buffers)
    total += writeAll(fd, viewOf(buffer), typeof position === "number" ? position + total : null);
  return total;
}

function writeAll(fd, bytes, position) {
  let done = 0;
  while (done < bytes.length) {
    const length = Math.min(bytes.length - done, 1 << 20);
    done += check(host.pwrite(fd, bytes, done, length, position === null ? -1 : position + done), "write");
  }
  return done;
}

export function fsyncSync(fd) {
  check(host.sync(checkFd(fd)), "fsync");
}
export function fdatasyncSync(fd) {
  check(host.datasync(checkFd(fd)), "fdatasync");
}
export function ftruncateSync(fd, length = 0) {
  check(host.truncate(checkFd(fd), Math.max(0, length)), "ftruncate");
}

function withFile(file, flags, action) {
  if (typeof file === "number") return action(checkFd(file));
  const fd = openSync(file, flags);
  try {
    return action(fd);
  } finally {
    host.close(fd);
  }
}

// -- Whole files --

function readAll(fd) {
  const answer = host.fstat(fd);
  check(answer, "fstat");
  if (answer[2] === DIRECTORY) throw systemError(EISDIR, "read");
  const expected = answer[4];
  let buffer = Buffer.allocUnsafe(expected > 0 ? expected : CHUNK);
  let used = 0;
  for (;;) {
    if (used === buffer.length) {
      // Full: either this was the end, or the file is longer than it said.
      const probe = Buffer.allocUnsafe(CHUNK);
      const count = check(host.read(fd, probe, 0, CHUNK, -1), "read");
      if (count === 0) break;
      buffer = Buffer.concat([buffer, probe.subarray(0, count)], Math.max(buffer.length * 2, used + count));
      used += count;
      continue;
    }
    const count = check(host.read(fd, buffer, used, Math.min(buffer.length - used, 1 << 20), -1), "read");
    if (count === 0) break;
    used += count;
  }
  return used === buffer.length ? buffer : buffer.subarray(0, used);
}

export function readFileSync(file, options) {
  const { encoding, flag = "r" } = optionsOf(options);
  checkEncoding(encoding);
  const bytes = withFile(file, flag, readAll);
  return encoding && encoding !== "buffer" ? bytes.toString(encoding) : bytes;
}

function contentOf(data, encoding) {
  if (typeof data === "string") return Buffer.from(data, encoding ?? "utf8");
  if (ArrayBuffer.isView(data)) return viewOf(data);
  throw invalidArgType("data", "of type string or an instance of Buffer, TypedArray, or DataView", data);
}

export function writeFileSync(file, data, options) {
  const { encoding, flag = "w", flush = false } = optionsOf(options);
  const bytes = contentOf(data, encoding);
  withFile(file, flag, (fd) => {
    writeAll(fd, bytes, null);
    if (flush) fsyncSync(fd);
  });
}
export function appendFileSync(file, data, options) {
  writeFileSync(file, data, optionsOf(options, { flag: "a" }));
}
export function truncateSync(file, length = 0) {
  withFile(file, "r+", (fd) => ftruncateSync(fd, length));
}

export function copyFileSync(from, to, mode = 0) {
  const [source, target] = [pathText(from, "src"), pathText(to, "dest")];
  const input = check(host.open(hostPath(source), ...openArguments("r")), "copyfile", source, target);
  try {
    if (check(host.fstat(input), "copyfile", source, target)[2] === DIRECTORY) throw systemError(EISDIR, "copyfile", source, target);
    const flags = mode & constants.COPYFILE_EXCL ? "wx" : "w";
    const output = check(host.open(hostPath(target), ...openArguments(flags)), "copyfile", source, target);
    try {
      const chunk = new Uint8Array(CHUNK);
      for (;;) {
        const count = check(host.read(input, chunk, 0, CHUNK, -1), "copyfile", source, target);
        if (count === 0) break;
        writeAll(output, chunk.subarray(0, count), null);
      }
    } finally {
      host.close(output);
    }
  } finally {
    host.close(input);
  }
}

// -- Attributes --

const isMissing = (answer) => answer === -ENOENT || answer === -ENOTDIR || answer === -NO_FILES_GRANTED;

function statOf(file, options, follow, syscall) {
  const text = pathText(file);
  const answer = host.stat(hostPath(text), follow);
  if (options?.throwIfNoEntry === false && isMissing(answer)) return undefined;
  return makeStats(check(answer, syscall, text), options?.bigint);
}
export const statSync = (file, options) => statOf(file, options, true, "stat");
export const lstatSync = (file, options) => statOf(file, options, false, "lstat");
export const fstatSync = (fd, options) => makeStats(check(host.fstat(checkFd(fd)), "fstat"), options?.bigint);

export function existsSync(file) {
  try {
    return typeof host.stat(hostPath(pathText(file)), true) !== "number";
  } catch {
    return false;
  }
}

export function accessSync(file, mode = constants.F_OK) {
  const text = pathText(file);
  const answer = check(host.stat(hostPath(text), true), "access", text);
  if (!(mode & constants.W_OK) || answer[2] === DIRECTORY) return;
  // Whether a file may be written is known by opening it.
  const fd = check(host.open(hostPath(text), ...openArguments("r+")), "access", text);
  host.close(fd);
}

function setTimes(target, follow, atime, mtime, syscall, text) {
  check(host.utimes(target, follow, timeOf(atime, "atime"), timeOf(mtime, "mtime")), syscall, text);
}
export function utimesSync(file, atime, mtime) {
  const text = pathText(file);
  setTimes(hostPath(text), true, atime, mtime, "utime", text);
}
export function lutimesSync(file, atime, mtime) {
  const text = pathText(file);
  setTimes(hostPath(text), false, atime, mtime, "lutime", text);
}
export const futimesSync = (fd, atime, mtime) => setTimes(checkFd(fd), true, atime, mtime, "futime");

// Modes and owners do not exist in WASI: accepted where the file exists, so that copying programs work.
const ignored = (syscall, follow) => (file) => {
  if (typeof file === "number") check(host.fstat(checkFd(file)), syscall);
  else {
    const text = pathText(file);
    check(host.stat(hostPath(text), follow), syscall, text);
  }
};
export const chmodSync = ignored("chmod", true);
export const fchmodSync = ignored("fchmod", true);
export const lchmodSync = ignored("lchmod", false);
export const chownSync = ignored("chown", true);
export const fchownSync = ignored("fchown", true);
export const lchownSync = ignored("lchown", false);

// -- Names --

export function unlinkSync(file) {
  const text = pathText(file);
  check(host.unlink(hostPath(text)), "unlink", text);
}
export function renameSync(from, to) {
  const [source, target] = [pathText(from, "oldPath"), pathText(to, "newPath")];
  check(host.rename(hostPath(source), hostPath(target)), "rename", source, target);
}
export function linkSync(from, to) {
  const [source, target] = [pathText(from, "existingPath"), pathText(to, "newPath")];
  check(host.link(hostPath(source), hostPath(target)), "link", source, target);
}
export function symlinkSync(target, file) {
  const [to, text] = [pathText(target, "target"), pathText(file)];
  check(host.symlink(to, hostPath(text)), "symlink", to, text);
}
export function readlinkSync(file, options) {
  const text = pathText(file);
  return encodeName(check(host.readlink(hostPath(text)), "readlink", text), optionsOf(options).encoding);
}

export function realpathSync(file, options) {
  const text = pathText(file);
  const rest = path.resolve(text).split("/").filter(Boolean);
  const done = [];
  for (let links = 0; rest.length > 0;) {
    const part = rest.shift();
    if (part === "..") {
      done.pop();
      continue;
    }
    const here = [...done, part].join("/");
    const answer = check(host.stat(here, false), "lstat", `/${here}`);
    if (answer[2] !== SYMLINK) {
      done.push(part);
      continue;
    }
    if (++links > MAX_LINKS) throw systemError(ELOOP, "realpath", text);
    const target = check(host.readlink(here), "readlink", `/${here}`);
    if (target.startsWith("/")) done.length = 0;
    rest.unshift(...target.split("/").filter((p) => p !== "" && p !== "."));
  }
  return encodeName(`/${done.join("/")}`, optionsOf(options).encoding);
}
realpathSync.native = realpathSync;

// -- Directories --

// [name, type, name, type...]
function listDirectory(text, syscall = "scandir") {
  const fd = check(host.open(hostPath(text), ...OPEN_DIRECTORY), syscall, text);
  try {
    return check(host.readdir(fd), syscall, text);
  } finally {
    host.close(fd);
  }
}

function readEntries(text, visit, recursive, prefix = "") {
  const entries = listDirectory(prefix === "" ? text : path.join(text, prefix));
  const names = [];
  for (let i = 0; i < entries.length; i += 2) names.push([entries[i], entries[i + 1]]);
  names.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  for (const [name, type] of names) {
    visit(name, type, prefix);
    if (recursive && type === DIRECTORY) readEntries(text, visit, true, path.join(prefix, name));
  }
}

export function readdirSync(directory, options) {
  const { encoding, withFileTypes = false, recursive = false } = optionsOf(options);
  const text = pathText(directory);
  const result = [];
  readEntries(text, (name, type, prefix) => {
    if (withFileTypes) result.push(new Dirent(encodeName(name, encoding), type, prefix === "" ? text : path.join(text, prefix)));
    else result.push(encodeName(prefix === "" ? name : path.join(prefix, name), encoding));
  }, recursive);
  return result;
}

function makePath(text) {
  const full = path.resolve(text);
  const parts = full.split("/").filter(Boolean);
  let first;
  for (let i = 1; i <= parts.length; i++) {
    const here = parts.slice(0, i).join("/");
    const answer = host.stat(here, true);
    if (typeof answer !== "number") {
      if (answer[2] === DIRECTORY) continue;
      throw systemError(i === parts.length ? EEXIST : ENOTDIR, "mkdir", text);
    }
    const made = host.mkdir(here);
    if (made !== -EEXIST) check(made, "mkdir", text);
    first ??= `/${here}`;
  }
  return first;
}

export function mkdirSync(directory, options) {
  const text = pathText(directory);
  const { recursive = false } = typeof options === "object" && options !== null ? options : {};
  if (recursive) return makePath(text);
  check(host.mkdir(hostPath(text)), "mkdir", text);
  return undefined;
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

export function mkdtempSync(prefix, options) {
  const text = pathText(prefix, "prefix");
  for (let attempt = 0; ; attempt++) {
    const random = new Uint8Array(6);
    host.random(random);
    const name = text + Array.from(random, (byte) => LETTERS[byte % LETTERS.length]).join("");
    const answer = host.mkdir(hostPath(name));
    if (answer === -EEXIST && attempt < 100) continue;
    check(answer, "mkdtemp", `${text}XXXXXX`);
    return encodeName(name, optionsOf(options).encoding);
  }
}

export function rmdirSync(directory, options) {
  const text = pathText(directory);
  if (options?.recursive) rmSync(text, { recursive: true, force: false });
  else check(host.rmdir(hostPath(text)), "rmdir", text);
}

function removeTree(text) {
  const entries = listDirectory(text, "rm");
  for (let i = 0; i < entries.length; i += 2) {
    const child = path.join(text, entries[i]);
    if (entries[i + 1] === DIRECTORY) removeTree(child);
    else unlinkSync(child);
  }
  check(host.rmdir(hostPath(text)), "rm", text);
}

export function rmSync(file, options = {}) {
  const { recursive = false, force = false } = options ?? {};
  const text = pathText(file);
  const answer = host.stat(hostPath(text), false);
  if (force && isMissing(answer)) return;
  check(answer, "lstat", text);
  if (answer[2] !== DIRECTORY) unlinkSync(text);
  else if (recursive) removeTree(text);
  else throw refused("ERR_FS_EISDIR", `Path is a directory: rm returned EISDIR (is a directory) ${text}`, "rm", text);
}

// -- Copying trees --

export function cpSync(from, to, options = {}) {
  const { recursive = false, force = true, errorOnExist = false, dereference = false, filter, preserveTimestamps = false } = options ?? {};
  const [source, target] = [pathText(from, "src"), pathText(to, "dest")];
  if (filter && !filter(source, target)) return;
  const stat = check(host.stat(hostPath(source), dereference), "cp", source);
  const existing = host.stat(hostPath(target), false);
  const exists = typeof existing !== "number";
  if (stat[2] === DIRECTORY) {
    if (!recursive)
      throw refused("ERR_FS_EISDIR", `Recursive option not enabled, cannot copy a directory: cp returned EISDIR (${source} is a directory (not copied)) ${source}`, "cp", source);
    if (path.resolve(target).startsWith(`${path.resolve(source)}/`))
      throw refused("ERR_FS_CP_EINVAL", `Invalid src or dest: cp returned EINVAL (cannot copy ${source} to a subdirectory of self ${target}) ${target}`, "cp", target);
    if (exists && existing[2] !== DIRECTORY)
      throw refused("ERR_FS_CP_DIR_TO_NON_DIR", `Cannot overwrite non-directory with directory: cp returned EISDIR (cannot overwrite non-directory ${target} with directory ${source}) ${target}`, "cp", target);
    if (!exists) makePath(target);
    const entries = listDirectory(source, "cp");
    for (let i = 0; i < entries.length; i += 2) cpSync(path.join(source, entries[i]), path.join(target, entries[i]), options);
    return;
  }
  if (exists && existing[2] === DIRECTORY)
    throw refused("ERR_FS_CP_NON_DIR_TO_DIR", `Cannot overwrite directory with non-directory: cp returned ENOTDIR (cannot overwrite directory ${target} with non-directory ${source}) ${target}`, "cp", target);
  if (exists && !force) {
    if (errorOnExist) throw refused("ERR_FS_CP_EEXIST", `Target already exists: cp returned EEXIST (${target} already exists) ${target}`, "cp", target);
    return;
  }
  makePath(path.dirname(path.resolve(target)));
  if (stat[2] === SYMLINK) {
    if (exists) unlinkSync(target);
    symlinkSync(readlinkSync(source), target);
    return;
  }
  copyFileSync(source, target);
  if (preserveTimestamps) check(host.utimes(hostPath(target), true, stat[5], stat[6]), "cp", target);
}

// -- Directories as iterators --

export class Dir {
  #entries;
  #at = 0;
  #closed = false;
  constructor(directory, options) {
    this.path = pathText(directory);
    this.#entries = readdirSync(this.path, { ...optionsOf(options), withFileTypes: true });
  }
  #check() {
    if (this.#closed) throw nodeError("ERR_DIR_CLOSED", "Directory handle was closed");
  }
  readSync() {
    this.#check();
    return this.#entries[this.#at++] ?? null;
  }
  read(callback) {
    if (!callback) return Promise.resolve().then(() => this.readSync());
    const entry = this.readSync();
    queueMicrotask(() => callback(null, entry));
    return undefined;
  }
  closeSync() {
    this.#check();
    this.#closed = true;
  }
  close(callback) {
    if (!callback) return Promise.resolve().then(() => this.closeSync());
    this.closeSync();
    queueMicrotask(() => callback(null));
    return undefined;
  }
  async *entries() {
    try {
      for (let entry; (entry = this.readSync()) !== null;) yield entry;
    } finally {
      if (!this.#closed) this.closeSync();
    }
  }
  [Symbol.asyncIterator]() {
    return this.entries();
  }
}
export const opendirSync = (directory, options) => new Dir(directory, options);

export function statfsSync() {
  throw notAvailable("fs.statfs", "sizes of the host's file systems are not shown");
}
