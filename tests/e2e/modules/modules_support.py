"""What the tests of foreign modules share: compiled programs, modules written byte by byte, and a way to run them."""

import json
import os
import pathlib
import subprocess
from dataclasses import dataclass

TOP = pathlib.Path(__file__).resolve().parents[3]
CAPSULE = os.environ.get("CAPSULE_BIN", str(TOP / "build" / "capsule"))
PROGRAMS = pathlib.Path(os.environ.get("CAPSULE_TEST_MODULES", TOP / "build" / "deps" / "test-modules"))
PROBE, REACTOR = PROGRAMS / "probe.wasm", PROGRAMS / "reactor.wasm"
DEADLINE = 120  # seconds any one command may take, on a busy machine and with sanitizers


@dataclass
class Outcome:
    code: int
    out: str
    err: str

    @property
    def envelope(self):
        lines = self.out.splitlines()
        assert len(lines) == 1, f"expected one line, got {lines!r}; stderr: {self.err!r}"
        return json.loads(lines[0])


class Box:
    """A directory to run in, with a cache of its own."""

    def __init__(self, path, cache):
        self.path = path
        self.environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM")}
        self.environment.update(CAPSULE_CACHE=str(cache), ASAN_OPTIONS="detect_leaks=1")

    def write(self, name, content):
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def start(self, *words, **options):
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        environment = self.environment | options.pop("env", {})
        return subprocess.Popen([CAPSULE, *map(str, words)], cwd=self.path, env=environment, **options)

    def capsule(self, *words, input=None, **options):
        if input is not None:
            options["stdin"] = subprocess.PIPE
        with self.start(*words, **options) as process:
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
