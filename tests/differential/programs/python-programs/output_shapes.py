"""What programs print: tables, progress, both streams, pretty printing, tracebacks they handle themselves."""

import logging
import pprint
import sys
import traceback


def table():
    for name, value in (("a", 1.5), ("long name", 22)):
        print(f"{name:<10}|{value:>8.2f}")


def progress():
    for step in range(3):
        print(f"\r{step + 1}/3", end="", flush=True)
    print()


def both_streams():
    print("result line")
    print("diagnostic line", file=sys.stderr)
    return "both"


def pretty():
    pprint.pprint({"b": [1, 2], "a": {"nested": ["x" * 30, "y" * 40]}}, width=60)


def handled_traceback():
    try:
        {}["k"]
    except KeyError:
        return traceback.format_exc(limit=0).splitlines()[-1]


def exception_only():
    try:
        raise ValueError("shown")
    except ValueError as error:
        return traceback.format_exception_only(error)


def logger_tree():
    root = logging.getLogger("app")
    root.setLevel(logging.INFO)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
    root.addHandler(handler)
    logging.getLogger("app.part").info("from %s", "a part")
    logging.getLogger("app.part").debug("not shown")


def replaced_stdout():
    import io

    kept, sys.stdout = sys.stdout, io.StringIO()
    try:
        print("captured")
        return sys.stdout.getvalue()
    finally:
        sys.stdout = kept


def text_then_failure():
    print("before the failure")
    raise RuntimeError("after some output")


def unencodable():
    print("lone \udc80 surrogate")


def returned_and_printed():
    print({"a": 1})
    return {"a": 1}
