import { notAvailable } from "../errors.js";

class NoTerminal {
  constructor() {
    throw notAvailable("node:tty", "a sandbox has no terminal");
  }
}

export default { isatty: () => false, ReadStream: NoTerminal, WriteStream: NoTerminal };
