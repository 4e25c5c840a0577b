"""Tasks that call tasks: depth, recursion, shared helpers, many of them."""

from capsule import task


@task(name="factorial")
def factorial(n):
    return 1 if n < 2 else n * factorial(n - 1)["result"]


@task(name="is_even")
def is_even(n):
    return True if n == 0 else is_odd(n - 1)["result"]


@task(name="is_odd")
def is_odd(n):
    return False if n == 0 else is_even(n - 1)["result"]


@task(name="square")
def square(n):
    return n * n


@task(name="total")
def total(numbers):
    return sum(square(number)["result"] for number in numbers)


@task(name="deep")
def deep(n):
    return [n, deep(n - 1)] if n else "bottom"


def recursive():
    return factorial(6)["result"]


def mutual():
    return is_even(5)["result"]


def in_a_loop():
    return [square(n)["result"] for n in range(10)]


def two_levels():
    return total([1, 2, 3])["result"]


def envelopes_inside():
    return deep(2)


def in_a_comprehension():
    return {str(n): square(n)["success"] for n in range(3)}


def in_a_generator():
    return sum(answer["result"] for answer in (square(n) for n in range(4)))


def with_map():
    return [answer["result"] for answer in map(square, [2, 3])]


def as_key_of_sort():
    return sorted([-3, 2, -1], key=lambda n: square(n)["result"])


def inside_try():
    try:
        return square("a")["error"]["message"]
    finally:
        square(1)
