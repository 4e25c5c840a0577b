"""What the interpreter is trained on: everyday work of many kinds, each for a fraction of a second.

None of it is a benchmark's program: what is measured must not be what was trained for.
"""

import array
import ast
import asyncio
import base64
import binascii
import bisect
import bz2
import collections
import contextlib
import copy
import csv
import dataclasses
import datetime
import decimal
import difflib
import enum
import fractions
import functools
import hashlib
import heapq
import hmac
import html
import io
import itertools
import json
import lzma
import marshal
import math
import operator
import pickle
import pprint
import random
import re
import sqlite3
import statistics
import string
import struct
import textwrap
import tokenize
import traceback
import unicodedata
import urllib.parse
import xml.etree.ElementTree
import zlib

from capsule import task

WORDS = ("the quick brown fox jumps over a lazy dog while seven wizards make toxic brew for the evil queen and jack "
         "who never liked pudding but always asked about it in a very polite tone").split()


def text(rounds):
    """Splits, joins, formats, counts and searches."""
    total = 0
    for n in range(rounds):
        line = " ".join(WORDS[n % 7:] + WORDS[:n % 7])
        counts = {}
        for word in line.split():
            counts[word] = counts.get(word, 0) + 1
        parts = [f"{word}={count:>3}" for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
        joined = ";".join(parts).upper().replace("=", ":").strip()
        total += len(joined) + joined.count("E") + joined.find("WIZARDS") + (joined.startswith("A") and 1)
        out = []
        for character in joined:
            if character.isalpha():
                out.append(chr((ord(character) - 65 + 13) % 26 + 65))
            elif character in string.digits:
                out.append(character)
        total += len("".join(out)) + hash("".join(out)) % 2
        total += len("%s-%d-%.3f" % (joined[:5], n, n / 7)) + len("{:>10}|{!r}".format(joined[:4], n))
        total += len(textwrap.shorten(joined, 40)) if n % 16 == 0 else 0
        total += len(joined.encode("utf-8").decode("ascii").title().casefold().partition(":")[2])
    return total


class Shape:
    """Attributes, properties and methods, overridden and inherited."""

    sides = 0

    def __init__(self, name, scale=1.0):
        self.name = name
        self.scale = scale

    @property
    def label(self):
        return self.name + str(self.sides)

    def area(self):
        raise NotImplementedError

    def __lt__(self, other):
        return self.area() < other.area()

    def __eq__(self, other):
        return isinstance(other, Shape) and self.area() == other.area()

    __hash__ = object.__hash__


class Square(Shape):
    sides = 4

    def area(self):
        return self.scale * self.scale


class Circle(Shape):
    __slots__ = ("extra",)

    def area(self):
        return math.pi * self.scale ** 2


class Ring(Circle):
    def area(self):
        return super().area() - math.pi * (self.scale / 2) ** 2


@dataclasses.dataclass(order=True)
class Entry:
    priority: int
    name: str = dataclasses.field(compare=False)
    tags: list = dataclasses.field(default_factory=list, compare=False)


class Colour(enum.Enum):
    RED = 1
    GREEN = 2
    BLUE = 3


def objects(rounds):
    total = 0.0
    kinds = (Square, Circle, Ring)
    for n in range(rounds):
        shapes = [kinds[i % 3](f"s{i}", 1.0 + (i * 7 + n) % 11) for i in range(30)]
        shapes.sort()
        total += sum(shape.area() for shape in shapes) + len(shapes[0].label) + max(shapes).scale
        entries = [Entry((i * 37 + n) % 101, "e") for i in range(20)]
        heapq.heapify(entries)
        while entries:
            total += heapq.heappop(entries).priority
        colours = collections.Counter(Colour(1 + i % 3) for i in range(12))
        total += colours[Colour.RED] + len(Colour.GREEN.name)
        for shape in shapes:
            if isinstance(shape, Circle) and not isinstance(shape, Ring):
                shape.extra = n
                total += getattr(shape, "extra", 0) + hasattr(shape, "missing")
    return total


def grid(size, rounds):
    """Nested lists and integers: a cellular world, sums along its rows, a spiral through it."""
    cells = [[(x * y + x) % 3 == 0 for x in range(size)] for y in range(size)]
    for _ in range(rounds):
        after = []
        for y in range(size):
            row = []
            above, here, below = cells[y - 1], cells[y], cells[(y + 1) % size]
            for x in range(size):
                left, right = x - 1, (x + 1) % size
                around = (above[left] + above[x] + above[right] + here[left] + here[right] + below[left] + below[x] + below[right])
                row.append(around == 3 or (here[x] and around == 2))
            after.append(row)
        cells = after
    x = y = total = 0
    dx, dy = 1, 0
    seen = set()
    for step in range(size * size):
        total += cells[y][x] * step
        seen.add((x, y))
        if not (0 <= x + dx < size and 0 <= y + dy < size) or (x + dx, y + dy) in seen:
            dx, dy = -dy, dx
        x, y = x + dx, y + dy
    return total + sum(map(sum, zip(*cells)))


def numbers(rounds):
    """Integers small and large, floats, fractions, decimals."""
    total = 0
    for n in range(2, rounds):
        a, b = n * 7919, n
        while b:
            a, b = b, a % b
        total += a + (n ^ (n >> 3)) % 17 + (n << 5 & 255) + n.bit_length() + divmod(n, 7)[1] - (-n // 3)
        x = n / 3.0
        for _ in range(4):
            x = 0.5 * (x + n / x)
        total += x + math.sin(x) * math.cos(n) + abs(-x) ** 0.5 + round(x, 2) + math.floor(x) + (x > 3.5) + min(x, 2.0)
        if n % 64 == 0:
            big = 3 ** n * 7 + 1
            total += big % 1000007 + len(str(big)) + (big >> 40) % 3 + pow(7, n, 1009) + math.isqrt(big) % 5
            total += float(fractions.Fraction(n, 7) + fractions.Fraction(3, n + 1))
            total += float(decimal.Decimal(n) / decimal.Decimal("3.7"))
    total += statistics.fmean(range(100)) + statistics.pstdev([1.5, 2.5, 9.0])
    return total


def fit(count):
    """Floats in loops: a line through points, areas under a curve, a root by halving, a signal taken apart."""
    points = [(n * 0.25, 3.0 - n * 0.125 + (n * 37 % 11 - 5) / 10) for n in range(count)]
    sx = sy = sxx = sxy = 0.0
    for x, y in points:
        sx += x
        sy += y
        sxx += x * x
        sxy += x * y
    slope = (count * sxy - sx * sy) / (count * sxx - sx * sx)
    area, step = 0.0, 4.0 / count
    for n in range(count):
        x = n * step
        area += ((0.5 * x - 1.25) * x + 2.0) * x * step if n % 2 else math.exp(-x) * step
    low, high = 0.0, 8.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        if middle ** 3 - 2.0 * middle < 5.0:
            low = middle
        else:
            high = middle
    wave = [math.sin(n / 3.0) + 0.5 * math.cos(n / 5.0) for n in range(64)]
    powers = [abs(sum(value * complex(math.cos(0.1 * k * n), -math.sin(0.1 * k * n)) for n, value in enumerate(wave))) for k in range(24)]
    return slope + area + low + max(powers)


def containers(rounds):
    total = 0
    for n in range(rounds):
        squares = {i: i * i for i in range(n % 40)}
        evens = {i for i in squares.values() if not i & 1}
        pairs = [(a, b) for a in range(6) for b in range(a) if (a + b) % 2]
        table = collections.defaultdict(list)
        for a, b in pairs:
            table[a].append(b)
        queue = collections.deque(range(20), maxlen=15)
        queue.rotate(3)
        queue.appendleft(queue.pop())
        merged = {**squares, "n": n} | {"m": 1}
        first, *middle, last = sorted(evens | {1, 2, 3})
        total += first + last + len(middle) + len(merged) + sum(queue) + sum(len(v) for v in table.values())
        numbers_ = list(range(30))
        random.Random(n).shuffle(numbers_)
        numbers_.sort(key=lambda value: -value)
        numbers_[3:9] = reversed(numbers_[3:9])
        del numbers_[::5]
        total += bisect.bisect(sorted(numbers_), 12) + numbers_.index(7 if 7 in numbers_ else numbers_[0])
        total += functools.reduce(operator.add, itertools.chain(numbers_, itertools.islice(itertools.count(), 5)))
        total += len(list(itertools.groupby(sorted(str(n * 12345))))) + len(list(zip(numbers_, itertools.cycle("ab"))))
        point = collections.namedtuple("Point", "x y") if n == 0 else None
        total += point(1, 2).x if point else 0
        total += len(bytes(range(20)).hex()) + struct.unpack("<IH", struct.pack("<IH", n, 7))[0]
        memory = bytearray(40)
        memory[5:9] = b"abcd"
        total += sum(memory) + memoryview(memory)[6]
        if "m" in merged and n not in merged or not pairs:
            merged.pop("m", None)
        for key, value in merged.items():
            total += 1 if key else value and 0
    return total


def tree(depth):
    """Recursion over tuples, generators that delegate, closures."""

    def build(level, label):
        return None if level == 0 else (build(level - 1, label * 2), label, build(level - 1, label * 2 + 1))

    def walk(node):
        if node is not None:
            left, label, right = node
            yield from walk(left)
            yield label
            yield from walk(right)

    def counter():
        count = 0

        def add(amount):
            nonlocal count
            count += amount
            return count

        return add

    add = counter()
    for label in walk(build(depth, 1)):
        add(label % 3)

    @functools.cache
    def ways(n, coins):
        if n == 0:
            return 1
        if n < 0 or not coins:
            return 0
        return ways(n - coins[0], coins) + ways(n, coins[1:])

    def ackermann(m, n):
        if m == 0:
            return n + 1
        return ackermann(m - 1, 1 if n == 0 else ackermann(m, n - 1))

    return add(0) + ways(120, (50, 20, 10, 5, 2, 1)) + ackermann(2, 30)


class Refused(Exception):
    pass


def failures(rounds):
    """Exceptions raised, caught, chained and cleaned up after."""
    total = 0

    @contextlib.contextmanager
    def counted():
        nonlocal total
        try:
            yield
        finally:
            total += 1

    for n in range(rounds):
        try:
            with counted():
                if n % 3 == 0:
                    raise Refused(n)
                if n % 3 == 1:
                    {}["missing"]
                int("12" if n % 2 else "x")
        except Refused as refused:
            total += refused.args[0] % 2
        except (KeyError, ValueError) as error:
            try:
                raise RuntimeError("again") from error
            except RuntimeError as again:
                total += len(str(again.__cause__)) % 3
        else:
            total += 2
    return total


def tokens(source):
    pattern = re.compile(r"(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<op>[-+*/()=])|(?P<space>\s+)")
    for match in pattern.finditer(source):
        if match.lastgroup != "space":
            yield match.lastgroup, match.group()


def parse(source):
    """A calculator: expression, term, factor."""
    stream = list(tokens(source)) + [("end", "")]
    place = 0

    def take():
        nonlocal place
        place += 1
        return stream[place - 1]

    def factor():
        kind, value = take()
        if value == "(":
            result = expression()
            take()
            return result
        if value == "-":
            return -factor()
        return float(value) if kind == "number" else float(len(value))

    def term():
        result = factor()
        while stream[place][1] in ("*", "/"):
            result = result * factor() if take()[1] == "*" else result / (factor() or 1.0)
        return result

    def expression():
        result = term()
        while stream[place][1] in ("+", "-"):
            result = result + term() if take()[1] == "+" else result - term()
        return result

    return expression()


def library(rounds):
    """Modules written in C, and the Python around them."""
    total = 0
    for n in range(rounds):
        record = {"id": n, "name": WORDS[n % len(WORDS)], "tags": WORDS[:5], "nested": {"a": [1, 2.5, None, True], "b": "ü\n"}}
        data = json.dumps(record, sort_keys=n % 2 == 0, indent=2 if n % 8 == 0 else None)
        total += len(json.loads(data)["nested"]["a"]) + len(data)
        total += hashlib.sha256(data.encode()).digest()[0] + zlib.crc32(data.encode()) % 7
        total += parse("3 + 4 * (2 - 1.5) / width - -(depth * 2)")
        total += len(re.sub(r"(\w+)@(\w+)\.com", r"\2 at \1", "ann@example.com, bob@test.com; none")) + bool(re.match(r"^a.*z$", "abcz"))
        total += len(re.split(r"[,;]\s*", "a, b;c,  d")) + len(re.findall(r"[aeiou]{1,2}", " ".join(WORDS)))
        day = datetime.date(2024, 1, 1) + datetime.timedelta(days=n)
        total += day.toordinal() % 7 + len(day.isoformat()) + day.weekday()
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerows([[n, word, len(word)] for word in WORDS[:6]])
        total += sum(int(row[2]) for row in csv.reader(io.StringIO(out.getvalue())))
        if n % 4 == 0:
            total += len(zlib.decompress(zlib.compress(data.encode() * 4)))
            total += datetime.datetime(2024, 2, 29, 12, 30).strftime("%Y-%m-%d %H:%M").count("2")
            namespace = {}
            exec(compile(f"def f(x):\n    return [x + i for i in range({n % 5})]\nvalue = f(2)", "<made>", "exec"), namespace)
            total += len(namespace["value"])
    return total


def walks(limit):
    """Integers in loops and bytes as a table: how long a number's walk to one takes, digits, bits, runs."""
    lengths = bytearray(limit)
    longest = 0
    for start in range(2, limit):
        n, steps = start, 0
        while n >= start:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        lengths[start] = (steps + lengths[n]) & 255
        if lengths[start] > longest:
            longest = lengths[start]
    digits = [0] * 10
    for n in range(0, limit, 3):
        while n:
            n, digit = divmod(n, 10)
            digits[digit] += 1
    mask, ones = 0x2545F491, 0
    for n in range(limit // 2):
        mask ^= (mask << 13) & 0xFFFFFFFF
        mask ^= mask >> 17
        mask ^= (mask << 5) & 0xFFFFFFFF
        ones += (mask & 1) + ((mask >> (n & 7)) & 3)
    runs, last = [], None
    for length in lengths[:4000]:
        if length == last:
            runs[-1][1] += 1
        else:
            runs.append([length, 1])
            last = length
    return longest + max(digits) + ones + len(runs)


def edit_distance(a, b):
    previous = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        current = [i]
        for j, y in enumerate(b, 1):
            current.append(min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (x != y)))
        previous = current
    return previous[-1]


def search(width):
    """Shortest ways through a maze, by a queue and by a heap."""
    walls = {(x, y) for x in range(width) for y in range(width) if (x * 13 + y * 7) % 5 == 0}
    start, queue, distance = (1, 1), collections.deque([(1, 1)]), {(1, 1): 0}
    while queue:
        x, y = queue.popleft()
        for place in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
            if 0 <= place[0] < width and 0 <= place[1] < width and place not in walls and place not in distance:
                distance[place] = distance[x, y] + 1
                queue.append(place)
    best, heap = {start: 0}, [(0, start)]
    while heap:
        cost, (x, y) = heapq.heappop(heap)
        if cost > best[x, y]:
            continue
        for dx, dy in ((1, 0), (0, 1), (-1, 0), (0, -1)):
            place = (x + dx, y + dy)
            if place in distance:
                new = cost + 1 + (place[0] ^ place[1]) % 3
                if new < best.get(place, 1 << 30):
                    best[place] = new
                    heapq.heappush(heap, (new, place))
    return max(distance.values()) + max(best.values())


def intervals(count):
    """Operators on small objects of one's own: bounds that contain what a computation may answer."""

    class Interval:
        __slots__ = ("low", "high")

        def __init__(self, low, high):
            self.low = low
            self.high = high

        def __sub__(self, other):
            return Interval(self.low - other.high, self.high - other.low)

        def __rmul__(self, scale):
            ends = scale * self.low, scale * self.high
            return Interval(min(ends), max(ends))

        def __or__(self, other):
            return Interval(min(self.low, other.low), max(self.high, other.high))

        def __contains__(self, value):
            return self.low <= value <= self.high

        def __lt__(self, other):
            return self.high < other.low

        def __bool__(self):
            return self.high > self.low

        @property
        def width(self):
            return self.high - self.low

    inside, seen = 0, Interval(0.0, 0.0)
    for n in range(count):
        step = -0.5 * Interval(n % 7, n % 11 + 7.25) - Interval(n % 3, n % 3 + 0.125)
        inside += -4.0 in step
        if step and step < seen:
            inside += 1
        if seen.width < 1e3:
            seen = seen | step
    return inside + seen.width


async def double(value):
    return value * 2


async def together(rounds):
    total = 0
    for n in range(rounds):
        total += await double(n)
    return total


def coroutine(rounds):
    running = together(rounds)
    try:
        while True:
            running.send(None)
    except StopIteration as stop:
        return stop.value


TABLES = """
create table place (id integer primary key, name text not null, size real, parent integer references place);
create index place_name on place (name);
create table visit (place integer, day text, note text);
"""


def database(rounds):
    """A database in memory: inserts, joins, aggregates, an index, a transaction that is undone."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(TABLES)
    total = 0
    for n in range(rounds):
        connection.execute("insert into place (name, size, parent) values (?, ?, ?)", (WORDS[n % len(WORDS)] + str(n), n / 7, n // 3 or None))
        connection.executemany("insert into visit values (?, date('2024-01-01', ?), ?)",
                               [(n // 2 + i, f"+{(n * 7 + i) % 300} days", WORDS[(n + i) % 9] * 3) for i in range(4)])
        if n % 20 == 0:
            total += len(connection.execute("""select p.name, count(*), max(v.day), group_concat(v.note, ';') from place p join visit v
                on v.place = p.id where p.size < ? and v.note like '%e%' group by p.name having count(*) > 1
                order by 2 desc, 1 limit 20""", (n,)).fetchall())
            total += connection.execute("select count(*) from place where name between 'b' and 'm'").fetchone()[0]
            connection.execute("update visit set note = upper(note) where place = ?", (n,))
    connection.commit()
    connection.execute("delete from visit where day > '2024-06-01'")
    connection.rollback()
    return total + connection.execute("select count(*) from visit").fetchone()[0]


def packing(rounds):
    """Compression, digests, encodings and serialisation, of text that repeats itself a little."""
    total = 0
    for n in range(rounds):
        data = " ".join(WORDS[(n * i) % len(WORDS)] + str(i % 17) for i in range(400)).encode()
        for module in (zlib, bz2, lzma):
            total += module.decompress(module.compress(data)) == data
        for name in ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b", "blake2s"):
            total += hashlib.new(name, data).digest()[3]
        total += hmac.digest(b"key", data, "sha256")[0] + binascii.crc32(data) % 3
        total += len(base64.b64decode(base64.b64encode(data))) + len(data.hex()) + len(bytes.fromhex(data.hex()))
        things = [Square("a"), {"k": (1, 2.5, None, b"x")}, {1, 2}, data.decode(), datetime.date(2024, 1, 2), 2**70]
        total += len(pickle.loads(pickle.dumps(things))) + len(copy.deepcopy(things))
        total += len(marshal.dumps((1, "a", 2.5, (None,)))) + array.array("d", range(50)).tobytes()[9]
    return total


def documents(rounds):
    """Markup, comparison of texts, Unicode, templates, dates as people write them, source code."""
    total = 0
    for n in range(rounds):
        root = xml.etree.ElementTree.fromstring("<a x='1'>" + "".join(f"<b n='{i}'>t&amp;{i}</b><!-- c -->" for i in range(40)) + "</a>")
        total += sum(int(child.get("n")) for child in root.iter("b")) + len(xml.etree.ElementTree.tostring(root))
        total += len(html.unescape(html.escape("<a href='x'>" * 9))) + len(urllib.parse.urlparse("https://u@h.org:80/p;q?a=1&b=%20#f").query)
        total += round(difflib.SequenceMatcher(None, " ".join(WORDS), " ".join(WORDS[n % 5:] + WORDS[:3])).ratio() * 100)
        for text_ in ("Stra\u00dfe \u00c5ngstr\u00f6m", "\u65e5\u672c\u8a9e \u30c6\u30ad\u30b9\u30c8", "\U0001f40d snake \u0416\u0443\u043a"):
            total += len(unicodedata.normalize("NFKD", text_)) + len(text_.encode("utf-16")) + len(text_.casefold().split()) + text_.isidentifier()
            total += len(re.findall(r"\w+(?=\s)|[^\W\d_]$", text_, re.I)) + len(text_.translate({0xdf: "ss", 0x416: None}))
        total += datetime.datetime.strptime(f"2024-0{n % 9 + 1}-11 10:2{n % 9}", "%Y-%m-%d %H:%M").minute
        total += len(list(tokenize.generate_tokens(io.StringIO("def f(a, *b):\n    return a[1:2] @ b  # c\n").readline)))
        total += len(ast.dump(ast.parse("for i in (x ** 2 for x in y if x):\n    print(f'{i!r:>4}')\nelse:\n    pass\n")))
        total += len(string.Template("$a and ${b}").substitute(a=n, b=-n)) + len(repr(WORDS)) + len(pprint.pformat({"k": WORDS}))
        total += len("\n".join(traceback.format_stack())) > 0
        with decimal.localcontext() as context:
            context.prec = 40
            total += len(str(decimal.Decimal(n + 2).sqrt() * decimal.Decimal("1.0001") ** 7 // 1))
    return total


def many_at_once(rounds):
    """Coroutines on an event loop, a queue between them."""

    async def produce(queue, count):
        for n in range(count):
            await queue.put(n)
            if n % 10 == 0:
                await asyncio.sleep(0)
        await queue.put(None)

    async def consume(queue):
        total = 0
        while (item := await queue.get()) is not None:
            total += item
        return total

    async def run():
        queue = asyncio.Queue(maxsize=7)
        async with asyncio.timeout(60):
            return (await asyncio.gather(consume(queue), produce(queue, rounds)))[0]

    return asyncio.run(run())


@task(name="small")
def small(n, words):
    """What most calls are: little work on little data, in a sandbox of its own."""
    return {"n": n, "words": sorted(words), "total": sum(map(len, words))}


@task(name="main", compute=10 ** 12, ram="512MB")
def main():
    return [str(value)[:12] for value in (
        database(300), packing(25), documents(60), many_at_once(1500),
        sum(small.value(n, WORDS[:n % 9])["total"] for n in range(300)),
        text(1200), objects(250), grid(32, 40), numbers(9000), fit(20000), containers(900), tree(12), failures(9000),
        library(350), walks(25000), sum(edit_distance(a, b) for a in WORDS for b in WORDS), search(70), intervals(25000), coroutine(15000))]
