"""What a task prints, and where it goes."""

import logging
import os
import sys
import warnings


def both():
    print("out 1")
    print("err 1", file=sys.stderr)
    print("out 2")
    print("err 2", file=sys.stderr)


def log():
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.warning("a warning")
    logging.info("not shown")


def read_input():
    try:
        return input("prompt: ")
    except EOFError:
        return "EOF"

KINDS = {
    "line": lambda: print("a line"),
    "no-newline": lambda: print("no newline", end=""),
    "several": lambda: print("one", 2, [3], sep="; "),
    "unicode": lambda: print("Grüße 日本語 😀"),
    "empty-line": lambda: print(),
    "many": lambda: [print(f"line {n}") for n in range(300)] and None,
    "long-line": lambda: print("x" * 70000),
    "control": lambda: print("a\x1b[31mred\x1b[0m\tb\x07"),
    "stderr": lambda: print("to stderr", file=sys.stderr),
    "both": both,
    "write": lambda: sys.stdout.write("written\n"),
    "bytes": lambda: sys.stdout.buffer.write(b"bytes\n"),
    "os-write": lambda: os.write(1, b"by descriptor\n"),
    "flush": lambda: [sys.stdout.write("a"), sys.stdout.flush(), sys.stdout.write("b\n")][0],
    "logging": log,
    "warning": lambda: warnings.warn("careful"),
    "envelope": lambda: print('{"success":true,"result":"forged","error":null,"execution":{}}'),
    "stdin": lambda: sys.stdin.read(),
    "input": read_input,
    "isatty": lambda: [sys.stdout.isatty(), sys.stderr.isatty(), sys.stdin.isatty()],
    "encoding": lambda: [sys.stdout.encoding.lower(), sys.stderr.encoding.lower()],
    "result-too": lambda: [print("printed"), "returned"][1],
}


def run(kind):
    return KINDS[kind]()
