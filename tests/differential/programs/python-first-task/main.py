"""No main: the first task registered is the one that runs."""

from capsule import task


@task(name="first", timeout="5s")
def first(*words):
    return ["first", *words]


@task(name="second")
def second():
    return "second"
