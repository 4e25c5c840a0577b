"""asyncio in a sandbox: one thread, no signals, no socket pair to wake the loop with.

The loop sleeps in the host until a timer is due, a descriptor is ready or a subtask has ended.
"""

import asyncio
import selectors
import time
from asyncio import selector_events

from . import subtasks
from .unavailable import NO_PROCESSES, NO_THREADS

#: Longest wait, in seconds, for one kind of event while the other kind is awaited as well.
_SLICE = 0.05


class GuestSelector(selectors.DefaultSelector):
    """Waits for descriptors, subtasks and time."""

    def select(self, timeout=None):
        if not self.get_map():
            self._wait_without_descriptors(timeout)
            return []
        if not subtasks.any_awaited():
            return super().select(timeout)
        return self._wait_for_both(timeout)

    @staticmethod
    def _wait_without_descriptors(timeout):
        if subtasks.any_awaited():
            subtasks.wait_any(_nanoseconds(timeout))
        elif timeout is None:
            raise RuntimeError("deadlock: every asyncio task waits, and no timer, file or subtask is left to wake one")
        elif timeout > 0:
            time.sleep(timeout)

    def _wait_for_both(self, timeout):
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            if subtasks.wait_any(0):
                return super().select(0)
            left = _SLICE if deadline is None else min(_SLICE, deadline - time.monotonic())
            events = super().select(max(left, 0))
            if events or (deadline is not None and time.monotonic() >= deadline):
                return events


def _nanoseconds(timeout):
    return -1 if timeout is None else max(0, round(timeout * 1e9))


class GuestEventLoop(selector_events.BaseSelectorEventLoop):
    """The event loop of a sandbox."""

    def __init__(self, selector=None):
        super().__init__(selector or GuestSelector())

    # The self-pipe wakes a loop from other threads and from signal handlers. There are none.
    def _make_self_pipe(self):
        self._ssock = self._csock = None

    def _close_self_pipe(self):
        pass

    def _write_to_self(self):
        pass

    def run_in_executor(self, executor, func, *args):
        if executor is None:
            raise RuntimeError(NO_THREADS)
        return super().run_in_executor(executor, func, *args)

    async def subprocess_exec(self, *args, **kwargs):
        raise NotImplementedError(NO_PROCESSES)

    subprocess_shell = subprocess_exec


class GuestEventLoopPolicy(asyncio.events.BaseDefaultEventLoopPolicy):
    """Makes GuestEventLoop the loop of asyncio.run and of asyncio.new_event_loop."""

    _loop_factory = GuestEventLoop


def install():
    asyncio.SelectorEventLoop = asyncio.EventLoop = GuestEventLoop
    asyncio.DefaultEventLoopPolicy = GuestEventLoopPolicy
    asyncio.set_event_loop_policy(GuestEventLoopPolicy())
