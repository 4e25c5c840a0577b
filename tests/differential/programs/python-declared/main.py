"""Every option of the main task itself, as literals."""

import os

from capsule import task


def attempt(path, mode):
    try:
        with open(path, mode) as file:
            return file.read() if mode == "r" else file.write("x")
    except OSError as error:
        return type(error).__name__


def memory():
    blocks = []
    while True:
        blocks.append(bytearray(1 << 20))


def loop():
    while True:
        pass


KINDS = {
    "value": lambda: "fine",
    "environment": lambda: [os.environ.get("SECRET"), os.environ.get("OTHER")],
    "files": lambda: [attempt("data/in.txt", "r"), attempt("data/in.txt", "a"), attempt("out/new.txt", "w"), attempt("other/secret.txt", "r")],
    "loop": loop,
    "memory": memory,
    "failure": lambda: 1 / 0,
}


@task(name="main", compute="HIGH", ram="64MB", timeout="1s", max_retries=1, allowed_files=[{"path": "data", "mode": "read-only"}, "out"],
      allowed_hosts=["example.com", "*.example.org"], env_variables=["SECRET"])
def main(kind):
    """Docstrings do not matter."""
    return KINDS[kind]()
