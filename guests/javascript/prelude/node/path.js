// node:path, posix only: the package "path-browserify", with what node has added since.
import path from "path-browserify";
import { notAvailable } from "../errors.js";

path.toNamespacedPath = (value) => value;
path.posix = path;
path.win32 = new Proxy({}, {
  get(_, name) {
    if (typeof name === "symbol" || name === "then") return undefined;
    throw notAvailable(`path.win32.${name}`, "paths in a sandbox are posix paths");
  },
});

export default path;
