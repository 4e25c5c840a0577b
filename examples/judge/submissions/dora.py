# Right, and too slow: looks at every beginning and every end, and adds up what is between.
def main(*numbers):
    count = len(numbers)
    return max(sum(numbers[first:last]) for first in range(count) for last in range(first + 1, count + 1))
