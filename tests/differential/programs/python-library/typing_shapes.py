"""Types in programs: annotations, generics, protocols, type aliases, casts; nothing is checked when it runs."""

import typing
from collections.abc import Callable, Iterable


class Stack[T]:
    def __init__(self, *items: T):
        self.items = list(items)

    def pop(self) -> T:
        return self.items.pop()


@typing.runtime_checkable
class Named(typing.Protocol):
    name: str


class Movie(typing.TypedDict, total=False):
    title: str
    year: int


class Employee(typing.NamedTuple):
    name: str
    id: int = 3


type Pair[A] = tuple[A, A]


def first[T](values: Iterable[T], default: T | None = None) -> T | None:
    return next(iter(values), default)


@typing.overload
def twice(value: int) -> int: ...
@typing.overload
def twice(value: str) -> str: ...
def twice(value):
    return value * 2


def wrong_types_run():
    def add(a: int, b: int) -> int:
        return a + b

    return add("a", "b")


def generics():
    return [Stack[int](1, 2).pop(), first("xyz"), first([], 5), str(Stack[int]).rsplit(".", 1)[-1]]


def protocols():
    return [isinstance(Employee("a"), Named), isinstance(5, Named)]


def typed_tables():
    movie: Movie = {"title": "x", "year": "not a number"}
    return [movie, Employee("a"), Employee("a", 1)._asdict(), sorted(Movie.__annotations__)]


def hints():
    def function(a: int, b: "list[str]", *rest: float) -> Callable[[int], str] | None: ...

    return {name: str(hint) for name, hint in typing.get_type_hints(function).items()}


def origins():
    return [str(typing.get_origin(list[int])), str(typing.get_args(dict[str, int])), str(int | None), str(typing.Optional[str]), str(Pair)]


def literals_and_finals():
    limit: typing.Final = 5
    limit = 6
    return [limit, typing.get_args(typing.Literal["a", "b"])]


def casts():
    return [typing.cast(int, "text"), twice("a"), twice(2)]


def no_instance_of_generic():
    return isinstance([1], list[int])


def never():
    typing.assert_never(5)


def annotation_only():
    class Holder:
        value: int

    return Holder().value


def self_reference():
    class Node:
        def __init__(self, next: "Node | None" = None):
            self.next = next

    return Node(Node()).next.next
