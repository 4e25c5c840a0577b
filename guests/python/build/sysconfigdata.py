"""Prints CPython's build variables with every path of the build machine taken out.

Usage: sysconfigdata.py GENERATED_FILE.  The guest's sysconfig module imports
the result; programs in a sandbox must not learn from it where it was built.
"""

import os
import pprint
import runpy
import sys

PREFIX = "/usr"


def clean(value):
    """The value, or an empty string when it names a path outside the prefix."""
    if not isinstance(value, str):
        return value
    words = value.replace("=", " ").replace("-I", " ").replace("-L", " ").replace(":", " ").split()
    foreign = [word for word in words if word.strip("'\"").startswith("/") and not allowed(word.strip("'\""))]
    return "" if foreign else value


def allowed(path):
    return path == PREFIX or path.startswith((PREFIX + "/", "/dev/", "/bin/sh"))


def main():
    variables = runpy.run_path(sys.argv[1])["build_time_vars"]
    cleaned = {name: clean(value) for name, value in sorted(variables.items())}
    here = os.path.dirname(os.path.abspath(sys.argv[1]))
    text = "build_time_vars = " + pprint.pformat(cleaned, width=110) + "\n"
    home = os.path.expanduser("~")
    for path in (here, os.getcwd(), home):
        if path != "/" and path in text:
            raise SystemExit(f"sysconfigdata: {path} is still in the result")
    print("# Build variables of the guest's interpreter.")
    print(text, end="")


if __name__ == "__main__":
    main()
