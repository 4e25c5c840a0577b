"""Tasks started from tasks: each runs in a sandbox of its own and answers with an envelope.

A plain function blocks until the envelope is there. An `async def` task answers with an Envelope that is still open:
awaiting it waits without blocking the others, and looking into it waits as well.
"""

import asyncio
import errno

import _capsule

from . import values

#: Started and not yet finished: handle to envelope. Emptied by finish_all when the parent has its own result.
_open = {}
#: Those of them that some coroutine awaits, and their handles in the same order, as the host wants them.
_awaited, _handles = [], []


def start(name, args, kwargs):
    """Starts task `name` with the given arguments and answers its open envelope.

    Raises TypeError when an argument has no JSON form: nothing was started then.
    """
    try:
        text = f'{{"args":{values.dumps(args, "args")},"kwargs":{values.dumps(kwargs, "kwargs")}}}'
    except values.NotSerializable as problem:
        raise TypeError(f"task {name!r} cannot be called: {problem}") from None
    try:
        handle = _capsule.task_start(name, text)
    except OSError as error:
        reason = "too many subtasks are open at once" if error.errno == errno.EMFILE else error.strerror
        raise RuntimeError(f"task {name!r} cannot be started here: {reason}") from None
    return Envelope(name, handle)


def run(name, args, kwargs):
    """Runs task `name` to its end and answers its envelope, an ordinary dict."""
    return dict(start(name, args, kwargs)._finished())


def run_async(name, args, kwargs):
    """Starts task `name`. Outside an event loop nothing else could run meanwhile: then it is waited for at once."""
    envelope = start(name, args, kwargs)
    if asyncio._get_running_loop() is None:
        envelope._finished()
    return envelope


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
        position = _capsule.task_wait(_handles, nanoseconds)
        if position is None:
            break
        _awaited[position]._settle(position)
        found, nanoseconds = True, 0
    return found


def _await(envelope):
    _awaited.append(envelope)
    _handles.append(envelope._handle)


def _await_no_more(envelope, position=None):
    if position is None:
        position = _handles.index(envelope._handle)
    del _awaited[position], _handles[position]


def finish_all():
    """Waits for every subtask the program started and did not give up on."""
    for envelope in list(_open.values()):
        if not envelope._abandoned:
            envelope._finished()


class Envelope(dict):
    """The envelope of a subtask. Empty, and open, until the subtask has ended; whoever looks inside waits for that.

    It also is the coroutine of the call: it can be awaited, gathered, and made a task of an event loop.
    """

    __slots__ = ("__name__", "__qualname__", "_handle", "_waiters", "_steps", "_abandoned")
    __hash__ = object.__hash__

    def __init__(self, name, handle):
        self.__name__ = self.__qualname__ = name
        self._handle, self._waiters, self._steps, self._abandoned = handle, [], None, False
        _open[handle] = self

    def _finished(self):
        if self._handle is not None:
            _capsule.task_wait([self._handle], -1)
            self._settle()
        return self

    def _settle(self, position=None):
        """Reads the envelope of a subtask that has ended, and wakes whoever awaits it. `position`: among the awaited."""
        if self._waiters:
            _await_no_more(self, position)
        handle, self._handle = self._handle, None
        _open.pop(handle, None)
        content = values.loads(_capsule.task_read(handle))
        dict.update(self, content if isinstance(content, dict) else {"result": content})
        waiters, self._waiters = self._waiters, []
        for future in waiters:
            if not future.done():
                future.set_result(None)

    def __await__(self):
        if self._handle is not None:
            yield from self._wait()
        return dict(self)

    def _wait(self):
        future = asyncio.get_running_loop().create_future()
        if not self._waiters:
            _await(self)
        self._waiters.append(future)
        self._abandoned = False
        try:
            yield from future
        except BaseException:
            self._abandoned = True
            raise
        finally:
            if future in self._waiters:
                self._waiters.remove(future)
                if not self._waiters:
                    _await_no_more(self)

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
