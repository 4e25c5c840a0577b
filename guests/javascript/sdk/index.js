// "@capsule-run/sdk" as a program inside the sandbox sees it.
import { exports, TaskRunner } from "./app.js";
import { TaskError, unwrap } from "./errors.js";
import { runCode, runFile } from "./programs.js";
import { task } from "./task.js";
import { run } from "./runner.js";
import fs from "../prelude/node/fs.js";
import os from "../prelude/node/os.js";
import path from "../prelude/node/path.js";
import process from "../prelude/node/process.js";

const isWasmMode = () => true;
const fsPromises = fs.promises;

export default {
  task, TaskError, TaskRunner, exports, fs, fsPromises, isWasmMode, os, path, process, run, runCode, runFile,
  unwrap,
};
