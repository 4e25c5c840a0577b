from collections.abc import Callable, Iterable
from os import PathLike
from typing import Optional, Union

from ._worker import CapsuleError as CapsuleError
from .results import ErrorInfo as ErrorInfo
from .results import ExecutionInfo as ExecutionInfo
from .results import RunnerOptions as RunnerOptions
from .results import RunnerResult as RunnerResult

async def run(
    *,
    file: Union[str, PathLike[str]],
    args: Optional[Iterable[str]] = None,
    mounts: Optional[Iterable[str]] = None,
    cwd: Union[str, PathLike[str], None] = None,
    capsule_path: Union[str, PathLike[str]] = "capsule",
    timeout: Optional[float] = None,
    on_stdout: Optional[Callable[[str], object]] = None,
    on_stderr: Optional[Callable[[str], object]] = None,
) -> RunnerResult: ...
async def run_with_worker(
    *,
    file: Union[str, PathLike[str]],
    args: Optional[Iterable[str]] = None,
    mounts: Optional[Iterable[str]] = None,
    cwd: Union[str, PathLike[str], None] = None,
    capsule_path: Union[str, PathLike[str]] = "capsule",
    timeout: Optional[float] = None,
    on_stdout: Optional[Callable[[str], object]] = None,
    on_stderr: Optional[Callable[[str], object]] = None,
) -> RunnerResult: ...
async def close_all() -> None: ...
