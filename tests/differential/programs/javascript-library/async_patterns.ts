// Asynchronous programs: pools, queues, cancellation, streams of values, deadlines, errors on the way.
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function pool<T, R>(values: T[], width: number, action: (value: T) => Promise<R>) {
  const results: R[] = [];
  let next = 0, running = 0, most = 0;
  await Promise.all(Array.from({ length: width }, async () => {
    while (next < values.length) {
      const at = next++;
      most = Math.max(most, ++running);
      results[at] = await action(values[at]);
      running--;
    }
  }));
  return { results, most };
}

class Mutex {
  private last: Promise<unknown> = Promise.resolve();
  run<T>(action: () => Promise<T>): Promise<T> {
    const job = this.last.then(action);
    this.last = job.catch(() => {});
    return job;
  }
}

class Channel<T> {
  private values: T[] = [];
  private waiting: ((value: T) => void)[] = [];
  send(value: T) {
    const first = this.waiting.shift();
    if (first) first(value);
    else this.values.push(value);
  }
  receive(): Promise<T> {
    return this.values.length ? Promise.resolve(this.values.shift()!) : new Promise((resolve) => this.waiting.push(resolve));
  }
}

export const pooled = () => pool([3, 1, 2, 1], 2, async (n) => (await pause(n), n * 10));
export const in_turn = async () => {
  const log: string[] = [];
  const mutex = new Mutex();
  await Promise.all(["a", "b"].map((name) => mutex.run(async () => {
    log.push(`${name} in`);
    await pause(1);
    log.push(`${name} out`);
  })));
  return log;
};
export const after_a_failure = async () => {
  const mutex = new Mutex();
  const first = mutex.run(() => Promise.reject(new Error("first"))).catch((error) => error.message);
  return [await first, await mutex.run(async () => "second")];
};
export const channel = async () => {
  const numbers = new Channel<number>();
  const first = numbers.receive();
  numbers.send(1);
  numbers.send(2);
  return [await first, await numbers.receive()];
};
export const cancelled = async () => {
  const controller = new AbortController();
  const job = new Promise((resolve, reject) => controller.signal.addEventListener("abort", () => reject(controller.signal.reason)));
  controller.abort(new Error("no longer wanted"));
  return job;
};
export const deadline = () => Promise.race([pause(500).then(() => "done"), pause(2).then(() => Promise.reject(new Error("too late")))]);
export const stream = async () => {
  async function* count() {
    for (let n = 0; n < 5; n++) {
      await pause(0);
      yield n;
    }
  }
  async function* even(source: AsyncIterable<number>) {
    for await (const n of source) if (n % 2 === 0) yield n;
  }
  const found = [];
  for await (const n of even(count())) found.push(n);
  return found;
};
export const first_error_wins = async () => {
  const found: string[] = [];
  await Promise.all([pause(5).then(() => found.push("slow")), Promise.reject(new Error("fast"))]).catch((error) => found.push(error.message));
  await pause(10);
  return found;
};
export const sequential = async () => {
  const found = [];
  for (const ms of [3, 1, 2]) found.push(await pause(ms).then(() => ms));
  return found;
};
export const in_a_getter = async () => ({ get later() { return Promise.resolve(5); } }).later;
