"""Ways to be at work when the end comes: stops.c stops them at any moment."""

import asyncio
import time

from capsule import task


@task(name="quick")
def quick(number):
    return number


@task(name="spin", timeout="20ms")
def spin(number):
    while True:
        pass


@task(name="copies", timeout="20ms", ram="64MB")
def copies(number):
    block = bytearray(8 << 20)
    while True:
        block[:] = bytes(block)


@task(name="grow", timeout="20ms", ram="256MB")
def grow(number):
    blocks = []
    while True:
        blocks.append(bytearray(1 << 20))


@task(name="nap", timeout="10ms")
def nap(number):
    time.sleep(1000)


@task(name="write", timeout="10ms")
def write(number):
    while True:
        print("x" * 100)


@task(name="deep", timeout="2s")
def deep(number):
    return deep.__wrapped__(number + 1)


@task(name="work", timeout="5ms")
def work(number):
    """Ends about when its time is up."""
    for _ in range(number * 2000):
        pass
    return number


@task(name="leaf", timeout="50ms")
async def leaf(depth):
    if depth % 3 == 0:
        while True:
            pass
    return depth


@task(name="tree", timeout="300ms")
async def tree(depth):
    if depth <= 0:
        return 1
    answers = await asyncio.gather(tree(depth - 1), leaf(depth), tree(depth - 2), quick_child(depth), return_exceptions=True)
    return 1 + sum(a["result"] or 0 for a in answers if isinstance(a, dict) and a["success"])


@task(name="quick_child", timeout="1s")
async def quick_child(number):
    return 1
