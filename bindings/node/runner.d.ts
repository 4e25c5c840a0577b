import type { ErrorInfo, TaskExecution } from "./shared/index.js";

/** The program: one of the two. */
export type RunnerOptions = FileOptions | StringOptions;

export interface FileOptions extends CallOptions {
  /** .py, .js, .mjs, .ts, .mts or an artifact (.wasm); relative to cwd. */
  file: string;
  code?: undefined;
}

export interface StringOptions extends CallOptions {
  /** The value of its last statement, when that is an expression, is the result. */
  code: string;
  file?: undefined;
  /** "python" unless given. */
  language?: "python" | "py" | "javascript" | "js" | "typescript" | "ts";
  /** What it may use: "LOW", "MEDIUM" (unless given), "HIGH" or units. */
  compute?: string | number;
  /** Like "256MB"; 512MB unless given. */
  ram?: string;
  /** Its variables: { NAME: "value" }, or names of variables of this process. */
  env?: Record<string, string> | string[];
}

export interface CallOptions {
  /** For the main task; arguments of a string. */
  args?: string[];
  /** Directories of cwd: "HOST[::GUEST][:ro|:rw]". */
  mounts?: string[];
  /** Project directory; the current one unless given. */
  cwd?: string;
  /** The command; looked for in PATH unless it is a path, relative to the current directory. "capsule" unless given. */
  capsulePath?: string;
  /** Milliseconds after which the call ends with error_type "timeout", waiting included. */
  timeout?: number;
  /** Cancels the call, which is then rejected with the signal's reason. */
  signal?: AbortSignal;
  /** Text that the program prints, as it comes. What these throw cancels the call and rejects it. */
  onStdout?: (text: string) => void;
  onStderr?: (text: string) => void;
}

/** The envelope of a run, as `capsule run --json` prints it. */
export interface RunnerResult {
  success: boolean;
  result: string | number | boolean | object | null;
  error: ErrorInfo | null;
  execution: TaskExecution;
  stdout?: string;
  stderr?: string;
  stdout_truncated?: boolean;
  stderr_truncated?: boolean;
}

/** Nothing ran, or nobody knows how it ended. A task that fails is a result, not an error. */
export class CapsuleError extends Error {
  /** What an envelope would say: config_error, build_error, cancelled, host_fault. */
  errorType: string;
  /** More lines for people, such as the traceback of a failed import. */
  detail: string | null;
}

/**
 * Runs a program in a fresh sandbox and answers its envelope. Calls of one (capsulePath, cwd) share a worker process,
 * which is started when it is needed, and again after it died; a call that it may have begun is never sent twice.
 */
export function run(options: RunnerOptions): Promise<RunnerResult>;

/** Ends all workers: calls that were made are still answered. */
export function closeAll(): Promise<void>;
