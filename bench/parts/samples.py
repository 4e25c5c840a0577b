"""Programs that several parts run."""

from pathlib import Path

HELLO_PYTHON = 'from capsule import task\n\n\n@task(name="main")\ndef main():\n    return "hello"\n'
HELLO_TYPESCRIPT = 'import { task } from "@capsule-run/sdk";\n\nexport const main = task({ name: "main" }, () => "hello");\n'
# Thirty modules of the standard library that programs commonly import.
THIRTY = ("argparse asyncio base64 bisect collections contextlib copy csv dataclasses datetime decimal enum fractions functools "
          "hashlib heapq html itertools json logging math operator pathlib random re statistics string textwrap typing uuid").split()
THIRTY_PYTHON = "".join(f"import {name}\n" for name in THIRTY) + HELLO_PYTHON


def write(folder, name, text):
    path = Path(folder, name)
    path.write_text(text, encoding="utf-8")
    return path


def hello_both(folder):
    """hello.py and hello.ts."""
    write(folder, "hello.py", HELLO_PYTHON)
    write(folder, "hello.ts", HELLO_TYPESCRIPT)


def reference_hello(peer):
    """A folder in which the reference has hello.py, built."""
    return peer.project("hello", "python", [HELLO_PYTHON], lambda folder: write(folder, "hello.py", HELLO_PYTHON))
