"""The interface of programs that start sandboxes, as a program inside of one sees it: it calls its tasks instead."""

from .results import ErrorInfo, ExecutionInfo, RunnerOptions, RunnerResult

__all__ = ["ErrorInfo", "ExecutionInfo", "RunnerOptions", "RunnerResult", "close_all", "run", "run_with_worker"]


def _refuse(name):
    return RuntimeError(f"capsule.{name}() is for host programs: inside a sandbox, call a task of the program instead")


async def run(**options):
    """Runs a program in a sandbox. Only for host programs."""
    raise _refuse("run")


async def run_with_worker(**options):
    """Runs a program in a sandbox of a worker process. Only for host programs."""
    raise _refuse("run_with_worker")


async def close_all():
    """Ends the worker processes of run_with_worker; inside a sandbox there are none."""
