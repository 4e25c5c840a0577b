"""Data structures, hashing, compression, databases."""

import abc
import array
import bisect
import bz2
import collections
import contextlib
import copy
import dataclasses
import enum
import functools
import gc
import graphlib
import gzip
import hashlib
import heapq
import hmac
import importlib
import inspect
import io
import itertools
import logging
import lzma
import operator
import pickle
import queue
import random
import secrets
import sqlite3
import sys
import time
import types
import typing
import uuid
import weakref
import xml.etree.ElementTree
import zlib


def hashes():
    assert hashlib.sha256(b"abc").hexdigest() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert hashlib.md5(b"").hexdigest() == "d41d8cd98f00b204e9800998ecf8427e"
    assert hashlib.sha3_256(b"").hexdigest().startswith("a7ffc6f8bf1ed766")
    assert hashlib.blake2b(b"abc", digest_size=8).hexdigest() == "d8bb14d833d59559"
    assert hashlib.pbkdf2_hmac("sha256", b"pw" * 50, b"salt", 1000, 40).hex() == (
        "5cc586b48dca88c05f2054fc2133b99e75a5c2a4"
        "01bcb2adc7b7a1f2054c7568765e1f04a71bc1b0"
    )
    assert hashlib.pbkdf2_hmac("sha1", b"p", b"s", 1).hex() == "843c87e7eda3ee2f64a61c8d1f997842651ddad0"
    assert hmac.new(b"k", b"m", "sha1").hexdigest() == "772b71c8a2997e768be01d9711e4a4f34a24ef33"
    assert {"sha512", "sha3_512", "blake2s", "shake_128"} <= hashlib.algorithms_available
    assert hash("stable") == hash("stable")


def compression():
    data = b"the same words again and again " * 200
    for module in (zlib, bz2, lzma, gzip):
        packed = module.compress(data)
        assert len(packed) < len(data) / 5 and module.decompress(packed) == data, module
    buffer = io.BytesIO()
    with gzip.open(buffer, "wt") as stream:
        stream.write("line\n" * 100)
    assert gzip.decompress(buffer.getvalue()) == b"line\n" * 100
    assert zlib.adler32(b"abc") == 38600999


def database():
    connection = sqlite3.connect(":memory:")
    connection.execute("create table t(id integer primary key, name text, data blob, at real)")
    with connection:
        connection.executemany("insert into t(name, data, at) values (?, ?, ?)", [("a", b"\0\1", 1.5), ("é", None, None)])
    assert connection.execute("select id, name, data, at from t order by id").fetchall() == [
        (1, "a", b"\0\1", 1.5),
        (2, "é", None, None),
    ]
    connection.create_function("double", 1, lambda x: x * 2)
    assert connection.execute("select double(21)").fetchone() == (42,)
    assert connection.execute("select json_extract('{\"a\": [1, 2]}', '$.a[1]')").fetchone() == (2,)
    try:
        connection.execute("select * from absent")
    except sqlite3.OperationalError as error:
        assert "no such table: absent" in str(error)
    connection.close()


@dataclasses.dataclass(order=True)
class Point:
    x: int
    y: int = dataclasses.field(default=0, compare=False)


class Colour(enum.Flag):
    RED = enum.auto()
    BLUE = enum.auto()


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self): ...


def structures():
    assert dataclasses.asdict(Point(1, 2)) == {"x": 1, "y": 2} and Point(1) < Point(2)
    assert Colour.RED | Colour.BLUE == Colour(3)
    with contextlib.suppress(TypeError):
        Shape()
        raise AssertionError("an abstract class was made")
    assert collections.Counter("abca").most_common(1) == [("a", 2)]
    assert list(collections.ChainMap({"a": 1}, {"b": 2})) == ["b", "a"]
    heap = [3, 1, 2]
    heapq.heapify(heap)
    assert heapq.heappop(heap) == 1 and bisect.bisect([1, 2, 3], 2) == 2
    assert array.array("d", [1.5]).tobytes() == b"\0\0\0\0\0\0\xf8?"
    assert list(itertools.batched("abcde", 2))[-1] == ("e",)
    assert functools.reduce(operator.mul, range(1, 21)) == 2432902008176640000
    assert list(graphlib.TopologicalSorter({"b": {"a"}}).static_order()) == ["a", "b"]
    channel = queue.Queue()
    channel.put(1)
    assert channel.get_nowait() == 1
    assert typing.get_type_hints(Point) == {"x": int, "y": int}
    assert types.SimpleNamespace(a=1).a == 1
    tree = xml.etree.ElementTree.fromstring("<a><b c='1'>t</b></a>")
    assert tree.find("b").get("c") == "1" and xml.etree.ElementTree.tostring(tree) == b'<a><b c="1">t</b></a>'


def copying():
    value = {"a": [Point(1, 2)], "b": Colour.RED}
    assert copy.deepcopy(value) == value and pickle.loads(pickle.dumps(value)) == value
    loop = []
    loop.append(loop)
    assert copy.deepcopy(loop)[0] is not loop


def memory():
    class Node:
        pass

    node = Node()
    node.self = node
    seen = []
    weakref.finalize(node, seen.append, 1)
    del node
    gc.collect()
    assert seen == [1]


def randomness():
    generator = random.Random(42)
    assert [generator.randrange(1000) for _ in range(3)] == [654, 114, 25]
    random.seed(42)
    assert random.random() == 0.6394267984578837
    state = random.getstate()
    first = [random.gauss(0, 1) for _ in range(3)]
    random.setstate(state)
    assert [random.gauss(0, 1) for _ in range(3)] == first
    assert len(secrets.token_hex(16)) == 32 and uuid.uuid4().version == 4 and uuid.uuid1().version == 1
    assert uuid.uuid5(uuid.NAMESPACE_DNS, "python.org") == uuid.UUID("886313e1-3b8a-5372-9b90-0c9aee199e5d")


def logs():
    stream = io.StringIO()
    logger = logging.getLogger("test")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s %(relativeCreated)d"))
    logger.addHandler(handler)
    logger.warning("careful %s", 1)
    text, _, age = stream.getvalue().strip().rpartition(" ")
    assert text == "WARNING test careful 1"
    assert 0 <= int(age) < 600_000, f"logging believes to be {age} ms old"


def introspection():
    assert str(inspect.signature(Point)) == "(x: int, y: int = 0) -> None"
    assert importlib.import_module("colorsys").rgb_to_hsv(1, 0, 0) == (0.0, 1.0, 1.0)
    space = {}
    exec("def f(n):\n    return n + 1", space)
    assert space["f"](1) == 2 and eval("f(2)", space) == 3
    assert sys.version_info[:2] == (3, 13) and sys.platform == "wasi" and sys.maxsize == 2**31 - 1
    assert time.time() > 1_700_000_000 and time.perf_counter_ns() > 0


def main():
    parts = [hashes, compression, database, structures, copying, memory, randomness, logs, introspection]
    for part in parts:
        part()
    return [part.__name__ for part in parts]
