// node:readline over streams: lines of a file or of standard input.
import EventEmitter from "./events.js";
import { notAvailable } from "../errors.js";

export class Interface extends EventEmitter {
  #rest = "";
  #questions = [];
  #lines = null;

  constructor(input, output) {
    super();
    const options = input?.input ? input : { input, output };
    this.input = options.input;
    this.output = options.output;
    this.terminal = false;
    this.line = "";
    this.closed = false;
    this.promptText = options.prompt ?? "> ";
    this.input.setEncoding?.("utf8");
    this.input.on("data", (chunk) => this.#take(String(chunk)));
    this.input.on("end", () => this.#end());
    this.input.on("error", (error) => this.emit("error", error));
    options.signal?.addEventListener("abort", () => this.close(), { once: true });
  }
  #take(text) {
    const parts = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = parts.pop();
    for (const line of parts) this.#line(line);
  }
  #line(line) {
    const question = this.#questions.shift();
    if (question) question(line);
    else this.emit("line", line);
  }
  #end() {
    if (this.#rest !== "") this.#line(this.#rest.replace(/\r$/, ""));
    this.#rest = "";
    this.close();
  }
  question(text, options, callback = options) {
    this.output?.write(text);
    this.#questions.push(callback);
    this.resume();
  }
  setPrompt(text) { this.promptText = text; }
  getPrompt() { return this.promptText; }
  prompt() {
    this.output?.write(this.promptText);
    this.resume();
  }
  write(text) {
    if (typeof text === "string") this.#take(text);
  }
  pause() {
    this.input.pause?.();
    this.emit("pause");
    return this;
  }
  resume() {
    this.input.resume?.();
    this.emit("resume");
    return this;
  }
  close() {
    if (this.closed) return;
    this.closed = true;
    this.input.pause?.();
    this.emit("close");
  }
  [Symbol.dispose]() { this.close(); }
  [Symbol.asyncIterator]() {
    return (this.#lines ??= this.#iterate());
  }
  #iterate() {
    const events = EventEmitter.on(this, "line", { close: ["close"] });
    return {
      async next() {
        const { value, done } = await events.next();
        return { value: done ? undefined : value[0], done };
      },
      return: () => {
        this.close();
        return events.return();
      },
      [Symbol.asyncIterator]() { return this; },
    };
  }
}

export const createInterface = (input, output) => new Interface(input, output);

const refuse = (name) => () => {
  throw notAvailable(`readline.${name}`, "a sandbox has no terminal");
};

const readline = {
  Interface,
  createInterface,
  clearLine: refuse("clearLine"),
  clearScreenDown: refuse("clearScreenDown"),
  cursorTo: refuse("cursorTo"),
  moveCursor: refuse("moveCursor"),
  emitKeypressEvents() {},
};
Object.defineProperty(readline, "promises", {
  get: () => require("./readline-promises.js").default, enumerable: true, configurable: true,
});

export default readline;
