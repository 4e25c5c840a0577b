from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from typing import Literal, Optional, Union

from ._worker import CapsuleError as CapsuleError
from .results import ErrorInfo as ErrorInfo
from .results import ExecutionInfo as ExecutionInfo
from .results import RunnerOptions as RunnerOptions
from .results import RunnerResult as RunnerResult

async def run(
    *,
    file: Union[str, PathLike[str], None] = None,
    code: Optional[str] = None,
    language: Optional[Literal["python", "py", "javascript", "js", "typescript", "ts"]] = None,
    compute: Union[str, int, None] = None,
    ram: Optional[str] = None,
    env: Union[Mapping[str, str], Iterable[str], None] = None,
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
    file: Union[str, PathLike[str], None] = None,
    code: Optional[str] = None,
    language: Optional[Literal["python", "py", "javascript", "js", "typescript", "ts"]] = None,
    compute: Union[str, int, None] = None,
    ram: Optional[str] = None,
    env: Union[Mapping[str, str], Iterable[str], None] = None,
    args: Optional[Iterable[str]] = None,
    mounts: Optional[Iterable[str]] = None,
    cwd: Union[str, PathLike[str], None] = None,
    capsule_path: Union[str, PathLike[str]] = "capsule",
    timeout: Optional[float] = None,
    on_stdout: Optional[Callable[[str], object]] = None,
    on_stderr: Optional[Callable[[str], object]] = None,
) -> RunnerResult: ...
async def close_all() -> None: ...
