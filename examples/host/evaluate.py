"""What the host program lets others write: a few lines of Python that leave their answer in `answer`."""

from capsule import task


@task(name="main", compute="MEDIUM", ram="64MB", timeout="2s")
def main(code: str):
    names = {}
    exec(code, names)
    return names.get("answer")
