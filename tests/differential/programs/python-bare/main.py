"""The decorator without parentheses."""

from capsule import task


@task
def main(*words):
    return list(words)
