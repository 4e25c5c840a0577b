// Scopes: closures in loops, hoisting, the dead zone, defaults, arguments, this.
export const loop_let = () => {
  const found = [];
  for (let n = 0; n < 3; n++) found.push(() => n);
  return found.map((f) => f());
};
export const loop_var = () => {
  const found = [];
  for (var n = 0; n < 3; n++) found.push(() => n);
  return found.map((f) => f());
};
export const hoisted = () => {
  const kind = typeof later;
  var value = before();
  function before() {
    return typeof value;
  }
  var later = 1;
  return [kind, value, later];
};
export const dead_zone = () => {
  const use = () => early;
  use();
  const early = 1;
};
export const constant = () => {
  const fixed = 1;
  eval("fixed = 2");
};
export const assigned_undeclared = () => {
  undeclared = 5;
};
export const default_parameters = () => ((a, b = a * 2, { c = b + 1, ...rest } = {}) => [a, b, c, rest])(1, undefined, { d: 4 });
export const rest_and_arguments = () => {
  function f(a, ...more) {
    return [arguments.length, f.length, more];
  }
  return f(1, 2, 3);
};
export const this_in_function = () => {
  function f() {
    return this === undefined;
  }
  return [f(), (() => typeof this)()];
};
export const bound = () => [function () { return this.x; }.bind({ x: 5 })(), Math.max.apply(null, [1, 9, 3])];
export const counters = () => {
  const make = (n = 0) => ({ more: () => ++n, less: () => --n });
  const [a, b] = [make(), make(10)];
  return [a.more(), a.more(), b.less()];
};
export const immediately = () => ((a) => (b) => a + b)(1)(2);
export const block_function = () => {
  {
    function inside() {
      return "in";
    }
  }
  return typeof inside;
};
export const recursion_by_name = () => (function down(n) {
  return n ? [n, ...down(n - 1)] : [];
})(3);
export const undefined_call = () => {
  const thing = { a: {} };
  return thing.a.b();
};
export const null_property = () => {
  const thing = { a: null };
  return thing.a.b;
};
