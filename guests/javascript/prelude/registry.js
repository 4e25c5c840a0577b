// Every module that a program may import from the guest. Values are loaders, so that a module costs nothing before
// its first use.
import { nodeError } from "./errors.js";
import { unavailable, unavailableNames } from "./node/unavailable.js";

const loaders = {
  assert: () => require("./node/assert.js"),
  "assert/strict": () => require("./node/assert-strict.js"),
  async_hooks: () => require("./node/async_hooks.js"),
  buffer: () => require("./node/buffer.js"),
  console: () => require("./node/console.js"),
  constants: () => require("./node/constants.js"),
  crypto: () => require("./node/crypto.js"),
  diagnostics_channel: () => require("./node/diagnostics_channel.js"),
  events: () => require("./node/events.js"),
  fs: () => require("./node/fs.js"),
  "fs/promises": () => require("./node/fs-promises.js"),
  module: () => require("./node/module.js"),
  os: () => require("./node/os.js"),
  path: () => require("./node/path.js"),
  "path/posix": () => require("./node/path.js"),
  perf_hooks: () => require("./node/perf_hooks.js"),
  process: () => require("./node/process.js"),
  punycode: () => require("./node/punycode.js"),
  querystring: () => require("./node/querystring.js"),
  readline: () => require("./node/readline.js"),
  "readline/promises": () => require("./node/readline-promises.js"),
  stream: () => require("./node/stream.js"),
  "stream/consumers": () => require("./node/stream-consumers.js"),
  "stream/promises": () => require("./node/stream-promises.js"),
  string_decoder: () => require("./node/string_decoder.js"),
  sys: () => require("./node/util.js"),
  timers: () => require("./node/timers.js"),
  "timers/promises": () => require("./node/timers-promises.js"),
  tty: () => require("./node/tty.js"),
  url: () => require("./node/url.js"),
  util: () => require("./node/util.js"),
  "util/types": () => require("./node/util-types.js"),
  worker_threads: () => require("./node/worker_threads.js"),
};
const sdk = {
  "@capsule-run/sdk": () => require("../sdk/index.js"),
  "@capsule-run/sdk/runner": () => require("../sdk/exports-runner.js"),
  "@capsule-run/sdk/capsule/app.js": () => require("../sdk/exports-app.js"),
};

// "node:fs" and "fs" are the same; "buffer/" is how packages ask for a package of that name instead.
const plain = (specifier) => specifier.replace(/^node:/, "").replace(/\/$/, "");

export const builtinNames = [...Object.keys(loaders), ...unavailableNames].sort();

export const isBuiltin = (specifier) =>
  Object.hasOwn(loaders, plain(specifier)) || unavailableNames.includes(plain(specifier));

// The exports object of a module; throws for a name that nobody knows.
export function builtin(specifier) {
  const name = plain(specifier);
  if (Object.hasOwn(loaders, name)) return loaders[name]().default;
  if (Object.hasOwn(sdk, specifier)) return sdk[specifier]().default;
  const stub = unavailable(name);
  if (stub) return stub;
  throw nodeError(
    "ERR_MODULE_NOT_FOUND",
    `Cannot find module '${specifier}': a program is bundled before it runs, and only node's modules and ` +
      "@capsule-run/sdk can be imported at run time",
  );
}
