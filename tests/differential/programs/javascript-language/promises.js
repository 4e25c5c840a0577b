// Promises: order of reactions, errors in them, timers, thenables, what nobody awaits.
const pause = (ms, value) => new Promise((resolve) => setTimeout(resolve, ms, value));

export async function reaction_order() {
  const seen = [];
  setTimeout(() => seen.push("timer"), 0);
  Promise.resolve().then(() => seen.push("micro 1")).then(() => seen.push("micro 2"));
  queueMicrotask(() => seen.push("queued"));
  seen.push("now");
  await pause(5);
  return seen;
}
export async function await_order() {
  const seen = [];
  const one = async () => {
    seen.push("one starts");
    await null;
    seen.push("one goes on");
  };
  const job = one();
  seen.push("caller");
  await job;
  return seen;
}
export async function all() {
  return Promise.all([1, pause(2, "b"), Promise.resolve("c")]);
}
export async function all_fails() {
  return Promise.all([pause(1), Promise.reject(new RangeError("one of them"))]);
}
export async function all_settled() {
  return Promise.allSettled([1, Promise.reject("no"), Promise.reject(new Error("e"))]).then((all) => all.map((one) => [one.status, String(one.value ?? one.reason)]));
}
export async function race_of_none() {
  return Promise.race([Promise.race([]), pause(1, "only the timer")]);
}
export async function chain_of_errors() {
  return Promise.reject(new Error("first")).catch(() => { throw new TypeError("second"); }).finally(() => "ignored");
}
export async function then_without_handlers() {
  return Promise.resolve(5).then().then(null).catch(() => 0);
}
export async function thenable() {
  return { then: (resolve) => resolve("from a thenable") };
}
export async function thenable_throws() {
  return { then() { throw new Error("in then"); } };
}
export async function thenable_twice() {
  return { then(resolve, reject) { resolve("first"); reject("second"); resolve("third"); } };
}
export async function own_resolution() {
  const promise = Promise.resolve().then(() => promise);
  return promise;
}
export async function not_awaited_rejection() {
  Promise.reject(new Error("nobody waits"));
  return "returned";
}
export async function late_rejection_handled() {
  const promise = Promise.reject(new Error("late"));
  await null;
  return promise.catch((error) => error.message);
}
export async function try_of_a_throw() {
  try {
    await (async () => { throw new Error("thrown inside"); })();
  } catch (error) {
    return error.message;
  }
}
export async function executor_throws() {
  return new Promise(() => { throw new Error("in the executor"); });
}
export async function timers_in_order() {
  const seen = [];
  await Promise.all([pause(15, 15), pause(1, 1), pause(8, 8)].map((job) => job.then((n) => seen.push(n))));
  return seen;
}
export async function cleared_timer() {
  let fired = false;
  clearTimeout(setTimeout(() => (fired = true), 1));
  await pause(5);
  return fired;
}
export async function not_a_function() {
  return new Promise();
}
export async function async_generator_order() {
  const seen = [];
  async function* numbers() {
    try {
      yield 1;
      yield Promise.resolve(2);
      yield 3;
    } finally {
      seen.push("closed");
    }
  }
  for await (const n of numbers()) {
    seen.push(n);
    if (n === 2) break;
  }
  return seen;
}
