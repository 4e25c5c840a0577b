// One way to end for each argument.
import { process } from "@capsule-run/sdk";

class Refused extends Error {
  constructor(code) {
    super(`refused with ${code}`);
    this.name = "Refused";
    this.code = code;
  }
}

function raise(error) {
  throw error;
}

function recurse(n) {
  return recurse(n + 1) + 1;
}

function memory() {
  const blocks = [];
  for (;;) blocks.push(new Uint8Array(1 << 20).fill(1));
}

function loop() {
  for (;;);
}

const KINDS = {
  "error": () => raise(new Error("a value")),
  "type-error": () => null.nothing,
  "not-a-function": () => undefined(),
  "reference-error": () => undefinedName,
  "range-error": () => new Array(-1),
  "syntax-error": () => JSON.parse("{"),
  "uri-error": () => decodeURIComponent("%"),
  "aggregate-error": () => raise(new AggregateError([new Error("a")], "several")),
  "own-class": () => raise(new Refused(5)),
  "empty": () => raise(new Error()),
  "cause": () => raise(new Error("outer", { cause: new Error("inner") })),
  "multi-line": () => raise(new Error("first\nsecond\n\nlast")),
  "unicode-text": () => raise(new Error("Grüße 日本語 😀 \x1b[31m")),
  "long-text": () => raise(new Error("x".repeat(5000))),
  "surrogate-text": () => raise(new Error("\ud800")),
  "throw-string": () => raise("only a string"),
  "throw-number": () => raise(5),
  "throw-null": () => raise(null),
  "throw-undefined": () => raise(undefined),
  "throw-object": () => raise({ message: "of an object", code: 1 }),
  "throw-json": () => raise('{"error_type": "custom", "message": "m"}'),
  "rejects": () => Promise.reject(new Error("rejected")),
  "rejects-later": async () => {
    await null;
    throw new TypeError("later");
  },
  "aborted": () => raise(new DOMException("stopped", "AbortError")),
  "recursion": () => recurse(0),
  "before-defined": () => {
    early();
    const early = () => 1;
  },
  "bigint-mix": () => 1n + 1,
  "finally": () => {
    try {
      throw new Error("first");
    } finally {
      console.log("finally ran");
    }
  },
  "exit-0": () => process.exit(0),
  "exit-3": () => process.exit(3),
  "exit-none": () => process.exit(),
  "never": () => new Promise(() => {}),
  "memory": memory,
  "loop": loop,
};

export const run = (kind) => {
  console.log("before");
  return KINDS[kind]();
};
