from collections.abc import Callable, Iterable, Sequence
from os import PathLike
from typing import Any, Literal, Optional, ParamSpec, Protocol, TypedDict, TypeVar, Union, overload

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

class Task(Protocol[P, R_co]):
    """A decorated function. Of an `async def` task every call, value, map and starmap is to be awaited."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...
    def value(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...
    def map(
        self,
        items: Iterable[Any],
        max_parallel: Optional[int] = None,
        *,
        cancel_on_failure: Optional[bool] = None,
        values: bool = False,
    ) -> Any: ...
    def starmap(
        self,
        items: Iterable[Iterable[Any]],
        max_parallel: Optional[int] = None,
        *,
        cancel_on_failure: Optional[bool] = None,
        values: bool = False,
    ) -> Any: ...

class _AllowedFile(TypedDict, total=False):
    path: Union[str, PathLike[str]]
    mode: Optional[Literal["ro", "read-only", "rw", "read-write"]]

@overload
def task(name: Callable[P, R], /) -> Task[P, R]: ...
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
    retry_delay: Union[str, int, None] = None,
) -> Callable[[Callable[P, R]], Task[P, R]]: ...
