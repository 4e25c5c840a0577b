// Errors: causes, finally, own classes, everything that can be thrown, what an uncaught one says.
class Refused extends Error {
  constructor(code) {
    super(`refused with ${code}`);
    this.name = "Refused";
    this.code = code;
  }
}

const thrown = (value) => {
  throw value;
};

export const else_and_finally = () => {
  const seen = [];
  try {
    seen.push("try");
    thrown(new RangeError("r"));
  } catch ({ name, message }) {
    seen.push(name, message);
  } finally {
    seen.push("finally");
  }
  return seen;
};
export const return_in_both = () => {
  try {
    return 1;
  } finally {
    return 2;
  }
};
export const cause = () => {
  try {
    thrown(new Error("outer", { cause: new TypeError("inner") }));
  } catch (error) {
    return [error.message, error.cause.name, error.cause.message];
  }
};
export const cause_uncaught = () => thrown(new Error("outer", { cause: "inner" }));
export const own_uncaught = () => thrown(new Refused(5));
export const own_caught = () => {
  try {
    thrown(new Refused(5));
  } catch (error) {
    return [error instanceof Refused, error instanceof Error, String(error), error.code, Object.keys(error), JSON.stringify(error)];
  }
};
export const aggregate = () => {
  const error = new AggregateError([new Error("a"), "b"], "several");
  return [error.errors.map(String), error.message, error.name];
};
export const text = () => thrown("only a text");
export const number = () => thrown(42);
export const null_value = () => thrown(null);
export const undefined_value = () => thrown(undefined);
export const symbol = () => thrown(Symbol("s"));
export const list = () => thrown([1, 2]);
export const function_value = () => thrown(() => 1);
export const no_message = () => thrown(new Error());
export const message_not_text = () => thrown(Object.assign(new Error("x"), { message: { a: 1 } }));
export const getter_throws = () => thrown({
  get message() {
    throw new Error("from the getter");
  },
});
export const frozen = () => {
  "use strict";
  Object.freeze([1]).push(2);
};
export const read_only = () => {
  "use strict";
  Object.defineProperty({}, "x", { value: 1 }).x = 2;
};
export const invalid_length = () => new Array(-1);
export const invalid_date = () => new Date("nothing").toISOString();
export const invalid_regexp = () => new RegExp("(");
export const invalid_repeat = () => "x".repeat(-1);
export const invalid_radix = () => (5).toString(99);
export const invalid_fixed = () => (5).toFixed(200);
export const bigint_mixed = () => 1n + 1;
export const bigint_fraction = () => BigInt(1.5);
export const in_a_text = () => "length" in "text";
export const instanceof_number = () => 5 instanceof 5;
export const symbol_to_text = () => `${Symbol("x")}`;
export const stack_is_text = () => typeof new Error("x").stack;
export const error_to_json = () => new Refused(7);
