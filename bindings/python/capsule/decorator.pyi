from collections.abc import Callable, Sequence
from os import PathLike
from typing import Literal, Optional, ParamSpec, TypedDict, TypeVar, Union, overload

P = ParamSpec("P")
R = TypeVar("R")

class _AllowedFile(TypedDict, total=False):
    path: Union[str, PathLike[str]]
    mode: Optional[Literal["ro", "read-only", "rw", "read-write"]]

@overload
def task(name: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def task(
    name: Optional[str] = None,
    compute: Union[str, int] = "MEDIUM",
    ram: Union[str, int, None] = None,
    timeout: Union[str, int, None] = None,
    max_retries: Optional[int] = None,
    allowed_files: Optional[Sequence[Union[str, PathLike[str], _AllowedFile]]] = None,
    allowed_hosts: Optional[Sequence[str]] = None,
    env_variables: Optional[Sequence[str]] = None,
    deterministic: Optional[bool] = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
