// The prelude: evaluated once, when the language image is made.
import "./stack.js";
import { installGlobals } from "./web/globals.js";
import { installHooks } from "./run.js";
import { builtin } from "./registry.js";

installGlobals();

// Packages in CommonJS form reach node's modules through it.
Object.defineProperty(globalThis, "require", {
  value: Object.assign((name) => builtin(name), { resolve: (name) => (builtin(name), name), cache: {} }),
  writable: true, enumerable: false, configurable: true,
});
installHooks();
