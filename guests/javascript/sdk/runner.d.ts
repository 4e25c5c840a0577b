import type { ErrorInfo, TaskExecution } from "./index.js";

export interface RunnerOptions {
  file: string;
  args?: string[];
  mounts?: string[];
  cwd?: string;
  capsulePath?: string;
}

export interface RunnerResult {
  success: boolean;
  result: string | number | boolean | object | null;
  error: ErrorInfo | null;
  execution: TaskExecution;
}

/** Runs a program from a host application. Inside a sandbox it is rejected. */
export function run(options: RunnerOptions): Promise<RunnerResult>;
