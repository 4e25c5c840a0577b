"""The common part of the agents: each lives in the interpreter that a peer was installed for, and does what it is asked.

A question is a line of JSON on stdin, the answer one on stdout:
    {"do": "call"}                                 a fresh sandbox that runs a trivial program: {"seconds"}
    {"do": "work", "source": S, "repetitions": N}  the function work() of a program: {"seconds": [...], "answer"}
An answer may be {"error": TEXT} instead."""

import json
import sys
import time

# What a sandbox runs after a program's source, to time it from within.
MEASURE = """
def _measure(repetitions):
    import json, time
    seconds = []
    for _ in range(repetitions):
        begin = time.perf_counter()
        answer = work()
        seconds.append(time.perf_counter() - begin)
    print(json.dumps({"seconds": seconds, "answer": answer}))
_measure(%d)
"""


def serve(call, work):
    """call() runs a trivial program; work(source, repetitions) answers what the protocol says."""
    answers = sys.stdout
    sys.stdout = sys.stderr  # nothing else may get among the answers
    for line in sys.stdin:
        question = json.loads(line)
        try:
            if question["do"] == "call":
                begin = time.perf_counter()
                call()
                answer = {"seconds": time.perf_counter() - begin}
            else:
                answer = work(question["source"], question["repetitions"])
        except Exception as error:  # whatever a peer raises is its answer
            answer = {"error": f"{type(error).__name__}: {str(error).strip().splitlines()[-1] if str(error).strip() else ''}"[:200]}
        print(json.dumps(answer), file=answers, flush=True)
