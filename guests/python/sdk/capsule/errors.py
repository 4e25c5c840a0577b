"""What a failed task raises where its bare value is asked for."""


class TaskError(Exception):
    """A task failed. Raised in place of its value.

    error_type  what ended it: "task_error", "timeout", "memory_exceeded" ...
    message     why, in its own words
    traceback   of the program inside the sandbox, None when there is none
    envelope    all that is known of the execution, a dict
    """

    def __init__(self, envelope):
        super().__init__(envelope)
        error = envelope.get("error") or {}
        self.envelope = envelope
        self.error_type = error.get("error_type", "task_error")
        self.message = error.get("message", "")
        self.traceback = error.get("traceback")
        self.task_name = (envelope.get("execution") or {}).get("task_name")
        if self.traceback and hasattr(self, "add_note"):  # Python 3.11
            self.add_note(f"In the sandbox of {self.task_name!r}:\n{self.traceback}")

    def __str__(self):
        return f"{self.task_name}: {self.error_type}: {self.message}"


def unwrap(envelope):
    """The result in an envelope. Raises TaskError when the execution failed."""
    if not envelope["success"]:
        raise TaskError(dict(envelope))
    return envelope["result"]
