"""Fills 100 MB with a marker and ends in one of eight ways."""

import sys

from capsule import task


@task(name="main", compute="HIGH", ram="256MB", timeout="1s")
def main(turn, marker):
    kept = bytearray(marker.encode() * (100 * 2**20 // len(marker)))
    text = [marker + str(n) for n in range(1000)]
    way = turn % 8
    if way == 1:
        raise ValueError(marker)
    if way == 2:
        while True:
            pass
    if way == 3:
        return len([kept * 2, kept * 2])
    if way == 4:
        sys.exit(3)
    if way == 5:
        while True:
            print(marker * 100)
    if way == 6:
        return {marker}
    if way == 7:
        return spend(kept, text)
    return [marker, len(kept), len(text)]


@task(name="spend", compute="LOW", ram="256MB", timeout="5s")
def inner(marker):
    kept = bytearray(marker.encode() * (100 * 2**20 // len(marker)))
    while True:
        kept[0] ^= 1


def spend(kept, text):
    outcome = inner(text[0][:16])
    raise RuntimeError(outcome["error"]["error_type"] + str(len(kept)))
