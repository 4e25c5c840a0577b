// node:path, posix only: the package "path-browserify", with what node has added since.
import path from "path-browserify";
import { checkString, notAvailable } from "../errors.js";

// The package refuses what is no string without node's error code. The second parameter of basename is optional.
const PARAMETERS = { isAbsolute: ["path"], normalize: ["path"], dirname: ["path"], extname: ["path"], parse: ["path"],
  basename: ["path"], relative: ["from", "to"] };
for (const [name, parameters] of Object.entries(PARAMETERS)) {
  const plain = path[name];
  path[name] = { [name](...args) {
    parameters.forEach((parameter, i) => checkString(args[i], parameter));
    return plain(...args);
  } }[name];
}
for (const [name, parameter] of [["join", () => "path"], ["resolve", (i) => `paths[${i}]`]]) {
  const plain = path[name];
  path[name] = { [name](...args) {
    for (let i = 0; i < args.length; i++) checkString(args[i], parameter(i));
    return plain(...args);
  } }[name];
}

path.toNamespacedPath = (value) => value;
path.posix = path;
path.win32 = new Proxy({}, {
  get(_, name) {
    if (typeof name === "symbol" || name === "then") return undefined;
    throw notAvailable(`path.win32.${name}`, "paths in a sandbox are posix paths");
  },
});

export default path;
