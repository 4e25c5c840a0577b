"""Meets every limit on purpose, each in a task of its own, and prints what its envelope says of it.

A limit ends the one sandbox that met it. `limit`, `used` and `allowed` of the error tell which it was.

    capsule run examples/limits/limits.py
"""

import time

from capsule import run_code, task


@task(compute="LOW")
def computes():
    while True:
        pass


@task(timeout="200ms")
def waits():
    time.sleep(3600)


@task(ram="64MB")
def hoards():
    return len(bytearray(100_000_000))


@task(ram="1MB")
def starved():
    return "never reached: the interpreter alone needs more"


@task
def fills_the_disk():
    with open("/tmp/full", "wb") as file:
        while True:
            file.write(bytes(1 << 20))


@task
def makes_files():
    for number in range(1_000_000):
        open(f"/tmp/{number}", "w").close()


@task(compute="HIGH")
def answers_too_much():
    return "x" * (17 << 20)


@task
def nests():
    """Calls itself, and hands up the envelope of the call that was refused."""
    end = nests()
    return end["result"] if end["success"] else end


@task(name="main", compute="HIGH", timeout="60s")
def main():
    tasks = [computes, waits, hoards, starved, fills_the_disk, makes_files, answers_too_much]
    ends = {each.__name__: each() for each in tasks}
    ends["nests"] = nests()["result"]
    ends["prints"] = run_code("while True: print('x' * 1000)")  # a brought program has an output limit of its own
    for name, end in ends.items():
        error = end["error"]
        print(f"{name:<17} {error['error_type']:<18} {error['limit']!s:<10} {error['used']!s:>11} of {error['allowed']!s:>11}")
    return {name: end["error"]["error_type"] for name, end in ends.items()}
