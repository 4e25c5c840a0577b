"""Capsule: tasks that run in sandboxes of their own.

    from capsule import task

    @task(name="main", compute="LOW", timeout="10s")
    def main(name="world"):
        return f"hello {name}"
"""

from . import app, http
from .app import TaskRunner, exports
from .decorator import task
from .host import ErrorInfo, ExecutionInfo, RunnerOptions, RunnerResult, close_all, run, run_with_worker

__all__ = [
    "ErrorInfo",
    "ExecutionInfo",
    "RunnerOptions",
    "RunnerResult",
    "TaskRunner",
    "app",
    "close_all",
    "exports",
    "http",
    "run",
    "run_with_worker",
    "task",
]
