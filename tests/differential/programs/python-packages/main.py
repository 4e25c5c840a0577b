"""A program of several files: a module beside it, packages, relative imports, tasks that other modules register."""

import sys

import helper
import tasks
from shapes import VERSION, area
from shapes.round import circle

from capsule import task


def late():
    import lazily

    return lazily.VALUE


KINDS = {
    "module": lambda: helper.double(21),
    "package": lambda: [VERSION, area(2, 3)],
    "subpackage": lambda: circle.name(),
    "late": late,
    "state": lambda: [helper.count(), helper.count()],
    "task-elsewhere": lambda: tasks.shout("quiet")["result"],
    "names": lambda: [__name__, helper.__name__, circle.__name__, circle.__package__],
    "main-module": lambda: sys.modules["__main__"].__name__,
    "file": lambda: __file__.rsplit("/", 1)[-1],
    "missing": lambda: __import__("shapes.square"),
    "capsule": lambda: sorted(name for name in ("task", "app", "http", "TaskRunner", "run", "RunnerOptions", "RunnerResult", "ExecutionInfo", "ErrorInfo",
                                                 "run_with_worker", "close_all", "exports") if hasattr(__import__("capsule"), name)),
}


@task(name="main")
def main(kind):
    return KINDS[kind]()
