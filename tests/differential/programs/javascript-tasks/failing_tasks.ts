// How a caller sees each way in which a subtask fails.
import { process, task } from "@capsule-run/sdk";

class Refused extends Error {
  constructor(public code: number) {
    super(`code ${code}`);
    this.name = "Refused";
  }
}

const ENDS: Record<string, () => any> = {
  "own": () => {
    throw new Refused(5);
  },
  "text": () => {
    throw "only a text";
  },
  "number": () => {
    throw 42;
  },
  "null": () => {
    throw null;
  },
  "undefined": () => {
    throw undefined;
  },
  "object": () => {
    throw { code: 5 };
  },
  "no message": () => {
    throw new Error();
  },
  "cause": () => {
    throw new Error("outer", { cause: new Error("inner") });
  },
  "exit": () => process.exit(3),
  "exit zero": () => process.exit(0),
  "type error": () => (null as any).x,
  "unicode": () => {
    throw new Error("zwei\nZeilen 😀");
  },
};

const deeper = (n: number): number => deeper(n + 1) + 1;
const ends = task({ name: "ends" }, (how: string) => ENDS[how]()) as any;
const recursion = task({ name: "recursion" }, () => deeper(0)) as any;
const counts = task({ name: "counts", maxRetries: 3 }, () => {
  console.log("attempt");
  throw new Error("again");
}) as any;
const passesOn = task({ name: "passesOn" }, (how: string) => {
  const answer = ends(how);
  if (!answer.success) throw new Error(`passed on: ${answer.error.message}`);
}) as any;
const rejects = task({ name: "rejects" }, async () => {
  await null;
  throw new Error("rejected");
}) as any;

const error = (how: string) => [ends(how).error.error_type, ends(how).error.message];

export const own_and_cause = () => [error("own"), error("cause")];
export const no_message = () => error("no message");
export const thrown_text = () => error("text");
export const thrown_number = () => error("number");
export const thrown_null = () => error("null");
export const thrown_undefined = () => error("undefined");
export const thrown_object = () => error("object");
export const unicode_and_lines = () => error("unicode");
export const type_error = () => ends("type error").success;
export const exit_with_code = () => ends("exit").success;
export const exit_with_zero = () => ends("exit zero").success;
export const too_deep = () => recursion().success;
export const caller_goes_on = () => [ends("own").success, ends("own").success, "still here"];
export const passed_on = () => passesOn("own").error.message;
export const result_is_null = () => ends("own").result;
export const thrown_again = () => {
  throw new Error(ends("own").error.message);
};
export const retried = () => counts().success;
export const rejected = async () => (await rejects()).error.message;
