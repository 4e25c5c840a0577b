// What a failed task throws where its bare value is asked for. The same inside a sandbox and outside.

export class TaskError extends Error {
  constructor(envelope) {
    const { error_type: errorType = "task_error", message = "", traceback = null } = envelope.error ?? {};
    const taskName = envelope.execution?.task_name ?? "task";
    super(`${taskName}: ${errorType}: ${message}`);
    this.name = "TaskError";
    this.errorType = errorType;
    this.taskName = taskName;
    this.traceback = traceback;
    Object.defineProperty(this, "envelope", { value: envelope, configurable: true, writable: true });
  }
}

// The result in an envelope; throws TaskError when the execution failed.
export function unwrap(envelope) {
  if (!envelope.success) throw new TaskError(envelope);
  return envelope.result;
}
