"""Digits of pi out of a stream of fractions: arithmetic with integers that grow."""


def digits():
    numerator, denominator, step, scale = 1, 1, 0, 0
    while True:
        step += 1
        odd = 2 * step + 1
        scale = (scale + 2 * numerator) * odd
        numerator *= step
        denominator *= odd
        if numerator > scale:
            continue
        digit = (3 * numerator + scale) // denominator
        if digit != (4 * numerator + scale) // denominator:
            continue
        yield digit
        scale = 10 * (scale - digit * denominator)
        numerator *= 10


def work(count=1800):
    stream = digits()
    found = "".join(str(next(stream)) for _ in range(count))
    return [found[:12], found[-12:]]
