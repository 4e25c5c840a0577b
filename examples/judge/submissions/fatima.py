# Forgets that a list may have one number only.
def main(first, second, *others):
    ending_here = second + max(0, first)
    best = max(first, ending_here)
    for number in others:
        ending_here = max(number, ending_here + number)
        best = max(best, ending_here)
    return best
