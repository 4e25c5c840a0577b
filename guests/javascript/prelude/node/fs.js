// node:fs.
import * as sync from "./fs-sync.js";
import promises from "./fs-promises.js";
import { constants, Dirent, Stats } from "./fs-paths.js";
import { queueCallback } from "../loop.js";
import { checkFunction, notAvailable } from "../errors.js";

const PROMISIFY_ARGS = Symbol.for("nodejs.util.promisify.args");

// fn(...args, callback): the operation happens at once, the callback is called in a later turn.
function withCallback(name, operation, results = (value) => [value]) {
  return { [name]: (...args) => {
    const callback = args.pop();
    checkFunction(callback, "cb");
    let outcome;
    try {
      const value = operation(...args);
      outcome = value === undefined ? [null] : [null, ...results(value, args)];
    } catch (error) {
      if (error.code?.startsWith?.("ERR_") && error.syscall === undefined) throw error;
      outcome = [error];
    }
    queueCallback(callback, ...outcome);
  } }[name];
}

const SAME = ["access", "appendFile", "chmod", "chown", "close", "copyFile", "cp", "fchmod", "fchown", "fdatasync",
  "fstat", "fsync", "ftruncate", "futimes", "lchmod", "lchown", "link", "lstat", "lutimes", "mkdir", "mkdtemp", "open",
  "opendir", "readFile", "readdir", "readlink", "realpath", "rename", "rm", "rmdir", "stat", "statfs", "symlink",
  "truncate", "unlink", "utimes", "writeFile"];

const fs = {};
for (const name of SAME) {
  fs[name] = withCallback(name, sync[`${name}Sync`]);
  fs[`${name}Sync`] = sync[`${name}Sync`];
}
fs.realpath.native = fs.realpath;

for (const [name, key] of [["read", "buffer"], ["write", "buffer"], ["readv", "buffers"], ["writev", "buffers"]]) {
  const operation = sync[`${name}Sync`];
  fs[`${name}Sync`] = operation;
  fs[name] = withCallback(name, operation, (count, args) => [count, args[1]]);
  fs[name][PROMISIFY_ARGS] = [name.startsWith("read") ? "bytesRead" : "bytesWritten", key];
}

function exists(file, callback) {
  checkFunction(callback, "cb");
  queueCallback(callback, sync.existsSync(file));
}
exists[Symbol.for("nodejs.util.promisify.custom")] = (file) => Promise.resolve(sync.existsSync(file));

const refuse = (name, reason) => () => {
  throw notAvailable(`fs.${name}`, reason);
};

Object.assign(fs, {
  exists,
  existsSync: sync.existsSync,
  watch: refuse("watch", "changes cannot be watched"),
  watchFile: refuse("watchFile", "changes cannot be watched"),
  unwatchFile() {},
  openAsBlob: async (file) => new (require("../web/blob.js").Blob)([sync.readFileSync(file)]),
  Dir: sync.Dir,
  Dirent,
  Stats,
  constants,
  promises,
  F_OK: constants.F_OK,
  R_OK: constants.R_OK,
  W_OK: constants.W_OK,
  X_OK: constants.X_OK,
  createReadStream: (path, options) => require("./fs-streams.js").createReadStream(path, options),
  createWriteStream: (path, options) => require("./fs-streams.js").createWriteStream(path, options),
});
// The stream classes cost the whole stream module, so they come when they are asked for.
for (const [name, target] of [["ReadStream", "ReadStream"], ["WriteStream", "WriteStream"], ["FileReadStream", "ReadStream"], ["FileWriteStream", "WriteStream"]])
  Object.defineProperty(fs, name, {
    enumerable: false, configurable: true, get: () => require("./fs-streams.js")[target],
  });

export default fs;
