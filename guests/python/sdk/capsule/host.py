"""The interface of programs that start sandboxes. A program inside of one calls its tasks instead."""

from typing import Any, NotRequired, Optional, TypedDict


class RunnerOptions(TypedDict, total=False):
    file: str
    args: Optional[list[str]]
    mounts: Optional[list[str]]
    cwd: Optional[str]
    capsule_path: Optional[str]


class HostRequest(TypedDict):
    method: str
    url: str
    headers: Optional[list[tuple[str, str]]]
    body: Optional[str]


class ExecutionInfo(TypedDict):
    task_name: str
    duration_ms: int
    retries: int
    fuel_consumed: int
    ram_used: int
    host_requests: list[HostRequest]


class ErrorInfo(TypedDict):
    error_type: str
    message: str
    traceback: NotRequired[Optional[str]]


class RunnerResult(TypedDict):
    success: bool
    result: Any
    error: Optional[ErrorInfo]
    execution: ExecutionInfo


def _refuse(name):
    return RuntimeError(f"capsule.{name}() is for host programs: inside a sandbox, call a task of the program instead")


async def run(*, file, args=None, mounts=None, cwd=None, capsule_path="capsule"):
    """Runs a program in a sandbox. Only for host programs."""
    raise _refuse("run")


async def run_with_worker(*, file, args=None, mounts=None, cwd=None, capsule_path="capsule"):
    """Runs a program in a sandbox of a worker process. Only for host programs."""
    raise _refuse("run_with_worker")


async def close_all():
    """Ends the worker processes of run_with_worker; inside a sandbox there are none."""
