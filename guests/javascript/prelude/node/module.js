// node:module: createRequire for the modules that the guest provides.
import { builtin, builtinNames, isBuiltin } from "../registry.js";
import { notAvailable } from "../errors.js";

function createRequire() {
  const require = (name) => builtin(name);
  require.resolve = (name) => {
    if (isBuiltin(name)) return name;
    builtin(name);
    return name;
  };
  require.cache = {};
  return require;
}

function Module(id = "") {
  this.id = id;
  this.exports = {};
}
for (const name of ["register", "findSourceMap", "runMain", "_load", "_resolveFilename"])
  Module[name] = () => {
    throw notAvailable(`module.${name}`, "a program is bundled before it runs");
  };
Object.assign(Module, {
  builtinModules: builtinNames,
  createRequire,
  isBuiltin,
  syncBuiltinESMExports() {},
  Module,
});

export default Module;
