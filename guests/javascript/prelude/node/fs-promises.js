// node:fs/promises: the synchronous functions, told in a later turn of the event loop.
import * as sync from "./fs-sync.js";
import { constants } from "./fs-paths.js";
import { queueCallback } from "../loop.js";
import { Buffer } from "./buffer.js";
import { nodeError, notAvailable } from "../errors.js";

// The operation happens at once, so that an error's stack shows the caller; its outcome comes later.
export function later(operation) {
  return new Promise((resolve, reject) => {
    let settle;
    try {
      const value = operation();
      settle = () => resolve(value);
    } catch (error) {
      settle = () => reject(error);
    }
    queueCallback(settle);
  });
}

export class FileHandle {
  #fd;
  constructor(fd) {
    this.#fd = fd;
  }
  get fd() {
    return this.#fd;
  }
  #open() {
    if (this.#fd < 0) throw Object.assign(nodeError("EBADF", "file closed"), { syscall: "FileHandle" });
    return this.#fd;
  }
  #later(operation) {
    return later(() => operation(this.#open()));
  }
  read(buffer, offset, length, position) {
    if (!ArrayBuffer.isView(buffer)) ({ buffer = Buffer.alloc(16384), offset, length, position } = buffer ?? {});
    return this.#later((fd) => ({ bytesRead: sync.readSync(fd, buffer, offset, length, position), buffer }));
  }
  readv(buffers, position) {
    return this.#later((fd) => ({ bytesRead: sync.readvSync(fd, buffers, position), buffers }));
  }
  write(buffer, offset, length, position) {
    return this.#later((fd) => ({ bytesWritten: sync.writeSync(fd, buffer, offset, length, position), buffer }));
  }
  writev(buffers, position) {
    return this.#later((fd) => ({ bytesWritten: sync.writevSync(fd, buffers, position), buffers }));
  }
  readFile(options) {
    return this.#later((fd) => sync.readFileSync(fd, options));
  }
  writeFile(data, options) {
    return this.#later((fd) => sync.writeFileSync(fd, data, options));
  }
  appendFile(data, options) {
    return this.writeFile(data, options);
  }
  stat(options) {
    return this.#later((fd) => sync.fstatSync(fd, options));
  }
  truncate(length) {
    return this.#later((fd) => sync.ftruncateSync(fd, length));
  }
  sync() {
    return this.#later((fd) => sync.fsyncSync(fd));
  }
  datasync() {
    return this.#later((fd) => sync.fdatasyncSync(fd));
  }
  utimes(atime, mtime) {
    return this.#later((fd) => sync.futimesSync(fd, atime, mtime));
  }
  chmod() {
    return this.#later((fd) => sync.fchmodSync(fd));
  }
  chown() {
    return this.#later((fd) => sync.fchownSync(fd));
  }
  close() {
    const fd = this.#fd;
    this.#fd = -1;
    return fd < 0 ? Promise.resolve() : later(() => sync.closeSync(fd));
  }
  createReadStream(options) {
    return require("./fs-streams.js").createReadStream(undefined, { ...options, fd: this });
  }
  createWriteStream(options) {
    return require("./fs-streams.js").createWriteStream(undefined, { ...options, fd: this });
  }
  readLines(options) {
    const { createInterface } = require("./readline.js");
    return createInterface({ input: this.createReadStream(options), crlfDelay: Infinity });
  }
  async [Symbol.asyncDispose]() {
    await this.close();
  }
}

const NAMES = ["access", "appendFile", "chmod", "chown", "copyFile", "cp", "lchmod", "lchown", "link", "lstat", "lutimes",
  "mkdir", "mkdtemp", "opendir", "readdir", "readlink", "realpath", "rename", "rm", "rmdir", "stat", "statfs",
  "symlink", "truncate", "unlink", "utimes"];

const promises = Object.fromEntries(NAMES.map((name) => [
  name, { [name]: (...args) => later(() => sync[`${name}Sync`](...args)) }[name],
]));

const fdOf = (file) => (file instanceof FileHandle ? file.fd : file);

async function writeStream(file, chunks, options) {
  const handle = file instanceof FileHandle ? file : await promises.open(file, options?.flag ?? "w");
  try {
    for await (const chunk of chunks) await handle.write(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  } finally {
    if (handle !== file) await handle.close();
  }
}

Object.assign(promises, {
  open: (file, flags, mode) => later(() => new FileHandle(sync.openSync(file, flags, mode))),
  readFile: (file, options) => later(() => sync.readFileSync(fdOf(file), options)),
  writeFile: (file, data, options) =>
    data !== null && typeof data === "object" && !ArrayBuffer.isView(data) && (data[Symbol.asyncIterator] || data[Symbol.iterator])
      ? writeStream(file, data, options)
      : later(() => sync.writeFileSync(fdOf(file), data, options)),
  watch() {
    throw notAvailable("fs.promises.watch", "changes cannot be watched");
  },
  glob() {
    throw notAvailable("fs.promises.glob");
  },
  constants,
});

export default promises;
