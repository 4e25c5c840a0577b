# Plays along, and falls asleep near the end.
import time


def main(sticks):
    if sticks < 8:
        time.sleep(3600)
    return 1
