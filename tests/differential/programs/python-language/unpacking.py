"""Assignment and calls: star expressions, wrong counts, augmented assignment, deletion, chained comparison."""


def swap():
    a, b = 1, 2
    a, b = b, a
    return [a, b]


def too_few():
    a, b, c = [1, 2]


def too_many():
    a, b = "abc"


def nested():
    (a, [b, *c]), d = (1, [2, 3, 4]), 5
    return [a, b, c, d]


def augmented():
    values = other = [1]
    values += [2]
    values = values + [3]
    return [values, other]


def deleted():
    values = {"a": 1, "b": 2}
    del values["a"]
    name = 5
    del name
    return [values, "name" in locals()]


def chained_comparison():
    return [1 < 2 < 3, 1 < 3 > 2, 1 == 1.0 == True]


def short_circuit():
    return [[] or "default", 0 and 1 / 0, None or 0, "a" and "b"]


def conditional():
    return ["yes" if [] else "no", not []]


def loop_else():
    for n in range(3):
        if n == 5:
            break
    else:
        return "not found"


def walrus():
    return [last for value in [1, 5, 2] if (last := value * 2) > 3]


def wrong_call():
    return len(1, 2)


def duplicate_argument():
    def f(a):
        return a

    return f(1, **{"a": 2})


def not_callable():
    value = 5
    return value()


def identity():
    a = [1]
    return [a is a, a == [1], a is [1], None is None]


def zip_strict():
    return list(zip([1, 2], [1], strict=True))


def sorted_mixed():
    return sorted([1, "a"])


def range_shapes():
    return [list(range(5, 0, -2)), range(10)[2:4].start, 5 in range(0, 10, 2), len(range(0))]
