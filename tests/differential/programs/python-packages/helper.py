calls = 0


def double(value):
    return value * 2


def count():
    global calls
    calls += 1
    return calls
