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
  /** Like "500ms": the wait before the first repetition, doubling before each further one. */
  retryDelay?: string | number;
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
  run_id?: string | null;
  attempts?: number;
  cpu_ms?: number;
  output_bytes?: number;
  language?: string | null;
  snapshot?: string | null;
  deterministic?: boolean;
  /** The failed attempts that another one followed. */
  retried?: { error_type: string; message: string; delay_ms: number }[];
}

/** The error in an envelope. */
export interface ErrorInfo {
  /** task_error, exit, timeout, compute_exceeded, memory_exceeded, ... */
  error_type: string;
  message: string;
  traceback?: string | null;
  /** The limit that was met, and the two amounts in its unit. */
  limit?: string | null;
  used?: number | null;
  allowed?: number | null;
  exit_code?: number | null;
  hint?: string | null;
}

/** What a call of a task answers: its envelope. */
export type TaskResult<T> =
  | { success: true; result: T; error: null; execution: TaskExecution }
  | { success: false; result: T; error: ErrorInfo; execution: TaskExecution };

/**
 * Declares a task. Called from another task, the returned function runs `fn` in a sandbox of its own and answers the
 * envelope: at once, or as a promise when `fn` is an async function.
 */
export function task<Args extends unknown[], Result>(
  options: TaskOptions,
  fn: (...args: Args) => Promise<Result>,
): AsyncTask<Args, Result>;
export function task<Args extends unknown[], Result>(options: TaskOptions, fn: (...args: Args) => Result): SyncTask<Args, Result>;

export interface MapOptions {
  /** Most calls at once; as many as the machine runs at once when absent. */
  maxParallel?: number;
  /** The first failure cancels the others, whose envelopes say "cancelled". */
  cancelOnFailure?: boolean;
  /** The bare values; the first failure cancels the others and is thrown as a TaskError. */
  values?: boolean;
  /** An item is the array of all arguments of its call; else it is the one argument. */
  spread?: boolean;
}

export interface AsyncTask<Args extends unknown[], Result> {
  (...args: Args): Promise<TaskResult<Result>>;
  /** The bare value; rejected with a TaskError when the task fails. */
  value(...args: Args): Promise<Result>;
  /** One call for every item, side by side; what they answer, in the order of the items. */
  map(items: Iterable<any>, options: MapOptions & { values: true }): Promise<Result[]>;
  map(items: Iterable<any>, options?: MapOptions): Promise<TaskResult<Result>[]>;
}

export interface SyncTask<Args extends unknown[], Result> {
  (...args: Args): TaskResult<Result>;
  value(...args: Args): Result;
  map(items: Iterable<any>, options: MapOptions & { values: true }): Result[];
  map(items: Iterable<any>, options?: MapOptions): TaskResult<Result>[];
}

/** A failed task, where its bare value was asked for. */
export class TaskError extends Error {
  constructor(envelope: TaskResult<unknown>);
  errorType: string;
  taskName: string;
  traceback: string | null;
  envelope: TaskResult<unknown>;
}

/** The result in an envelope; throws TaskError when the execution failed. */
export function unwrap<T>(envelope: TaskResult<T>): T;

/** What a program started from inside a task gets: nothing but this, and this only as far as the task has it itself. */
export interface ProgramOptions {
  compute?: "LOW" | "MEDIUM" | "HIGH" | number;
  ram?: string | number;
  timeout?: string | number;
  /** Directories of the task, by the paths that it knows them by; with its own mode unless given. */
  allowedFiles?: (string | AllowedFile)[];
  allowedHosts?: string[];
  envVariables?: string[];
}

/** Runs a Python, JavaScript or TypeScript file in a sandbox of its own; its envelope holds what it printed. Only inside a sandbox. */
export function runFile(
  path: string,
  options?: ProgramOptions & { args?: unknown[]; kwargs?: Record<string, unknown> },
): Promise<ProgramResult>;

/** Runs code in a sandbox of its own; the result is the value of its last expression. Only inside a sandbox. */
export function runCode(
  code: string,
  options?: ProgramOptions & { language?: "javascript" | "typescript" | "python"; variables?: Record<string, unknown> },
): Promise<ProgramResult>;

export type ProgramResult = TaskResult<any> & { stdout: string; stderr: string };

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
