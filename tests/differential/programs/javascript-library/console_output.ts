// What console writes, and where.
export const log = () => console.log("text", 1, true, null, undefined);
export const objects = () => console.log({ a: 1 }, [1, 2], "text");
export const format = () => console.log("%s is %d", "x", 5, "more");
export const error = () => console.error("to stderr");
export const warn = () => console.warn("careful");
export const info = () => console.info("information");
export const lines = () => {
  console.log("one\ntwo");
  console.log();
  console.log("");
  console.log("three");
};
export const nested = () => console.log({ a: { b: { c: { d: 1 } } } });
export const an_error = () => console.log(String(new Error("printed")));
export const unicode = () => console.log("Grüße 日本語 😀");
export const group = () => {
  console.group("title");
  console.log("inside");
  console.groupEnd();
  console.log("outside");
};
export const table = () => console.table([{ a: 1 }]);
export const count = () => {
  console.count();
  console.count("named");
  console.count();
};
export const assertion = () => console.assert(false, "not so");
export const long = () => console.log("x".repeat(20_000));
export const many = () => {
  for (let n = 0; n < 100; n++) console.log(n);
};
export const symbol_and_bigint = () => console.log(Symbol("s"), 5n);
export const function_value = () => console.log(typeof console.log, console.log.length >= 0);
