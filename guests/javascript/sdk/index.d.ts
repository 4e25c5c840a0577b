/**
 * Types of "@capsule-run/sdk" as programs in a sandbox see it. The sandbox brings the module itself, so nothing has to
 * be installed to run a program; an editor finds these types through package.json beside this file.
 */

export interface AllowedFile {
  /** A directory of the project, like "./data". */
  path: string;
  /** read-write unless said otherwise. */
  mode?: "read-only" | "read-write" | "ro" | "rw";
}

export interface TaskOptions {
  /** The name that `capsule run` and other tasks know it by. */
  name: string;
  /** A class, or a number of units. MEDIUM when absent. */
  compute?: "LOW" | "MEDIUM" | "HIGH" | number;
  /** Like "64MB" or "1.5GB"; a number is bytes. */
  ram?: string | number;
  /** Like "500ms", "30s", "1h 30m"; a number is milliseconds, 0 is none. */
  timeout?: string | number;
  /** How often a failed attempt is repeated, each time in a fresh sandbox. */
  maxRetries?: number;
  /** Directories that the task may use. */
  allowedFiles?: (string | AllowedFile)[];
  /** Like "api.example.com" (with its subdomains), "*" for all. */
  allowedHosts?: string[];
  /** Names of what the task may read from process.env. */
  envVariables?: string[];
  /** The same program and input give the same output, result and fuel. */
  deterministic?: boolean;
}

export interface HostRequest {
  method: string;
  url: string;
  headers?: [string, string][] | null;
  body?: string | null;
}

export interface TaskExecution {
  task_name: string;
  duration_ms: number;
  retries: number;
  fuel_consumed: number;
  ram_used: number;
  host_requests: HostRequest[];
}

export interface TaskError {
  /** task_error, exit, timeout, compute_exceeded, memory_exceeded, ... */
  error_type: string;
  message: string;
}

/** What a call of a task answers: its envelope. */
export type TaskResult<T> =
  | { success: true; result: T; error: null; execution: TaskExecution }
  | { success: false; result: T; error: TaskError; execution: TaskExecution };

/**
 * Declares a task. Called from another task, the returned function runs `fn` in a sandbox of its own and answers the
 * envelope: at once, or as a promise when `fn` is an async function.
 */
export function task<Args extends unknown[], Result>(
  options: TaskOptions,
  fn: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<TaskResult<Result>>;
export function task<Args extends unknown[], Result>(
  options: TaskOptions,
  fn: (...args: Args) => Result,
): (...args: Args) => TaskResult<Result>;

export interface TaskConfig extends TaskOptions {}

/** Runs tasks inside the current sandbox. */
export class TaskRunner {
  run(argsJson: string): Promise<string>;
}
export const exports: TaskRunner;

/** True inside a sandbox. */
export function isWasmMode(): boolean;

export const fs: typeof import("node:fs");
export const fsPromises: typeof import("node:fs/promises");
export const os: typeof import("node:os");
export const path: typeof import("node:path");
export const process: NodeJS.Process;
