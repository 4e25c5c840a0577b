"""Prints everything that could differ between two runs."""

import asyncio
import os
import random
import secrets
import struct
import sys
import tempfile
import threading
import time
import traceback
import uuid
from datetime import datetime, timezone

from capsule import task


class Thing:
    pass


MADE_AT_IMPORT = {Thing() for _ in range(20)}


@task
def sub(n):
    print("sub", n, random.random(), time.time_ns(), os.urandom(4).hex())
    time.sleep(10 - n % 10)
    if n % 7 == 3:
        raise ValueError(f"sub {n} at {time.time_ns()}")
    return [n, secrets.token_hex(4), str(uuid.uuid4()), [id(thing) for thing in {Thing() for _ in range(5)}]]


@task
async def slow(n):
    print("slow", n, time.monotonic_ns())
    await asyncio.sleep(60 * (5 - n))
    print("slow", n, "is done", time.monotonic_ns())
    return n


@task(max_retries=2)
def unlucky():
    number = random.random()
    print("unlucky", number, time.time_ns())
    raise RuntimeError(number)


def show_clocks():
    clocks = ("time_ns", "monotonic_ns", "perf_counter_ns", "process_time_ns")
    print([getattr(time, name)() for name in clocks], datetime.now(timezone.utc).isoformat())
    print([time.get_clock_info(name).resolution for name in ("time", "monotonic", "process_time")])
    print(time.localtime(), time.strftime("%c"))


def show_randomness():
    print(random.random(), random.sample(range(100), 5), random.SystemRandom().random())
    print(uuid.uuid1(), uuid.uuid4(), secrets.token_urlsafe(), os.urandom(16).hex())
    print(next(tempfile._get_candidate_names()), random.getstate()[1][:3])
    random.seed()
    print(random.random(), random.Random().random())


def show_files():
    for folder, directories, files in os.walk("data"):
        print(folder, directories, files)
        for name in sorted(directories + files):
            print(name, os.stat(os.path.join(folder, name)))
        print([(entry.name, entry.inode()) for entry in os.scandir(folder)])
    print(os.listdir("data"), os.stat("data"), os.stat("/"), os.listdir("/"))
    with open("data/written", "w") as file:
        file.write("text")
        file.flush()
        print(os.fstat(file.fileno()))
    os.utime("data/a.txt", (5, 6))
    print(os.stat("data/a.txt"), os.stat("data/written"), os.path.samefile("data/written", "data/../data/written"))
    os.unlink("data/written")
    with tempfile.NamedTemporaryFile(dir="data") as file:
        print(file.name, os.fstat(file.fileno()))


def show_objects():
    print([id(thing) for thing in MADE_AT_IMPORT], [id(thing) for thing in {Thing() for _ in range(20)}])
    print(Thing(), object(), show_objects, hash("text"), hash(Thing()), hash(None))
    print({"one", "two", "three"}, {b"x", "x", 2.5, (1, 2)}, os.getpid(), threading.get_ident())


def show_nans():
    infinity, nan = float("inf"), float("nan")
    made = [infinity - infinity, 0.0 * infinity, infinity * 0, nan + 1, nan * nan, -nan, infinity % 2 if False else nan]
    strange = struct.unpack("<d", bytes.fromhex("010000000000f8ff"))[0]
    other = struct.unpack("<d", bytes.fromhex("020000000000f87f"))[0]
    made += [strange, strange + other, other + strange, strange * other, strange - 1.0, 1.0 / strange, strange**2]
    made += [complex(infinity, 1) * complex(0, nan), sum([strange, other])]
    for number in made:
        parts = (number.real, number.imag) if isinstance(number, complex) else (number,)
        print(*(struct.pack("<d", part).hex() for part in parts), *(struct.pack("<f", part).hex() for part in parts))


async def show_subtasks():
    answers = await asyncio.gather(*(asyncio.to_thread(sub, n) if False else wrapped(n) for n in range(50)))
    print(answers)
    before = time.monotonic_ns()
    async for done in finished_one_by_one([slow(n) for n in range(5)]):
        print(done["result"], done["execution"], time.monotonic_ns() - before)
    try:
        print(await asyncio.wait_for(slow(0), 30))
    except TimeoutError:
        print("given up at", time.monotonic_ns() - before)
    print(unlucky(), sub("not a number"))


async def wrapped(n):
    return sub(n)


async def finished_one_by_one(calls):
    for call in asyncio.as_completed([asyncio.ensure_future(wait_for(call)) for call in calls]):
        yield await call


async def wait_for(call):
    return await call


@task(name="main", allowed_files=["data"], compute="HIGH")
def main(*args):
    print(args, sys.argv, __file__, sys.stdin.read())
    for show in (show_clocks, show_randomness, show_files, show_objects, show_nans, show_clocks):
        show()
    time.sleep(3600)
    asyncio.run(show_subtasks())
    try:
        raise KeyError("shown")
    except KeyError:
        traceback.print_exc()
    show_clocks()
    return [time.time(), random.random(), sub(3)]
