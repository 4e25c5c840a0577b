"""An ordinary program that runs what it does not trust: python3 host.py, with the package of bindings/python installed."""

import asyncio
import pathlib

from capsule import close_all, run

HERE = pathlib.Path(__file__).parent
SUBMISSIONS = {
    "sum": "answer = sum(range(100))",
    "chatty": "print('thinking ...')\nanswer = 'done'",
    "broken": "answer = 1 / 0",
    "endless": "while True: pass",
    "curious": "answer = open('/etc/passwd').read()",
}


async def judge(name, code):
    result = await run(file="evaluate.py", args=[code], cwd=HERE, timeout=5, on_stdout=lambda text: print(f"  {name}: {text}", end=""))
    return name, result["result"] if result["success"] else result["error"]["error_type"]


async def main():
    for name, outcome in await asyncio.gather(*(judge(*item) for item in SUBMISSIONS.items())):
        print(f"{name} -> {outcome}")
    await close_all()


asyncio.run(main())
