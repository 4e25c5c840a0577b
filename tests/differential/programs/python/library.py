"""Modules of the standard library, one for each argument; every answer is the same everywhere."""

import asyncio
import base64
import binascii
import bisect
import calendar
import collections
import contextlib
import copy
import csv
import dataclasses
import datetime
import decimal
import difflib
import fractions
import functools
import hashlib
import heapq
import hmac
import html
import io
import itertools
import json
import math
import operator
import random
import re
import statistics
import string
import struct
import textwrap
import typing
import unicodedata
import urllib.parse
import uuid
import zlib


def table():
    out = io.StringIO()
    writer = csv.DictWriter(out, ["a", "b"])
    writer.writeheader()
    writer.writerow({"a": 1, "b": 'say "x", then'})
    return [out.getvalue(), list(csv.reader(io.StringIO('1,"2,3"\n4,5\n')))]


async def ticks():
    found = []

    async def one(n):
        for i in range(2):
            found.append([n, i])
            await asyncio.sleep(0)

    await asyncio.gather(one(1), one(2))
    return found


def context():
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(ValueError):
        print("caught")
        raise ValueError
    return out.getvalue()


@functools.lru_cache
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def match(value):
    match value:
        case {"kind": "circle", "r": r}:
            return ["circle", r]
        case [first, *rest]:
            return ["list", first, rest]
        case _:
            return "other"

KINDS = {
    "asyncio": lambda: asyncio.run(ticks()),
    "base64": lambda: [base64.b64encode(b"hello?>").decode(), base64.urlsafe_b64encode(b"\xff\xfe").decode(), base64.b32encode(b"x").decode()],
    "binascii": lambda: [binascii.hexlify(b"\x00\xff").decode(), binascii.crc32(b"abc")],
    "bisect": lambda: bisect.bisect([1, 3, 5], 3),
    "calendar": lambda: calendar.monthrange(2024, 2),
    "collections": lambda: [collections.Counter("hello").most_common(2), list(collections.ChainMap({"a": 1}, {"b": 2}))],
    "contextlib": context,
    "copy": lambda: copy.deepcopy({"a": [1, {"b": 2}]}),
    "csv": table,
    "datetime": lambda: [(datetime.datetime(2024, 2, 29) + datetime.timedelta(days=366)).isoformat(),
                         datetime.datetime.fromisoformat("2024-05-06T07:08:09+02:00").timestamp()],
    "decimal": lambda: [str(decimal.Decimal("0.1") + decimal.Decimal("0.2")), str(decimal.Decimal(2).sqrt())],
    "difflib": lambda: list(difflib.unified_diff(["a\n", "b\n"], ["a\n", "c\n"])),
    "fractions": lambda: str(fractions.Fraction(3, 4) + fractions.Fraction("1/8")),
    "functools": lambda: [fibonacci(80), functools.reduce(operator.mul, range(1, 30))],
    "hashlib": lambda: [hashlib.new(name, b"abc").hexdigest() for name in ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b")],
    "heapq": lambda: heapq.nsmallest(3, [5, 1, 4, 2]),
    "hmac": lambda: hmac.new(b"key", b"text", "sha256").hexdigest(),
    "html": lambda: [html.escape("<a href=\"x\">&"), html.unescape("&eacute;&#9731;")],
    "itertools": lambda: [list(itertools.permutations("abc", 2)), list(itertools.accumulate([1, 2, 3]))],
    "json": lambda: [json.dumps({"b": [1.0, None], "a": "ü"}), json.loads('{"x": [1e3, -0.0, "\\u00fc"]}')],
    "math": lambda: [math.pi, math.sqrt(2), math.factorial(20), math.gcd(48, 36), math.comb(50, 25), math.fsum([0.1] * 10)],
    "transcendental": lambda: [math.sin(1), math.exp(1), math.log(10), math.tanh(0.5), math.gamma(5.5), math.pow(2, 0.5)],
    "random": lambda: [random.Random(7).random(), random.Random(7).randint(1, 1000), random.Random(7).sample(range(100), 4)],
    "re": lambda: [re.findall(r"(\w+)@(\w+)\.com", "a@b.com, c@d.com"), re.sub(r"(?P<x>\d+)", lambda m: f"<{m['x']}>", "a1b22")],
    "statistics": lambda: [statistics.mean([1, 2, 4]), statistics.stdev([1, 2, 4]), statistics.median([3, 1, 2])],
    "string": lambda: [string.Template("$a and ${b}").substitute(a=1, b=2), string.capwords("two words")],
    "format": lambda: [f"{3.14159:.2f}", f"{255:#x}", f"{'x':>5}|{'y':^5}|", f"{1234567:,}", "%05d %s" % (42, "z"), f"{0.1:.20f}", f"{1e100:g}"],
    "struct": lambda: [list(struct.pack("<IhB", 1, -2, 255)), struct.unpack(">d", struct.pack(">d", 0.1))[0], struct.calcsize("l")],
    "textwrap": lambda: [textwrap.fill("some words that are wrapped", 12), textwrap.dedent("  a\n    b\n")],
    "typing": lambda: str(typing.get_type_hints(fibonacci)),
    "unicodedata": lambda: [unicodedata.normalize("NFD", "ü"), unicodedata.name("☃"), "ß".upper(), "İ".lower()],
    "urllib-parse": lambda: [urllib.parse.quote("a b/ü"), urllib.parse.urlsplit("https://u:p@h:80/p?q=1#f").port, urllib.parse.parse_qs("a=1&a=2")],
    "uuid": lambda: [str(uuid.uuid5(uuid.NAMESPACE_DNS, "example.com")), str(uuid.UUID(int=7))],
    "zlib": lambda: [zlib.crc32(b"hello"), zlib.decompress(zlib.compress(b"a" * 1000)).decode()[:3]],
    "match": lambda: [match({"kind": "circle", "r": 2}), match([1, 2, 3]), match(5)],
    "classes": lambda: [type("Made", (), {"x": 1}).__name__, dataclasses.make_dataclass("P", ["x"])(3).x],
    "sorting": lambda: sorted(["b", "A", "a", "ü", "Z"], key=str.casefold),
    "slices": lambda: [list(range(10))[::-3], "hello"[-3:], [1, 2, 3][5:]],
    "walrus": lambda: [y for x in range(6) if (y := x * x) % 2],
    "big-numbers": lambda: [str(3**200), 10**30 // 7, -7 // 2, -7 % 3, pow(3, 100, 97), (12345678901234567890).bit_length()],
    "floats": lambda: [0.1 + 0.7, 1 / 3, round(2.5), round(-1.005, 2), float("1e-7"), 1e16, 123456789.123456789, int(-1.9)],
    "eval": lambda: [eval("[x * 2 for x in range(4)]"), (exec("y = 5", scope := {}), scope["y"])[1]],
    "set-order": lambda: [list({1, 2, 3}), sorted({"b", "a"})],
}


def run(kind):
    return KINDS[kind]()
