"""What the tests of foreign modules share: compiled programs, modules written byte by byte, and a way to run them."""

import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
from cli_support import DEADLINE, TOP, Outcome, Project  # noqa: E402

PROGRAMS = pathlib.Path(os.environ.get("CAPSULE_TEST_MODULES", TOP / "build" / "deps" / "test-modules"))
PROBE, REACTOR = PROGRAMS / "probe.wasm", PROGRAMS / "reactor.wasm"


class Box(Project):
    """A directory to run modules in."""

    def capsule(self, *words, input=None, **options):
        if input is not None:
            options["stdin"] = subprocess.PIPE
        with self.start(*map(str, words), **options) as process:
            try:
                out, err = process.communicate(input, timeout=DEADLINE)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return Outcome(process.returncode, out.decode(errors="replace"), err.decode(errors="replace"))

    def probe(self, *words, flags=(), **options):
        """`capsule exec FLAGS probe.wasm WORDS`."""
        return self.capsule("exec", *flags, PROBE, "--", *words, **options)


# ---- Modules byte by byte ----

HEADER = b"\0asm\1\0\0\0"
COMPONENT = b"\0asm\x0d\0\1\0"
I32 = 0x7F


def leb(number):
    out = bytearray()
    while True:
        byte = number & 0x7F
        number >>= 7
        out.append(byte | (0x80 if number else 0))
        if not number:
            return bytes(out)


def vector(items):
    return leb(len(items)) + b"".join(items)


def name(text):
    return leb(len(text)) + text.encode()


def section(number, content):
    return bytes([number]) + leb(len(content)) + content


def function_type(parameters=(), results=()):
    return b"\x60" + vector([bytes([p]) for p in parameters]) + vector([bytes([r]) for r in results])


def module(body=b"", exports=("_start",), imports=(), memory=None, table=None, start=False, types=(function_type(),)):
    """A module of one function of the first type, of no parameters and results, with this body.

    imports: (module, name, index of its type); memory: (least, most) pages; table: least elements.
    """
    own = len(imports)
    out = HEADER + section(1, vector(list(types)))
    if imports:
        out += section(2, vector([name(m) + name(n) + b"\0" + leb(t) for m, n, t in imports]))
    out += section(3, vector([leb(0)]))
    if table is not None:
        out += section(4, vector([b"\x70\0" + leb(table)]))
    if memory is not None:
        out += section(5, vector([b"\1" + leb(memory[0]) + leb(memory[1])]))
    out += section(7, vector([name(n) + b"\0" + leb(own) for n in exports]))
    if start:
        out += section(8, leb(own))
    code = b"\0" + body + b"\x0b"
    return out + section(10, vector([leb(len(code)) + code]))


LOOP = b"\x03\x40\x0c\x00\x0b"  # loop (br 0) end: no memory is touched
UNREACHABLE = b"\x00"
