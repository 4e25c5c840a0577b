"""Coroutines: order, groups, errors in them, generators, locks, what is forgotten."""

import asyncio


async def _step(name, turns, seen):
    for turn in range(turns):
        seen.append(f"{name}{turn}")
        await asyncio.sleep(0)
    return name


async def _fails(text):
    await asyncio.sleep(0)
    raise ValueError(text)


async def side_by_side():
    seen = []
    return [await asyncio.gather(_step("a", 2, seen), _step("b", 2, seen)), seen]


async def gather_with_error():
    return await asyncio.gather(_step("a", 1, []), _fails("one of them"))


async def gathered_errors():
    found = await asyncio.gather(_fails("x"), _step("a", 1, []), return_exceptions=True)
    return [str(one) for one in found]


async def task_group():
    seen = []
    async with asyncio.TaskGroup() as group:
        jobs = [group.create_task(_step(name, 1, seen)) for name in "ab"]
    return [job.result() for job in jobs]


async def task_group_error():
    async with asyncio.TaskGroup() as group:
        group.create_task(_fails("in the group"))


async def timed_out():
    async with asyncio.timeout(0.01):
        await asyncio.sleep(5)


async def shielded():
    return await asyncio.shield(_step("s", 1, []))


async def lock():
    seen, guard = [], asyncio.Lock()

    async def use(name):
        async with guard:
            seen.append(f"{name} in")
            await asyncio.sleep(0)
            seen.append(f"{name} out")

    await asyncio.gather(use("a"), use("b"))
    return seen


async def event_and_semaphore():
    event, limit = asyncio.Event(), asyncio.Semaphore(1)
    asyncio.get_running_loop().call_soon(event.set)
    await event.wait()
    async with limit:
        return [event.is_set(), limit.locked()]


async def as_completed():
    return sorted([await job for job in asyncio.as_completed([_step("a", 2, []), _step("b", 1, [])])])


async def async_generator():
    async def numbers():
        try:
            for number in range(5):
                yield number
        finally:
            await asyncio.sleep(0)

    return [number async for number in numbers() if number % 2]


async def never_awaited_result():
    asyncio.ensure_future(_step("late", 100, []))
    return "returned first"


async def loop_time():
    loop = asyncio.get_running_loop()
    before = loop.time()
    await asyncio.sleep(0.01)
    return loop.time() > before
