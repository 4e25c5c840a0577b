// What a module is and sees: its own names, live bindings, cycles, dynamic imports, global objects.
import * as self from "./modules_and_globals";
import defaultFormat, { type Format } from "./formats";

let count = 0;
export { count as counted };
const more = () => ++count;

export const live_bindings = () => {
  more();
  return [more(), self.counted];
};
export const of_itself = () => [self.live_bindings === live_bindings, Object.prototype.toString.call(self), Object.isExtensible(self)];
export const default_import = () => defaultFormat({ text: "x" } as Format);
export const dynamic_import = async () => (await import("./formats")).LIMIT;
export const strict = () => (function (this: unknown) {
  return this === undefined;
})();
export const undeclared_global = () => typeof (globalThis as any).undeclared;
export const global_functions = () => ["isNaN", "parseInt", "eval", "structuredClone", "queueMicrotask", "setTimeout", "atob"].filter((name) => typeof (globalThis as any)[name] !== "function");
export const eval_sees = () => {
  const local = 5;
  return [eval("local + 1"), (0, eval)("typeof local")];
};
export const made_function = () => new Function("a", "b", "return a * b")(6, 7);
export const with_a_syntax_error = () => new Function("return (");
export const function_text = () => String(function named(a: any) { return a; }).startsWith("function named");
export const meta = () => typeof import.meta;
