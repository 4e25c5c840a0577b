"""Capsule: tasks that run in sandboxes of their own.

    from capsule import task

    @task(name="main", compute="LOW", timeout="10s")
    def main(name="world"):
        return f"hello {name}"
"""

from . import app, http
from .app import TaskRunner, exports
from .decorator import task
from .errors import TaskError, unwrap
from .host import ErrorInfo, ExecutionInfo, RunnerOptions, RunnerResult, close_all, run, run_with_worker
from .programs import run_code, run_file

__all__ = [
    "ErrorInfo",
    "ExecutionInfo",
    "RunnerOptions",
    "RunnerResult",
    "TaskError",
    "TaskRunner",
    "app",
    "close_all",
    "exports",
    "http",
    "run",
    "run_code",
    "run_file",
    "run_with_worker",
    "task",
    "unwrap",
]
