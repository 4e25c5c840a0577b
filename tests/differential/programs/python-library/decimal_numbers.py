"""Exact numbers: decimals and fractions, statistics, contexts."""

import decimal
import fractions
import math
import statistics


def sums():
    return [str(decimal.Decimal("0.1") + decimal.Decimal("0.2")), str(decimal.Decimal(0.1))[:20], str(fractions.Fraction(1, 3) + fractions.Fraction(1, 6))]


def rounding():
    return [str(decimal.Decimal("2.675").quantize(decimal.Decimal("0.01"), way)) for way in (decimal.ROUND_HALF_EVEN, decimal.ROUND_HALF_UP, decimal.ROUND_DOWN)]


def precision():
    with decimal.localcontext(prec=5):
        return [str(decimal.Decimal(1) / 3), str(decimal.Decimal(2).sqrt()), str(decimal.Decimal("1E+10") + 1)]


def special():
    return [str(decimal.Decimal("NaN")), str(decimal.Decimal("-Infinity") * 2), str(decimal.Decimal("-0.0")), decimal.Decimal("1.0") == 1]


def division_by_zero():
    return decimal.Decimal(1) / 0


def invalid_operation():
    return decimal.Decimal("1,5")


def mixed_with_float():
    return decimal.Decimal("1") + 1.0


def inexact_trapped():
    with decimal.localcontext() as context:
        context.traps[decimal.Inexact] = True
        return decimal.Decimal(1) / 3


def texts():
    return [f"{decimal.Decimal('1234567.891'):,.2f}", str(decimal.Decimal("1E+3").normalize()), format(decimal.Decimal("1E+3"), "f"), str(decimal.Decimal("12.30").as_tuple().digits)]


def fraction_shapes():
    return [str(fractions.Fraction(0.25)), str(fractions.Fraction("3.14").limit_denominator(10)), fractions.Fraction(7, 2).__round__(), float(fractions.Fraction(1, 8))]


def fraction_of_nothing():
    return fractions.Fraction(1, 0)


def means():
    data = [1, 2, 2, 3, 10]
    return [statistics.mean(data), statistics.median(data), statistics.mode(data), round(statistics.stdev(data), 6), statistics.quantiles(data, n=4)]


def mean_of_nothing():
    return statistics.mean([])


def sums_of_floats():
    return [sum([0.1] * 10), math.fsum([0.1] * 10), math.prod([1.5, 2]), math.dist((0, 0), (3, 4)), math.isclose(0.1 + 0.2, 0.3)]


def integer_functions():
    return [math.gcd(12, 18, 27), math.lcm(4, 6), math.isqrt(99), math.comb(10, 3), math.perm(5, 2), math.factorial(25) // 10**10]
