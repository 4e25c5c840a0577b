// Calls from one task to others, and files: runs a function of one of the programs beside it. The first argument names the program, the second the function.
import { task } from "@capsule-run/sdk";
import * as access_options from "./access_options";
import * as argument_values from "./argument_values";
import * as failing_tasks from "./failing_tasks";
import * as file_facts from "./file_facts";
import * as inside_a_task from "./inside_a_task";
import * as isolation from "./isolation";
import * as nesting from "./nesting";
import * as pipelines from "./pipelines";
import * as plain_calls from "./plain_calls";
import * as ram_option from "./ram_option";
import * as return_values from "./return_values";
import * as sessions from "./sessions";
import * as shapes_of_calls from "./shapes_of_calls";
import * as task_names from "./task_names";
import * as text_files from "./text_files";
import * as time_options from "./time_options";

const PROGRAMS: Record<string, any> = {
  access_options, argument_values, failing_tasks, file_facts, inside_a_task, isolation, nesting, pipelines, plain_calls,
  ram_option, return_values, sessions, shapes_of_calls, task_names, text_files, time_options,
};

export const main = task({ name: "main" }, async (program: string, name: string) => PROGRAMS[program][name]());
