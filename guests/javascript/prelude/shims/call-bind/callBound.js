// callBound("RegExp.prototype.test") => the method with its receiver as first argument
module.exports = (name) => {
  const method = name.split(".").reduce((holder, key) => holder[key], globalThis);
  return Function.prototype.call.bind(method);
};
