"""Permutations and reversals: list slices and integer loops."""

from itertools import permutations


def work(n=8):
    most = checksum = 0
    for number, permutation in enumerate(permutations(range(n))):
        p = list(permutation)
        flips = 0
        while p[0]:
            k = p[0] + 1
            p[:k] = p[k - 1::-1] if k == len(p) else p[:k][::-1]
            flips += 1
        most = max(most, flips)
        checksum += flips if number % 2 == 0 else -flips
    return [most, checksum]
