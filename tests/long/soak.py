"""Every second run ends badly, each time in another way."""

from capsule import task


@task(name="main", timeout="250ms", ram="48MB", compute="HIGH")
def main(turn):
    if turn % 2 == 0:
        return [turn, str(turn) * 10]
    kind = turn // 2 % 5
    if kind == 0:
        while True:
            pass
    if kind == 1:
        return len([bytearray(1_000_000) for _ in range(100)])
    if kind == 2:
        while True:
            print("x" * 1000)
    if kind == 3:
        raise SystemExit(3)
    raise ValueError(turn)
