"""Big integers and decimals."""

from decimal import Decimal, getcontext


def work(digits=1200):
    getcontext().prec = 60
    total = sum((Decimal(1) / Decimal(k) ** 2 for k in range(1, 16000)), Decimal(0))
    a, b = 1, 1
    for _ in range(digits * 12):
        a, b = b, a + b
    return [str(total)[:20], a % 1000007, pow(3, a % 10007, 10**40) % 997]
