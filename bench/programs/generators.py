"""Generators, closures, exceptions, recursion."""


def primes(limit):
    sieve = bytearray([1]) * (limit + 1)
    for n in range(2, limit + 1):
        if sieve[n]:
            yield n
            sieve[n * n::n] = bytes(len(range(n * n, limit + 1, n)))


def queens(n, row=0, columns=0, left=0, right=0):
    if row == n:
        return 1
    free, found = ~(columns | left | right) & ((1 << n) - 1), 0
    while free:
        bit = free & -free
        free ^= bit
        found += queens(n, row + 1, columns | bit, (left | bit) << 1, (right | bit) >> 1)
    return found


def work():
    caught = 0
    for i in range(30000):
        try:
            if i % 3 == 0:
                raise KeyError(i)
        except KeyError:
            caught += 1
    return [sum(primes(200000)), queens(8), caught]
