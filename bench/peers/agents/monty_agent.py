"""pydantic-monty: an interpreter of a subset of Python, in a worker process of a pool; each checkout is a fresh session.

It has no clock that a program could time itself with, so work is timed from outside; the way there and back is below a
millisecond."""

import time

import pydantic_monty
from serve import serve

pool = pydantic_monty.Monty()
pool.__enter__()  # for as long as this process lives


def call():
    with pool.checkout() as session:
        if session.feed_run("'hello'") != "hello":
            raise RuntimeError("no hello")


def work(source, repetitions):
    seconds = []
    with pool.checkout() as session:
        session.feed_run(source)
        for _ in range(repetitions):
            begin = time.perf_counter()
            answer = session.feed_run("work()")
            seconds.append(time.perf_counter() - begin)
    return {"seconds": seconds, "answer": answer}


serve(call, work)
