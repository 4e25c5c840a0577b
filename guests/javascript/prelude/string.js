// Evaluating a program that is a string: the value of its last statement, when that is an expression, is its result.
import { host } from "./host.js";
import { runLoop } from "./loop.js";
import { setSourceMap, setSourceText } from "./sourcemap.js";
import { PROGRAM, setProgramName } from "./stack.js";

// The export that QuickJS keeps the value in (patches/): no program can write the name.
const VALUE = "<ret>";

// Throws for a text that cannot be compiled, or imports what is not there: nothing has run then.
function start(name, code, map) {
  const meta = { url: `file:///${encodeURIComponent(name)}`, filename: `/${name}`, dirname: "/" };
  setSourceMap(map);
  return host.evaluateModule(code, PROGRAM, meta, true);
}

// A text of TypeScript that is JavaScript already is better than its translation, which leaves out constants that nobody
// uses: also the one that is the value. Type arguments alone can be read as something else.
function startOriginal(name, original) {
  if (original === undefined || original.includes("<")) return null;
  try {
    return start(name, original);
  } catch {
    return null;
  }
}

// Compiles and starts it, throwing as `start` does. Answers a function that waits for its end and gives its value.
export function evaluate({ code, name, source_map: map, original, kwargs }, settle) {
  setSourceText(name, original ?? code);
  setProgramName(name);
  for (const [key, value] of Object.entries(kwargs ?? {}))
    Object.defineProperty(globalThis, key, { value, writable: true, enumerable: false, configurable: true });
  const [promise, exported] = startOriginal(name, original) ?? start(name, code, map);
  return () => {
    settle(promise, "the program's top-level await");
    const value = settle(exported[VALUE], "the program's value");
    runLoop(() => false);
    return value;
  };
}
