// "@capsule-run/sdk" as a host program sees it.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";

export { exports, TaskRunner } from "./shared/app.js";
export { TaskError, unwrap } from "./shared/errors.js";
export { runCode, runFile, task } from "./task.js";
export { closeAll, run } from "./runner.js";
export const fsPromises = fs.promises;
export const isWasmMode = () => false;
export { fs, os, path, process };
