// node:timers, and the timer functions of the global object.
import { clearImmediate, clearTimer, Immediate, Timeout } from "../loop.js";
import { checkFunction } from "../errors.js";

const custom = Symbol.for("nodejs.util.promisify.custom");

function setTimeout(callback, delay, ...args) {
  checkFunction(callback, "callback");
  return new Timeout(callback, Number(delay), args, false);
}
function setInterval(callback, delay, ...args) {
  checkFunction(callback, "callback");
  return new Timeout(callback, Number(delay), args, true);
}
function setImmediate(callback, ...args) {
  checkFunction(callback, "callback");
  return new Immediate(callback, args);
}
function clearTimeout(timer) {
  clearTimer(timer);
}
function clearInterval(timer) {
  clearTimer(timer);
}

const timers = { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate };
Object.defineProperty(timers, "promises", { get: () => require("./timers-promises.js").default, enumerable: true });
Object.defineProperty(setTimeout, custom, { get: () => timers.promises.setTimeout });
Object.defineProperty(setImmediate, custom, { get: () => timers.promises.setImmediate });

export default timers;
