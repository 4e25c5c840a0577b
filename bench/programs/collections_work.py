"""Dictionaries, sets, sorting and comprehensions."""


def work(n=100000):
    index = {}
    for i in range(n):
        index.setdefault((i * 7919) % 1009, []).append(i)
    pairs = sorted(((len(v), k) for k, v in index.items()), reverse=True)
    evens = {x for v in index.values() for x in v if x % 2 == 0}
    odds = set(range(n)) - evens
    return [pairs[0][0], len(evens & set(range(0, n, 3))), sum(sorted(odds)[::1000])]
