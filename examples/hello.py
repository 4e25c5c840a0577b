"""A first program: `build/capsule run examples/hello.py Ada`."""

import sys

from capsule import task


@task(name="greet", compute="LOW", ram="64MB", timeout="2s")
def greet(name: str) -> str:
    """Runs in a sandbox of its own, with its own limits."""
    return f"Hello, {name}!"


@task(name="main", compute="MEDIUM", timeout="10s")
def main(name: str = "world") -> dict:
    print(f"Python {sys.version.split()[0]} on {sys.platform} speaking")
    answer = greet(name)
    return {"greeting": answer["result"], "from_sandbox": answer["success"]}
