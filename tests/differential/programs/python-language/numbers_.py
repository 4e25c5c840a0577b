"""Arithmetic: division, rounding, bits, large integers, what overflows."""

import math


def division():
    return [7 // 2, -7 // 2, 7 % -3, divmod(-7, 3), 7 / 2, -7 % 2.5, math.fmod(-7, 3)]


def rounding():
    return [round(0.5), round(1.5), round(2.675, 2), round(1234, -2), math.floor(-0.5), math.ceil(-0.5), int(-3.9)]


def bits():
    return [5 & 3, 5 | 3, 5 ^ 3, ~5, 1 << 40, -1 >> 3, (255).bit_count(), bin(-5), hex(255), oct(8)]


def large():
    return [2**63, -(2**63), 2**64 - 1]


def larger():
    return [2**64, 3**50, -(10**25)]


def power():
    return [2**-1, 0**0, pow(7, -1, 11), (-8) ** (1 / 3) == complex(1, 3**0.5)]


def integer_texts():
    return [int("-0b101", 0), int("zz", 36), int(" 12_000 "), str(10**30), f"{10**20:,}", f"{-42:08d}", f"{255:b}"]


def float_texts():
    return [repr(0.1 + 0.2), f"{1e-7}", f"{1e16}", f"{123456.789:.1f}", f"{0.000123:.2e}", f"{0.25:.0%}", str(1e300 * 10)]


def special():
    return [str(float("nan")), str(-math.inf), math.isnan(math.nan), math.inf > 10**400]


def too_large_for_float():
    return float(10**400)


def overflow():
    return math.exp(1000)


def zero():
    return 1.0 / 0


def modulo_zero():
    return 5 % 0


def domain():
    return math.sqrt(-1)


def bad_text():
    return int("12x")


def digits_limit():
    return len(str(10**5000))


def booleans():
    return [True + True, sum([True, False, True]), True == 1, isinstance(True, int)]


def complex_numbers():
    return [str((1 + 2j) * (3 - 1j)), abs(3 + 4j)]


def float_methods():
    return [(0.1).as_integer_ratio(), (2.0).is_integer(), (1.5).hex(), float.fromhex("0x1.8p+1"), math.ulp(1.0), math.nextafter(1, 2)]
