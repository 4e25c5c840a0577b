"""A mode of allowed_files that does not exist."""

from capsule import task


@task(name="main", allowed_files=[{"path": "data", "mode": "write-only"}])
def main():
    return 1
