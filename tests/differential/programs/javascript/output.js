// What a task prints, and where it goes.
import { process } from "@capsule-run/sdk";

const KINDS = {
  "line": () => console.log("a line"),
  "several": () => console.log("one", 2, true, null, undefined),
  "object": () => console.log({ a: 1, b: [1, 2] }),
  "nested": () => console.log({ a: { b: { c: { d: 1 } } } }),
  "array": () => console.log([1, "two", null]),
  "error": () => console.log(String(new Error("printed"))),
  "format": () => console.log("%s is %d", "x", 5),
  "unicode": () => console.log("Grüße 日本語 😀"),
  "empty-line": () => console.log(),
  "many": () => {
    for (let n = 0; n < 300; n++) console.log(`line ${n}`);
  },
  "long-line": () => console.log("x".repeat(70000)),
  "stderr": () => console.error("to stderr"),
  "warn": () => console.warn("a warning"),
  "info": () => console.info("information"),
  "debug": () => console.debug("debugging"),
  "both": () => {
    console.log("out 1");
    console.error("err 1");
    console.log("out 2");
  },
  "write": () => {
    process.stdout.write("written\n");
  },
  "map": () => console.log(new Map([["a", 1]]), new Set([1])),
  "result-too": () => {
    console.log("printed");
    return "returned";
  },
};

export const run = (kind) => KINDS[kind]();
