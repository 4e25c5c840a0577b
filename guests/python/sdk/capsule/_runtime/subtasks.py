"""Tasks started from tasks: each runs in a sandbox of its own and answers with an envelope.

A plain function blocks until the envelope is there. An `async def` task answers with an Envelope that is still open:
awaiting it waits without blocking the others, and looking into it waits as well.
"""

import asyncio
import errno

import _capsule

from ..errors import TaskError
from . import values as json_values

#: Started and not yet finished: handle to envelope. Emptied by finish_all when the parent has its own result.
_open = {}
#: Handles of those that somebody waits for: a coroutine, or a call of run_many.
_awaited = set()


def start(name, args, kwargs):
    """Starts task `name` with the given arguments and answers its open envelope.

    Raises TypeError when an argument has no JSON form: nothing was started then.
    """
    try:
        text = f'{{"args":{json_values.dumps(args, "args")},"kwargs":{json_values.dumps(kwargs, "kwargs")}}}'
    except json_values.NotSerializable as problem:
        raise TypeError(f"task {name!r} cannot be called: {problem}") from None
    return _opened(name, _capsule.task_start, name, text)


def _opened(name, host_function, *args):
    """The open envelope of what a function of the host starts."""
    try:
        handle = host_function(*args)
    except OSError as error:
        reason = "too many subtasks are open at once" if error.errno == errno.EMFILE else error.strerror
        raise RuntimeError(f"task {name!r} cannot be started here: {reason}") from None
    return Envelope(name, handle)


def run(name, args, kwargs):
    """Runs task `name` to its end and answers its envelope, an ordinary dict."""
    return dict(start(name, args, kwargs)._finished())


def run_async(name, args, kwargs):
    """Starts task `name`. Outside an event loop nothing else could run meanwhile: then it is waited for at once."""
    return _at_once_without_loop(start(name, args, kwargs))


def _at_once_without_loop(envelope):
    if asyncio._get_running_loop() is None:
        envelope._finished()
    return envelope


def bring(kind, language, name, source, options, args, kwargs):
    """Starts a program that the task has the text of, as run_async does; see capsule_program_start in the guests' ABI."""
    parts = {
        "kind": kind,
        "language": language,
        "name": name,
        "source": source,
        "options": options,
        "args": list(args),
        "kwargs": {} if kwargs is None else dict(kwargs),
        "argv": list(args) if all(isinstance(value, str) for value in args) else [],
    }
    try:
        text = json_values.dumps(parts, "arguments")
    except json_values.NotSerializable as problem:
        raise TypeError(f"{name!r} cannot be started: {problem}") from None
    return _at_once_without_loop(_opened(name, _capsule.program_start, text))


class _Batch:
    """Calls of one task that are started together and waited for together. What is found of each, its envelope or (`values`)
    its bare value, replaces the open envelope at once, so that a batch takes no more memory than its results."""

    def __init__(self, name, calls, window, cancels, values):
        self._name, self._calls, self._window, self._cancels, self._values = name, iter(calls), window, cancels, values
        self._open, self._found, self._failures = {}, [], []
        self.waiter = None

    def advance(self):
        """Starts as many as may be open at once. Answers whether any is left to wait for."""
        while len(self._open) < self._window and not (self._failures and self._cancels):
            args = next(self._calls, None)
            if args is None:
                break
            envelope = start(self._name, args, {})
            envelope._batch = self
            self._open[envelope] = len(self._found)
            self._found.append(None)
            _awaited.add(envelope._handle)
        return bool(self._open)

    def settled(self, envelope):
        position = self._open.pop(envelope)
        success = dict.get(envelope, "success")
        self._found[position] = dict.get(envelope, "result") if success and self._values else dict(envelope)
        if not success:
            self._failures.append(position)
            if self._cancels:
                self.cancel()
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    def cancel(self):
        for envelope in self._open:
            _capsule.task_cancel(envelope._handle)

    def abandon(self):
        """Nobody wants the rest any more."""
        self.cancel()
        for envelope in self._open:
            envelope._batch, envelope._abandoned = None, True
            _awaited.discard(envelope._handle)
        self._open.clear()

    def finish(self):
        """What was found, in order, also of those that were never started because another one failed. Raises TaskError
        instead, about the first failure that is not another one's consequence, when there is one and values are wanted."""
        if not self._failures or not self._values:
            return self._found + [_never_started(self._name) for _ in self._calls]
        raise TaskError(min((self._found[position] for position in sorted(self._failures)), key=_was_cancelled))


def _was_cancelled(envelope):
    return envelope["error"]["error_type"] == "cancelled"


def _never_started(name):
    error = {"error_type": "cancelled", "message": "not started: another subtask failed", "traceback": None}
    execution = {"task_name": name, "duration_ms": 0, "retries": 0, "fuel_consumed": 0, "ram_used": 0, "host_requests": []}
    return {"success": False, "result": None, "error": error, "execution": execution}


def run_many(name, calls, window, cancels, values):
    """Runs task `name` once for every tuple of arguments in `calls`, at most `window` at once, and answers the envelopes
    in their order. `cancels`: the first failure ends the others. `values`: the bare values, or TaskError."""
    batch = _Batch(name, calls, window, cancels, values)
    try:
        while batch.advance():
            wait_any(-1)
        return batch.finish()
    finally:
        batch.abandon()


async def run_many_async(name, calls, window, cancels, values):
    """The same, and other coroutines go on meanwhile."""
    batch = _Batch(name, calls, window, cancels, values)
    try:
        while batch.advance():
            batch.waiter = asyncio.get_running_loop().create_future()
            await batch.waiter
        return batch.finish()
    finally:
        batch.abandon()


def any_open():
    """Whether a subtask is not finished yet."""
    return bool(_open)


def any_awaited():
    """Whether a coroutine waits for a subtask."""
    return bool(_awaited)


def wait_any(nanoseconds):
    """Waits until an awaited subtask is finished, and settles every one that is. Negative: without limit.

    Answers whether one was.
    """
    found = False
    while _awaited:
        handle = _capsule.task_wait([], nanoseconds)
        if handle is None:
            break
        nanoseconds = 0
        envelope = _open.get(handle)
        if handle in _awaited:
            envelope._settle()
            found = True
        elif envelope is not None:
            envelope._has_ended = True
    return found


def finish_all():
    """Waits for every subtask the program started and did not give up on."""
    for envelope in list(_open.values()):
        if not envelope._abandoned:
            envelope._finished()


class Envelope(dict):
    """The envelope of a subtask. Empty, and open, until the subtask has ended; whoever looks inside waits for that.

    It also is the coroutine of the call: it can be awaited, gathered, and made a task of an event loop.
    """

    __slots__ = ("__name__", "__qualname__", "_handle", "_waiters", "_batch", "_steps", "_abandoned", "_has_ended")
    __hash__ = object.__hash__

    def __init__(self, name, handle):
        self.__name__ = self.__qualname__ = name
        self._handle, self._waiters, self._batch, self._steps = handle, [], None, None
        self._abandoned = False
        self._has_ended = False  # the host told so, when nobody was waiting for it
        _open[handle] = self

    def _finished(self):
        if self._handle is not None:
            _capsule.task_wait([self._handle], -1)
            self._settle()
        return self

    def _settle(self):
        """Reads the envelope of a subtask that has ended, and wakes whoever awaits it."""
        handle, self._handle = self._handle, None
        _open.pop(handle, None)
        _awaited.discard(handle)
        content = json_values.loads(_capsule.task_read(handle))
        dict.update(self, content if isinstance(content, dict) else {"result": content})
        waiters, self._waiters = self._waiters, []
        for future in waiters:
            if not future.done():
                future.set_result(None)
        if self._batch is not None:
            self._batch.settled(self)

    def __await__(self):
        if self._has_ended and self._handle is not None:
            self._settle()
        if self._handle is not None:
            yield from self._wait()
        return dict(self)

    def _wait(self):
        future = asyncio.get_running_loop().create_future()
        _awaited.add(self._handle)
        self._waiters.append(future)
        self._abandoned = False
        try:
            yield from future
        except BaseException:
            self._give_up(future)
            raise

    def _give_up(self, future):
        """A coroutine stopped waiting. When it was the last one, nobody wants the subtask's result, and it ends."""
        if future in self._waiters:
            self._waiters.remove(future)
        if self._waiters or self._handle is None:
            return
        _awaited.discard(self._handle)
        self._abandoned = True
        _capsule.task_cancel(self._handle)

    def send(self, value):
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps.send(value)

    def throw(self, *error):
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps.throw(*error)

    def close(self):
        if self._steps is not None:
            self._steps.close()


def _looking_inside(name):
    method = getattr(dict, name)

    def wrapper(self, *args, **kwargs):
        return method(self._finished(), *args, **kwargs)

    wrapper.__name__ = wrapper.__qualname__ = name
    return wrapper


for _name in (
    "__contains__ __delitem__ __eq__ __getitem__ __ior__ __iter__ __len__ __ne__ __or__ __repr__ __reversed__ __ror__ "
    "__setitem__ clear copy get items keys pop popitem setdefault update values"
).split():
    setattr(Envelope, _name, _looking_inside(_name))
del _name
