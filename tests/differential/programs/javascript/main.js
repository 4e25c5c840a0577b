// Runs one of the programs beside it: the first argument names it, the others are its own.
import { task } from "@capsule-run/sdk";
import * as environment from "./environment.js";
import * as errors from "./errors.js";
import * as files from "./files.js";
import * as library from "./library.js";
import * as output from "./output.js";
import * as values from "./values.js";

const PROGRAMS = { environment, errors, files, library, output, values };

export const main = task({ name: "main" }, (program, ...rest) => PROGRAMS[program].run(...rest));
