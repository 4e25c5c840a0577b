"""Runs a small program a few times before the image is taken.

The interpreter adapts its code to what it sees, fills its caches and sizes its pools while code runs for the first
time. What has happened before the image was taken need not happen, and touch pages, in every run.
"""

import linecache
import sys

import _capsule

from .. import app
from . import arguments, calling, program

#: The interpreter specializes an instruction after a few rounds.
_ROUNDS = 24

_SOURCE = """
import asyncio
from capsule import task

@task
def plain(name="world", count=1):
    print("hello", name)
    return f"hello {name}" * count

@task(compute="LOW", ram="64MB", timeout="10s", max_retries=1, allowed_files=["./data"], env_variables=["HOME"])
def table(*args, **kwargs):
    return {"rows": [{"n": n, "square": n * n} for n in range(3)], "args": args, "none": None, "x": 1.5}

@task
async def later(n):
    await asyncio.sleep(0)
    return n

@task
def fails():
    raise ValueError("rehearsed")

def main():
    return None
"""

_REQUESTS = (
    '{"task":"plain","args":["you"],"kwargs":{},"argv":["you"]}',
    '{"task":"plain","args":[],"kwargs":{"count":2},"argv":[]}',
    '{"task":"table","args":[1,"2",null],"kwargs":{"a":[1.5,true]},"argv":["1","2"]}',
    '{"task":"main","args":[],"kwargs":{},"argv":[]}',
    '{"task":"later","args":[1],"kwargs":{},"argv":[]}',
    '{"task":"fails","args":[],"kwargs":{},"argv":[]}',
    '{"code":"import math\\nx = [math.sqrt(n) for n in range(3)]\\nprint(x)\\ndict(x=x)","name":"<string>",'
    '"args":[],"kwargs":{"n":1},"argv":["you"]}',
    '{"code":"raise ValueError(1)","name":"<string>","args":[],"kwargs":{},"argv":[]}',
)


def rehearse():
    """Loads and runs the program above with reports and output going nowhere; leaves nothing of it behind."""
    modules, path, main = set(sys.modules), list(sys.path), sys.modules["__main__"]
    _capsule.mute(True)
    for _ in range(_ROUNDS):
        calling.load(_load_request())
        for request in _REQUESTS:
            calling.call(request)
        _forget(modules, path)
    sys.modules["__main__"] = main
    _capsule.mute(False)
    calling._name = ""


def _load_request():
    return '{"entry":"","name":"rehearsal.py","source":%s,"argv":[]}' % _quoted(_SOURCE)


def _quoted(text):
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _forget(modules, path):
    for name in set(sys.modules) - modules:
        del sys.modules[name]
    sys.path[:] = path
    app._TASKS.clear()
    app._registrations.clear()
    app._main_module = None
    program.forget()
    arguments.set_arguments(())
    linecache.cache.clear()
