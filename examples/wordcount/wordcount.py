"""Counts words side by side: a map over files, on all cores, each file in a sandbox of its own.

With `values=True` the map answers bare values, in the order of the files; the first failure cancels what still runs and is raised
as a TaskError.

    capsule run --project examples/wordcount examples/wordcount/wordcount.py
"""

import collections
import pathlib
import re

from capsule import TaskError, task


@task(compute="LOW", ram="64MB", allowed_files=["pages:ro"])
async def count(path):
    text = pathlib.Path(path).read_text()
    return collections.Counter(re.findall(r"\w+", text.lower()))


@task(name="main", allowed_files=["pages:ro"])
async def main(*more):
    paths = [str(path) for path in sorted(pathlib.Path("pages").iterdir())]
    try:
        counts = await count.map([*more, *paths], values=True)
    except TaskError as error:
        return {"failed": error.message}
    total = sum(map(collections.Counter, counts), collections.Counter())
    most = sorted(total.items(), key=lambda item: (-item[1], item[0]))[:3]
    return {"files": len(paths), "words": total.total(), "most": dict(most)}
