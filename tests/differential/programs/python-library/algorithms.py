"""Programs as they are written to practise: sorting, searching, graphs, puzzles."""

import heapq
import itertools
import random


def primes():
    sieve = bytearray([1]) * 200
    for n in range(2, 15):
        if sieve[n]:
            sieve[n * n::n] = bytes(len(range(n * n, 200, n)))
    return [n for n in range(2, 200) if sieve[n]][-5:]


def shortest_path():
    graph = {"a": {"b": 7, "c": 3}, "b": {"d": 1}, "c": {"b": 2, "d": 8}, "d": {}}
    best, queue = {}, [(0, "a", ["a"])]
    while queue:
        cost, node, path = heapq.heappop(queue)
        if node not in best:
            best[node] = [cost, path]
            for other, weight in graph[node].items():
                heapq.heappush(queue, (cost + weight, other, [*path, other]))
    return best


def queens():
    def place(row, columns):
        if row == 6:
            yield list(columns)
            return
        for column in range(6):
            if all(column != c and abs(column - c) != row - r for r, c in enumerate(columns)):
                yield from place(row + 1, [*columns, column])

    return list(place(0, []))


def knapsack():
    best = [0] * 11
    for weight, value in [(2, 3), (3, 4), (4, 5), (5, 8)]:
        for room in range(10, weight - 1, -1):
            best[room] = max(best[room], best[room - weight] + value)
    return best


def game_of_life():
    alive = {(1, 0), (1, 1), (1, 2)}
    counts = {}
    for x, y in alive:
        for dx, dy in itertools.product((-1, 0, 1), repeat=2):
            if dx or dy:
                counts[x + dx, y + dy] = counts.get((x + dx, y + dy), 0) + 1
    return sorted(cell for cell, count in counts.items() if count == 3 or count == 2 and cell in alive)


def permutations():
    return ["".join(p) for p in itertools.permutations("abc")], sum(1 for _ in itertools.combinations(range(10), 4))


def matrix():
    a = [[1, 2], [3, 4]]
    return [list(row) for row in zip(*a)], [[sum(x * y for x, y in zip(row, column)) for column in zip(*a)] for row in a]


def edit_distance():
    a, b = "kitten", "sitting"
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]


def seeded_random():
    generator = random.Random(42)
    values = list(range(10))
    generator.shuffle(values)
    return [values, generator.choice("abc"), generator.gauss(0, 1), generator.randrange(0, 100, 7), generator.choices([1, 2], [1, 9], k=5)]


def hanoi():
    moves = []

    def move(n, a, b, c):
        if n:
            move(n - 1, a, c, b)
            moves.append(a + c)
            move(n - 1, b, a, c)

    move(4, "a", "b", "c")
    return [len(moves), moves[:3]]


def stable_sort():
    return sorted([("b", 1), ("a", 1), ("a", 0)], key=lambda pair: pair[1]), sorted("bca", reverse=True)
