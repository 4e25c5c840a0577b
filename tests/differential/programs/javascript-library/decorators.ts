// Functions about functions: memory, retries, pipelines, builders, events, written by hand.
const memo = <A, R>(f: (argument: A) => R) => {
  const known = new Map<A, R>();
  return (argument: A): R => {
    if (!known.has(argument)) known.set(argument, f(argument));
    return known.get(argument)!;
  };
};
const pipe = (...steps: ((value: any) => any)[]) => (value: any) => steps.reduce((current, step) => step(current), value);
const curry = (f: (...args: any[]) => any) => function next(...args: any[]): any {
  return args.length >= f.length ? f(...args) : (...more: any[]) => next(...args, ...more);
};
const retry = async <T,>(times: number, action: (attempt: number) => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action(attempt);
    } catch (error) {
      if (attempt === times) throw error;
    }
  }
};

class Query {
  #parts: string[] = [];
  select(...names: string[]) {
    this.#parts.push(`select ${names.join(", ")}`);
    return this;
  }
  from(table: string) {
    this.#parts.push(`from ${table}`);
    return this;
  }
  toString() {
    return this.#parts.join(" ");
  }
}

export const memory = () => {
  let calls = 0;
  const square = memo((n: number) => (calls++, n * n));
  return [square(3), square(3), calls];
};
export const pipeline = () => pipe((n) => n + 1, (n) => n * 2, String)(4);
export const curried = () => curry((a, b, c) => a + b + c)(1)(2, 3);
export const retried = () => retry(3, async (attempt) => {
  if (attempt < 3) throw new Error("not yet");
  return attempt;
});
export const retried_in_vain = () => retry(2, async (attempt) => {
  throw new Error(`attempt ${attempt}`);
});
export const builder = () => `${new Query().select("a", "b").from("t")}`;
export const debounce_by_hand = async () => {
  let calls = 0;
  let timer: any;
  const call = () => {
    clearTimeout(timer);
    timer = setTimeout(() => calls++, 2);
  };
  call();
  call();
  call();
  await new Promise((resolve) => setTimeout(resolve, 20));
  return calls;
};
export const observer = () => {
  const seen: string[] = [];
  const listeners = new Set<(text: string) => void>([(text) => seen.push(`1 ${text}`), (text) => seen.push(`2 ${text}`)]);
  listeners.forEach((listener) => listener("event"));
  return seen;
};
export const middleware = async () => {
  const log: string[] = [];
  const stack = [1, 2].map((n) => async (next: () => Promise<void>) => {
    log.push(`in ${n}`);
    await next();
    log.push(`out ${n}`);
  });
  const run = (n: number): Promise<void> => (n < stack.length ? stack[n](() => run(n + 1)) : Promise.resolve());
  await run(0);
  return log;
};
