"""The other ways to call a task, as attributes of the decorated function: value, map and starmap."""

from . import sandbox
from .errors import unwrap

#: Subtasks that map keeps started at once unless told otherwise: more than run at once on any machine, and few enough for
#: a map over any number of items to take little memory.
WINDOW = 256


def add_calls(wrapper, func, name, is_async):
    """Gives `wrapper`, which calls task `name`, its further ways to be called."""

    def start(items, max_parallel, cancel_on_failure, values):
        window = _window(max_parallel)
        cancel = bool(values if cancel_on_failure is None else cancel_on_failure)
        if not sandbox.IN_SANDBOX:
            return _in_turn_async(func, items) if is_async else [func(*args) for args in items]
        many = sandbox.subtasks.run_many_async if is_async else sandbox.subtasks.run_many
        return many(name, items, window, cancel, bool(values))

    def map(items, max_parallel=None, *, cancel_on_failure=None, values=False):
        """Calls the task once for every item, side by side, and answers the envelopes in the order of the items.

        items              any iterable; an item is the task's one argument, a tuple too (starmap spreads it)
        max_parallel       most calls at once; as many as the machine runs at once unless given
        cancel_on_failure  True: the first failure cancels the others, whose envelopes say "cancelled"
        values             True: the bare values; the first failure cancels the others, and raises TaskError

        Of an `async def` task it is to be awaited. In ordinary Python it is a loop of calls.
        """
        return start(((item,) for item in items), max_parallel, cancel_on_failure, values)

    def starmap(items, max_parallel=None, *, cancel_on_failure=None, values=False):
        """As map, but an item is a sequence of all the arguments of its call."""
        return start((tuple(item) for item in items), max_parallel, cancel_on_failure, values)

    def value(*args, **kwargs):
        """Calls the task and answers its bare value. Raises TaskError when it fails.

        Of an `async def` task it is to be awaited. In ordinary Python it is a call.
        """
        if not sandbox.IN_SANDBOX:
            return func(*args, **kwargs)
        return unwrap(wrapper(*args, **kwargs))

    async def value_async(*args, **kwargs):
        if not sandbox.IN_SANDBOX:
            return await func(*args, **kwargs)
        return unwrap(await wrapper(*args, **kwargs))

    value_async.__name__, value_async.__doc__ = "value", value.__doc__
    wrapper.map, wrapper.starmap, wrapper.value = map, starmap, value_async if is_async else value


def _window(max_parallel):
    if max_parallel is None:
        return WINDOW
    if isinstance(max_parallel, bool) or not isinstance(max_parallel, int):
        raise TypeError(f"max_parallel must be a whole number, not {type(max_parallel).__name__}")
    if max_parallel < 1:
        raise ValueError(f"max_parallel must be at least 1, not {max_parallel}")
    return max_parallel


async def _in_turn_async(func, items):
    return [await func(*args) for args in items]
