"""One way to end for each argument."""

import asyncio
import os
import sys


class Refused(Exception):
    def __str__(self):
        return "refused: " + ", ".join(map(str, self.args))


class Empty(Exception):
    pass


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no text")


class MyExit(SystemExit):
    pass


def fail(error):
    raise error


def chained():
    try:
        {}["missing"]
    except KeyError as error:
        raise ValueError("because of it") from error


def recurse(n=0):
    return recurse(n + 1)


def memory():
    blocks = []
    while True:
        blocks.append(bytearray(1 << 20))


def loop():
    while True:
        pass


def returned(code):
    sys.exit(code)


def finally_prints():
    try:
        raise ValueError("first")
    finally:
        print("finally ran")

KINDS = {
    "value-error": lambda: fail(ValueError("a value")),
    "key-error": lambda: {}["missing"],
    "index-error": lambda: [][3],
    "type-error": lambda: len(5),
    "attribute-error": lambda: object().nothing,
    "name-error": lambda: undefined_name,  # noqa: F821
    "zero-division": lambda: 1 // 0,
    "import-error": lambda: __import__("no_such_module_at_all"),
    "assertion": lambda: fail(AssertionError("must hold")),
    "assertion-bare": lambda: fail(AssertionError()),
    "not-implemented": lambda: fail(NotImplementedError("later")),
    "stop-iteration": lambda: next(iter([])),
    "unicode-error": lambda: b"\xff".decode(),
    "os-error": lambda: fail(OSError(28, "No space left on device")),
    "file-not-found": lambda: open("/nowhere/at/all"),
    "timeout-error": lambda: fail(TimeoutError("mine")),
    "cancelled-error": lambda: fail(asyncio.CancelledError("mine")),
    "own-class": lambda: fail(Refused("a", 5)),
    "own-class-empty": lambda: fail(Empty()),
    "several-arguments": lambda: fail(ValueError("one", 2)),
    "unprintable": lambda: fail(Unprintable()),
    "multi-line": lambda: fail(ValueError("first\nsecond\n\nlast")),
    "unicode-text": lambda: fail(ValueError("Grüße 日本語 😀 \x1b[31m")),
    "long-text": lambda: fail(ValueError("x" * 5000)),
    "surrogate-text": lambda: fail(ValueError("\ud800")),
    "json-text": lambda: fail(ValueError('{"error_type": "custom", "message": "m"}')),
    "chained": chained,
    "group": lambda: fail(ExceptionGroup("several", [ValueError("a"), TypeError("b")])),
    "with-note": lambda: finally_prints(),
    "recursion": recurse,
    "memory-error": lambda: fail(MemoryError("mine")),
    "memory": memory,
    "loop": loop,
    "exit-0": lambda: returned(0),
    "exit-3": lambda: returned(3),
    "exit-none": lambda: returned(None),
    "exit-text": lambda: returned("a last word"),
    "exit-subclass": lambda: fail(MyExit(4)),
    "os-exit": lambda: os._exit(5),
    "abort": lambda: os.abort(),
    "keyboard-interrupt": lambda: fail(KeyboardInterrupt("k")),
    "generator-exit": lambda: fail(GeneratorExit("g")),
    "base-exception": lambda: fail(BaseException("b")),
}


def run(kind, *more):
    print("before")
    return KINDS[kind]()
