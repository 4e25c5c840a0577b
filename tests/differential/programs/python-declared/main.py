"""Every option of the main task itself, as literals."""

import os

from capsule import task


def attempt(action):
    try:
        return action() or "done"
    except OSError:
        return "refused"


def read(name):
    with open(name) as file:
        return file.read()


def append(name):
    with open(name, "a") as file:
        file.write("x")


def loop():
    while True:
        pass


def memory():
    blocks = []
    while True:
        blocks.append(bytearray(1 << 20))


def failure():
    raise ValueError("on purpose")


KINDS = {
    "value": lambda: "fine",
    "environment": lambda: [os.environ.get("SECRET"), os.environ.get("OTHER")],
    "files": lambda: [attempt(lambda: read("data/in.txt")), attempt(lambda: append("data/in.txt")), attempt(lambda: append("out/new.txt")),
                      attempt(lambda: read("other/secret.txt"))],
    "loop": loop,
    "memory": memory,
    "failure": failure,
}


@task(name="main", compute="HIGH", ram="64MB", timeout="1s", allowed_files=[{"path": "data", "mode": "read-only"}, "out"],
      allowed_hosts=["example.com", "*.example.org"], env_variables=["SECRET"])
def main(kind):
    return KINDS[kind]()
