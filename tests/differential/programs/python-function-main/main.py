"""A plain function main beside a task."""

from capsule import task


@task(name="helper")
def helper(value):
    return value + 1


def main(*words):
    return [helper(1)["result"], *words]
