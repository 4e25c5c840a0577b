"""Numbers as results: edges of integers and floats, where a spelling could lose something."""


def integer_edges():
    return [2**31 - 1, 2**31, -(2**31), 2**53, -(2**53) - 1, 2**63 - 1, -(2**63)]


def unsigned_edge():
    return [2**63, 2**64 - 1]


def beyond():
    return [2**64, -(2**63) - 1]


def float_edges():
    return [5e-324, 2.2250738585072014e-308, 1.7976931348623157e308]


def float_spellings():
    return [1.0, 100.0, 1e15, 1e16, 1e17, 123456789012345680.0, 0.0001, 0.00001, 1e-7]


def shortest_digits():
    return [0.1, 0.2, 0.30000000000000004, 1 / 3, 2 / 3, 9007199254740993.0, 4.35, 0.1 + 0.7]


def zeros():
    return [0, 0.0, -0.0]


def in_keys():
    return {0.1: 1, 10**20: 2, -1: 3, 1e16: 4}


def booleans_and_numbers():
    return [True, 1, 1.0, False, 0]


def not_a_number():
    return {"deep": [1.0, float("nan")]}


def infinity():
    return float("inf")


def infinity_as_key():
    return {float("inf"): 1}
