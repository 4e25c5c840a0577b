"""An option that does not exist."""

from capsule import task


@task(name="main", memory="1GB")
def main():
    return 1
