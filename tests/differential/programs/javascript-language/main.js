// The language itself: runs a function of one of the programs beside it. The first argument names the program, the second the function.
import { task } from "@capsule-run/sdk";
import * as class_shapes from "./class_shapes.js";
import * as closures from "./closures.js";
import * as collections from "./collections.js";
import * as dates from "./dates.js";
import * as destructuring from "./destructuring.js";
import * as exception_shapes from "./exception_shapes.js";
import * as generator_shapes from "./generator_shapes.js";
import * as json_shapes from "./json_shapes.js";
import * as numbers from "./numbers.js";
import * as promises from "./promises.js";
import * as proxies from "./proxies.js";
import * as texts from "./texts.js";

const PROGRAMS = {
  class_shapes, closures, collections, dates, destructuring, exception_shapes, generator_shapes, json_shapes, numbers, promises,
  proxies, texts,
};

export const main = task({ name: "main" }, async (program, name) => PROGRAMS[program][name]());
