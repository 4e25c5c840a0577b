"""asyncio without threads, signals and socket pairs."""

import asyncio
import time


async def gathered():
    async def double(x):
        await asyncio.sleep(0.01 * (3 - x))
        return x * 2

    assert await asyncio.gather(*(double(x) for x in range(3))) == [0, 2, 4]
    done = [await first for first in asyncio.as_completed([double(x) for x in range(3)])]
    assert done == [4, 2, 0]
    results = await asyncio.gather(double(1), fails(), return_exceptions=True)
    assert results[0] == 2 and isinstance(results[1], ZeroDivisionError)


async def fails():
    await asyncio.sleep(0)
    1 / 0


async def sleeps_in_parallel():
    start = time.monotonic()
    await asyncio.gather(*(asyncio.sleep(0.1) for _ in range(50)))
    assert 0.09 <= time.monotonic() - start < 3


async def timeouts():
    try:
        await asyncio.wait_for(asyncio.sleep(60), 0.02)
    except TimeoutError:
        pass
    else:
        raise AssertionError("no timeout")
    try:
        async with asyncio.timeout(0.02):
            await asyncio.Event().wait()
    except TimeoutError:
        pass
    else:
        raise AssertionError("no timeout")


async def task_group():
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(asyncio.sleep(0.01, n)) for n in range(3)]
    assert [task.result() for task in tasks] == [0, 1, 2]
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fails())
            group.create_task(asyncio.sleep(60))
    except* ZeroDivisionError as errors:
        assert len(errors.exceptions) == 1


async def queue():
    channel, seen = asyncio.Queue(maxsize=2), []

    async def produce():
        for n in range(10):
            await channel.put(n)
        await channel.put(None)

    async def consume():
        while (item := await channel.get()) is not None:
            seen.append(item)

    await asyncio.gather(produce(), consume())
    assert seen == list(range(10))


async def locks():
    lock, semaphore, order = asyncio.Lock(), asyncio.Semaphore(2), []

    async def work(n):
        async with semaphore, lock:
            order.append(n)
            await asyncio.sleep(0)

    await asyncio.gather(*(work(n) for n in range(5)))
    assert order == list(range(5))


async def cancelling():
    task = asyncio.create_task(asyncio.sleep(60))
    await asyncio.sleep(0)
    task.cancel("enough")
    try:
        await task
    except asyncio.CancelledError as error:
        assert error.args == ("enough",)
    shielded = asyncio.shield(asyncio.sleep(0.01, "kept"))
    assert await shielded == "kept"


async def generators():
    async def count(n):
        for i in range(n):
            await asyncio.sleep(0)
            yield i

    assert [i async for i in count(3)] == [0, 1, 2]


async def callbacks():
    loop, seen = asyncio.get_running_loop(), []
    loop.call_later(0.02, seen.append, "later")
    loop.call_soon(seen.append, "soon")
    loop.call_soon_threadsafe(seen.append, "safe")
    future = loop.create_future()
    loop.call_at(loop.time() + 0.03, future.set_result, "at")
    assert await future == "at"
    assert seen == ["soon", "safe", "later"]


async def no_threads():
    for attempt in (lambda: asyncio.to_thread(print), lambda: asyncio.get_running_loop().run_in_executor(None, print)):
        try:
            await attempt()
        except RuntimeError as error:
            assert "can't start new thread" in str(error), error
        else:
            raise AssertionError("a thread started")


def loops():
    loop = asyncio.new_event_loop()
    assert loop.run_until_complete(asyncio.sleep(0, 1)) == 1
    loop.close()
    with asyncio.Runner() as runner:
        assert runner.run(asyncio.sleep(0, 2)) == 2

    class OwnLoop(asyncio.SelectorEventLoop):
        pass

    loop = OwnLoop()
    assert loop.run_until_complete(asyncio.sleep(0.01, 3)) == 3
    loop.close()


def deadlock():
    async def waits():
        await asyncio.Event().wait()

    try:
        asyncio.run(waits())
    except RuntimeError as error:
        assert "deadlock" in str(error)
    else:
        raise AssertionError("no deadlock")


def main():
    parts = [gathered, sleeps_in_parallel, timeouts, task_group, queue, locks, cancelling, generators, callbacks, no_threads]
    for part in parts:
        asyncio.run(part())
    loops()
    deadlock()
    return [part.__name__ for part in parts]
