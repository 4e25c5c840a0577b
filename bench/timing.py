"""Runs one program of programs/ in the interpreter that executes this file: a Capsule task, or a native python3.

Prints or returns the seconds of each repetition and the program's answer, which must be the same everywhere."""

import sys
import time


def measure(name, repetitions):
    work = __import__(name).work
    seconds = []
    for _ in range(repetitions):
        begin = time.perf_counter()
        answer = work()
        seconds.append(time.perf_counter() - begin)
    return {"seconds": seconds, "answer": answer}


if __name__ == "__main__":
    import json

    sys.path.insert(0, sys.argv[1])
    print(json.dumps(measure(sys.argv[2], int(sys.argv[3]))))
