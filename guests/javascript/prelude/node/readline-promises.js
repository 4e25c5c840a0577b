import { Interface as Base } from "./readline.js";
import { notAvailable } from "../errors.js";

class Interface extends Base {
  question(text, options) {
    return new Promise((resolve) => super.question(text, options ?? {}, resolve));
  }
}

class Readline {
  constructor() {
    throw notAvailable("readline.promises.Readline", "a sandbox has no terminal");
  }
}

export default { Interface, Readline, createInterface: (input, output) => new Interface(input, output) };
