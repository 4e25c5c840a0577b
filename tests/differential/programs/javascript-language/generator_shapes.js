// Generators and iterators: values sent in, errors thrown in, delegation, early ends.
function* echo() {
  const seen = [];
  try {
    for (;;) seen.push(yield seen.length);
  } catch (error) {
    yield [...seen, error.message];
  } finally {
    seen.length = 0;
  }
}

function* inner() {
  const received = yield "first";
  return [received, "returned"];
}

function* outer() {
  yield yield* inner();
}

class Range {
  constructor(end) {
    this.end = end;
    this.closed = false;
  }
  [Symbol.iterator]() {
    let n = 0;
    return {
      next: () => ({ value: n, done: n++ >= this.end }),
      return: () => {
        this.closed = true;
        return {};
      },
    };
  }
}

export const sent = () => {
  const generator = echo();
  return [generator.next(), generator.next("a"), generator.next("b")];
};
export const thrown = () => {
  const generator = echo();
  generator.next();
  generator.next("a");
  return generator.throw(new Error("in")).value;
};
export const delegated = () => {
  const generator = outer();
  return [generator.next().value, generator.next("sent").value, generator.next()];
};
export const own_iterator = () => [[...new Range(3)], Math.max(...new Range(4)), Array.from(new Range(2), (n) => n * 10)];
export const early_end = () => {
  const range = new Range(10);
  for (const n of range) if (n === 2) break;
  const [first] = new Range(3);
  return [range.closed, first];
};
export const returned = () => {
  const generator = echo();
  generator.next();
  return [generator.return(5), generator.next()];
};
export const infinite = () => {
  const taken = [];
  for (const n of (function* () { for (let n = 0; ; n++) yield n * n; })()) {
    if (taken.push(n) === 4) return taken;
  }
};
export const not_iterable = () => [...{ a: 1 }];
export const not_iterable_in_loop = () => {
  for (const n of 5) return n;
};
export const running = () => {
  let generator;
  generator = (function* () { yield generator.next(); })();
  return generator.next();
};
export const entries = () => [[...["a", "b"].entries()], [..."ab"].keys().next(), [...new Map([[1, 2]]).values()]];
export const returned_itself = () => echo();
export async function from_async() {
  const seen = [];
  for await (const value of [Promise.resolve(1), 2]) seen.push(value);
  return seen;
}
