# Leaves a multiple of four, whenever it can.
def main(sticks):
    return sticks % 4 or 1
