"""An import that raises."""

from capsule import task

raise ValueError("not today")


@task(name="main")
def main():
    return 1
