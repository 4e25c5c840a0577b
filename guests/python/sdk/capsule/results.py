"""What the interface for host programs is made of: options and results, the same inside a sandbox and outside."""

from collections.abc import Iterable, Mapping
from typing import Any, Callable, Optional, TypedDict, Union


class RunnerOptions(TypedDict, total=False):
    """The arguments of run()."""

    file: str
    code: str
    language: Optional[str]
    compute: Union[str, int, None]
    ram: Optional[str]
    env: Union[Mapping[str, str], Iterable[str], None]
    args: Optional[list[str]]
    mounts: Optional[list[str]]
    cwd: Optional[str]
    capsule_path: Optional[str]
    timeout: Optional[float]
    on_stdout: Optional[Callable[[str], object]]
    on_stderr: Optional[Callable[[str], object]]


class HostRequest(TypedDict):
    method: str
    url: str
    headers: Optional[list[tuple[str, str]]]
    body: Optional[str]


class Retried(TypedDict):
    """A failed attempt that another one followed."""

    error_type: str
    message: str
    delay_ms: int


class _ExecutionInfo(TypedDict):
    task_name: str
    duration_ms: int
    retries: int
    fuel_consumed: int
    ram_used: int
    host_requests: list[HostRequest]


class ExecutionInfo(_ExecutionInfo, total=False):
    run_id: Optional[str]
    attempts: int
    cpu_ms: int
    output_bytes: int
    language: Optional[str]
    snapshot: Optional[str]
    deterministic: bool
    retried: list[Retried]


class _ErrorInfo(TypedDict):
    error_type: str
    message: str


class ErrorInfo(_ErrorInfo, total=False):
    traceback: Optional[str]
    limit: Optional[str]
    used: Optional[int]
    allowed: Optional[int]
    exit_code: Optional[int]
    hint: Optional[str]


class _RunnerResult(TypedDict):
    success: bool
    result: Any
    error: Optional[ErrorInfo]
    execution: ExecutionInfo


class RunnerResult(_RunnerResult, total=False):
    """The envelope of a run."""

    stdout: str
    stderr: str
    stdout_truncated: bool
    stderr_truncated: bool
