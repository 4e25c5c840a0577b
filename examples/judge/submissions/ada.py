# Keeps the best sum that ends here, and the best of all.
def main(*numbers):
    best = ending_here = numbers[0]
    for number in numbers[1:]:
        ending_here = max(number, ending_here + number)
        best = max(best, ending_here)
    return best
