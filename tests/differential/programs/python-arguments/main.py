"""What a task receives: positional arguments as strings."""

import sys

from capsule import task


@task(name="main")
def main(*args):
    return {"args": list(args), "types": [type(argument).__name__ for argument in args], "argv": sys.argv[-len(args):] if args else []}
