"""The sandbox as a program sees it: versions, platform, arguments, limits of the interpreter."""

import os
import platform
import sys
import time


def version():
    return [sys.version_info.major, sys.version_info >= (3, 13), sys.implementation.name]


def system():
    return [sys.platform, os.name, sys.byteorder, platform.system() != ""]


def pointers():
    return [sys.maxsize == 2**31 - 1, sys.maxunicode, sys.float_info.dig]


def directories():
    return [os.getcwd(), os.sep, os.path.abspath("x"), os.path.expanduser("x")]


def variables():
    return [os.environ.get("HOME"), os.environ.get("PATH"), "SECRET" in os.environ, os.getenv("NOTHING", "default")]


def variables_changed():
    os.environ["MADE"] = "x"
    return [os.environ["MADE"], os.environ.pop("MADE"), "MADE" in os.environ]


def process():
    return [isinstance(os.getpid(), int), hasattr(os, "fork")]


def no_processes():
    import subprocess

    try:
        return subprocess.run(["true"]).returncode
    except Exception as error:
        return isinstance(error, OSError)


def no_threads():
    import threading

    try:
        threading.Thread(target=print).start()
        return "started"
    except RuntimeError as error:
        return str(error)


def sleeping():
    before = time.monotonic()
    time.sleep(0.05)
    return time.monotonic() - before >= 0.05


def recursion_limit():
    def down(n):
        return n and down(n - 1)

    return [down(300), sys.getrecursionlimit() >= 1000]


def flags():
    return [sys.flags.optimize, __debug__, sys.getdefaultencoding(), sys.getfilesystemencoding()]


def standard_streams():
    return [sys.stdin.read(), sys.stdin.readline(), sys.stdout.fileno(), sys.stderr.fileno()]
