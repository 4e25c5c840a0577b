"""The main task is a coroutine function: what it awaits, and in which order."""

import asyncio

from capsule import task

SEEN = []


class Resource:
    async def __aenter__(self):
        SEEN.append("entered")
        return self

    async def __aexit__(self, *details):
        SEEN.append("left")


async def step(name, turns):
    for turn in range(turns):
        SEEN.append([name, turn])
        await asyncio.sleep(0)
    return name


async def numbers():
    for number in range(3):
        yield number
        await asyncio.sleep(0)


async def fails():
    raise LookupError("inside a coroutine")


async def guarded():
    try:
        await fails()
    except LookupError as error:
        return str(error)


async def resource():
    async with Resource():
        SEEN.append("inside")
    return SEEN


async def cancelled():
    job = asyncio.ensure_future(step("long", 1000))
    await asyncio.sleep(0)
    job.cancel()
    try:
        await job
    except asyncio.CancelledError:
        return ["cancelled", job.cancelled()]


async def queue():
    waiting = asyncio.Queue()
    for item in "abc":
        await waiting.put(item)
    return [await waiting.get() for _ in range(waiting.qsize())]


async def slept():
    await asyncio.sleep(0.01)
    return "awake"


async def deadline():
    try:
        await asyncio.wait_for(asyncio.sleep(5), 0.01)
    except TimeoutError:
        return "too late"


KINDS = {
    "plain": lambda: step("plain", 1),
    "gather": lambda: asyncio.gather(step("a", 2), step("b", 2)),
    "fails": fails,
    "guarded": guarded,
    "resource": resource,
    "cancelled": cancelled,
    "queue": queue,
    "slept": slept,
    "deadline": deadline,
}


@task(name="main")
async def main(kind):
    if kind == "comprehension":
        return [number async for number in numbers()]
    return await KINDS[kind]()
