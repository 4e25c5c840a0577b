// node:diagnostics_channel: channels inside one sandbox.
const channels = new Map();

class Channel {
  #subscribers = [];
  constructor(name) {
    this.name = name;
  }
  get hasSubscribers() {
    return this.#subscribers.length > 0;
  }
  subscribe(fn) {
    this.#subscribers = [...this.#subscribers, fn];
  }
  unsubscribe(fn) {
    const before = this.#subscribers.length;
    this.#subscribers = this.#subscribers.filter((other) => other !== fn);
    return this.#subscribers.length < before;
  }
  publish(message) {
    for (const fn of this.#subscribers) fn(message, this.name);
  }
  bindStore() {}
  unbindStore() {}
  runStores(context, fn, self, ...args) {
    this.publish(context);
    return Reflect.apply(fn, self, args);
  }
}

function channel(name) {
  if (!channels.has(name)) channels.set(name, new Channel(name));
  return channels.get(name);
}

function tracingChannel(name) {
  const parts = Object.fromEntries(["start", "end", "asyncStart", "asyncEnd", "error"].map((part) =>
    [part, typeof name === "string" ? channel(`tracing:${name}:${part}`) : name[part]]));
  const guarded = (context, fn) => {
    parts.start.publish(context);
    try {
      return fn();
    } catch (error) {
      context.error = error;
      parts.error.publish(context);
      throw error;
    } finally {
      parts.end.publish(context);
    }
  };
  return {
    ...parts,
    get hasSubscribers() {
      return Object.values(parts).some((part) => part.hasSubscribers);
    },
    traceSync: (fn, context = {}, self, ...args) => guarded(context, () => (context.result = Reflect.apply(fn, self, args))),
    tracePromise: (fn, context = {}, self, ...args) => guarded(context, () => Promise.resolve(Reflect.apply(fn, self, args))),
    traceCallback: (fn, position, context = {}, self, ...args) => guarded(context, () => Reflect.apply(fn, self, args)),
  };
}

export default {
  Channel,
  channel,
  hasSubscribers: (name) => channels.get(name)?.hasSubscribers ?? false,
  subscribe: (name, fn) => channel(name).subscribe(fn),
  unsubscribe: (name, fn) => channel(name).unsubscribe(fn),
  tracingChannel,
};
