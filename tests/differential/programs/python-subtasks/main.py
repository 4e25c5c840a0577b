"""Calls from one task to others: every option, every shape of call."""

import asyncio
import os

from capsule import task


@task(name="add")
def add(a, b=10, *rest):
    return a + b + sum(rest)


@task()
def unnamed(value):
    return {"b": value, "a": 1}


@task(name="echo")
def echo(*args):
    return list(args)


@task(name="named")
def named(a=1, b=2):
    return {"a": a, "b": b}


@task(name="fails")
def fails(text="on purpose"):
    raise ValueError(text)


@task(name="nothing")
def nothing():
    pass


@task(name="text")
def text():
    return '{"looks": "like JSON"}'


@task(name="raw")
def raw():
    return b"bytes"


@task(name="prints")
def prints(line):
    print(line)
    return len(line)


@task(name="leaves")
def leaves():
    raise SystemExit(3)


@task(name="error_shape")
def error_shape():
    return {"error_type": "custom", "message": "returned"}


@task(name="outer")
def outer(value):
    inner = add(value, 1)
    return {"inner": inner["result"], "ok": inner["success"]}


@task(name="countdown")
def countdown(n):
    return [n, *countdown(n - 1)["result"]] if n else [0]


@task(name="later")
async def later(value):
    await asyncio.sleep(0)
    return value * 2


@task(name="low", compute="LOW")
def low():
    while True:
        pass


@task(name="custom", compute="20000000")
def custom():
    while True:
        pass


@task(name="slow", timeout="200ms")
def slow():
    while True:
        pass


@task(name="small", ram="48MB")
def small():
    blocks = []
    while True:
        blocks.append(bytearray(1 << 20))


@task(name="stubborn", max_retries=2)
def stubborn():
    print("attempt")
    raise ValueError("again")


@task(name="reads", allowed_files=["data"])
def reads():
    with open("data/in.txt") as file:
        return file.read()


@task(name="reads_only", allowed_files=[{"path": "data", "mode": "read-only"}])
def reads_only():
    try:
        with open("data/in.txt", "a") as file:
            file.write("changed")
        return "written"
    except OSError as error:
        return type(error).__name__


@task(name="writes", allowed_files=[{"path": "data", "mode": "read-write"}])
def writes():
    with open("data/out.txt", "w") as file:
        file.write("from a subtask\n")


@task(name="sees", env_variables=["SECRET"])
def sees():
    return [os.environ.get("SECRET"), os.environ.get("OTHER")]


@task(name="full", compute="MEDIUM", ram="128MB", timeout="30s", max_retries=1, allowed_files=["data"], allowed_hosts=["example.com"],
      env_variables=["SECRET"])
def full():
    return os.environ.get("SECRET")


def everything():
    return [add(1), unnamed(2), nothing(), fails()]


CALLS = {
    "positional": lambda: add(1, 2),
    "default": lambda: add(1),
    "rest": lambda: add(1, 2, 3, 4),
    "result-alone": lambda: add(20, 22)["result"],
    "own-name": lambda: unnamed("x"),
    "values": lambda: echo(None, True, 1.5, "ü", [1, [2]], {"b": 1, "a": 2}),
    "keyword": lambda: named(b=5),
    "mixed": lambda: named(7, b=8),
    "too-few": lambda: add(),
    "too-many": lambda: nothing(1),
    "failure": lambda: fails(),
    "failure-text": lambda: fails("two\nlines"),
    "none": lambda: nothing(),
    "text": lambda: text(),
    "not-serializable": lambda: raw(),
    "bad-argument": lambda: echo(b"x"),
    "prints": lambda: prints("inside"),
    "leaves": lambda: leaves(),
    "error-shape": lambda: error_shape(),
    "two-levels": lambda: outer(5),
    "recursive": lambda: countdown(4),
    "low": lambda: low(),
    "custom": lambda: custom(),
    "slow": lambda: slow(),
    "small": lambda: small(),
    "stubborn": lambda: stubborn(),
    "reads": lambda: reads(),
    "reads-only": lambda: reads_only(),
    "writes": lambda: writes(),
    "sees": lambda: sees(),
    "full": lambda: full(),
    "everything": everything,
    "many": lambda: sum(add(n, n)["result"] for n in range(25)),
    "loop": lambda: [add(n)["result"] for n in range(5)],
    "catches": lambda: "failed" if not fails()["success"] else "?",
    "same-globals": lambda: [prints("a")["result"], prints("bb")["result"]],
}


@task(name="main")
async def main(call):
    if call == "async":
        return await later(21)
    if call == "gather":
        return await asyncio.gather(later(1), later(2), later(3))
    return CALLS[call]()
