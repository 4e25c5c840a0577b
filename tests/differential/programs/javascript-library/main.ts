// Types, and modules of Node: runs a function of one of the programs beside it. The first argument names the program, the second the function.
import { task } from "@capsule-run/sdk";
import * as addresses from "./addresses";
import * as algorithms from "./algorithms";
import * as async_patterns from "./async_patterns";
import * as buffers from "./buffers";
import * as console_output from "./console_output";
import * as decorators from "./decorators";
import * as events_and_streams from "./events_and_streams";
import * as formats from "./formats";
import * as generics from "./generics";
import * as iterators from "./iterators";
import * as matrices from "./matrices";
import * as modules_and_globals from "./modules_and_globals";
import * as node_modules_ from "./node_modules_";
import * as state_machines from "./state_machines";
import * as text_processing from "./text_processing";
import * as type_shapes from "./type_shapes";
import * as validation from "./validation";

const PROGRAMS: Record<string, any> = {
  addresses, algorithms, async_patterns, buffers, console_output, decorators, events_and_streams, formats, generics, iterators,
  matrices, modules_and_globals, node_modules_, state_machines, text_processing, type_shapes, validation,
};

export const main = task({ name: "main" }, async (program: string, name: string) => PROGRAMS[program][name]());
