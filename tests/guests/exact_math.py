"""The functions of libm to 60 digits, to judge by how much a guest's differ from the true values.

The host's own libm is no measure: it rounds in its own way, and differs between machines.
"""

import decimal
import math
import random
from decimal import Decimal

CONTEXT = decimal.Context(prec=60, Emax=10**6, Emin=-(10**6))
#: Terms of a series end below this.
SMALL = Decimal("1e-75")


def series(first, following):
    """The sum of a series; following(term, n) makes the n-th term out of the one before."""
    total, term, n = first, first, 0
    while abs(term) > SMALL * abs(total):
        n += 1
        term = following(term, n)
        total += term
    return total


def atan(x):
    if not x:
        return x
    halvings = 0
    while abs(x) > Decimal("0.05"):
        x = x / (1 + (1 + x * x).sqrt())
        halvings += 1
    power = x
    total, n = x, 1
    while abs(power) > SMALL * abs(total):
        power *= -x * x
        n += 2
        total += power / n
    return total * 2**halvings


with decimal.localcontext(CONTEXT) as wide:
    wide.prec = 120
    LN2 = Decimal(2).ln()
    HALF_PI = 2 * (4 * atan(1 / Decimal(5)) - atan(1 / Decimal(239)))


def quadrant(x):
    """Which quarter turn is nearest, and what x has beyond it."""
    turns = (x / HALF_PI).to_integral_value()
    with decimal.localcontext(CONTEXT) as wide:
        wide.prec = 120
        return int(turns) % 4, x - turns * HALF_PI


def small_sin(x):
    return series(x, lambda term, n: -term * x * x / (2 * n * (2 * n + 1)))


def small_cos(x):
    return series(Decimal(1), lambda term, n: -term * x * x / (2 * n * (2 * n - 1)))


def sin(x):
    turns, rest = quadrant(x)
    return (small_cos if turns % 2 else small_sin)(rest) * (-1 if turns > 1 else 1)


def cos(x):
    turns, rest = quadrant(x)
    return (small_sin if turns % 2 else small_cos)(rest) * (-1 if turns in (1, 2) else 1)


def expm1(x):
    return x.exp() - 1 if abs(x) > 1 else series(x, lambda term, n: term * x / (n + 1))


def sinh(x):
    return (expm1(x) - expm1(-x)) / 2


def cosh(x):
    return (x.exp() + (-x).exp()) / 2


FUNCTIONS = {
    "exp": Decimal.exp,
    "exp2": lambda x: (x * LN2).exp(),
    "expm1": expm1,
    "log": Decimal.ln,
    "log2": lambda x: x.ln() / LN2,
    "log10": Decimal.log10,
    "log1p": lambda x: (1 + x).ln(),
    "cbrt": lambda x: ((abs(x).ln() / 3).exp()).copy_sign(x),
    "sin": sin,
    "cos": cos,
    "tan": lambda x: sin(x) / cos(x),
    "asin": lambda x: atan(x / ((1 - x) * (1 + x)).sqrt()),
    "acos": lambda x: 2 * atan(((1 - x) / (1 + x)).sqrt()),
    "atan": atan,
    "sinh": sinh,
    "cosh": cosh,
    "tanh": lambda x: sinh(x) / cosh(x),
    "asinh": lambda x: (abs(x) + (x * x + 1).sqrt()).ln().copy_sign(x),
    "acosh": lambda x: (x + ((x - 1) * (x + 1)).sqrt()).ln(),
    "atanh": lambda x: ((1 + x) / (1 - x)).ln() / 2,
}

#: Where each function is looked at, and by how many units in the last place (ulp) it may be off. exp, log and their like are
#: all but correctly rounded; the others are as good as their author says.
DOMAINS = {
    "exp": (-700, 700, 0.52),
    "exp2": (-1000, 1000, 0.52),
    "expm1": (-3, 3, 0.8),
    "log": (0.5, 2, 0.52),
    "log2": (0.5, 2, 0.55),
    "log10": (0.5, 2, 0.8),
    "log1p": (-0.9, 3, 0.8),
    "cbrt": (-1000, 1000, 0.7),
    "sin": (-1e5, 1e5, 0.8),
    "cos": (-1e5, 1e5, 0.8),
    "tan": (-1e5, 1e5, 0.9),
    "asin": (-1, 1, 0.8),
    "acos": (-1, 1, 0.8),
    "atan": (-5, 5, 0.8),
    "sinh": (-20, 20, 1.2),
    "cosh": (-20, 20, 1),
    "tanh": (-3, 3, 1.5),
    "asinh": (-20, 20, 1.2),
    "acosh": (1, 20, 1.2),
    "atanh": (-0.99, 0.99, 1.5),
}
#: Numbers of any size, the subnormal ones too, for the functions that take them.
ANY_SIZE = ("log", "log2", "log10", "cbrt")
POINTS = 200


def points(name):
    """The same arguments each time."""
    generator = random.Random(name)
    low, high, _ = DOMAINS[name]
    found = [generator.uniform(low, high) for _ in range(POINTS)]
    if name in ANY_SIZE:
        found += [math.ldexp(generator.uniform(1, 2), exponent) for exponent in range(-1074, 1024, 10)]
    return found


def too_far(name, values):
    """Of a function's values at its points, those that are off by more than they may: (argument, value, ulp)."""
    found = []
    with decimal.localcontext(CONTEXT):
        for argument, value in zip(points(name), values, strict=True):
            exact = FUNCTIONS[name](Decimal(argument))
            error = abs(Decimal(value) - exact) / Decimal(math.ulp(float(exact)))
            if error > DOMAINS[name][2]:
                found.append((argument, value, float(error)))
    return found
