"""A plugin host: untrusted files, each with a grant of its own, none of which can harm the host or its neighbours.

The host reads what may be granted at all; a plugin gets the line of GRANTS that names it, a share of everything else, and one
argument. What goes wrong with one is a line of the report.

    capsule run --project examples/plugins examples/plugins/plugins.py
"""

import asyncio

from capsule import run_file, task

ARTICLES = {"path": "/articles", "mode": "read-only"}
# Plugin -> directories it may use. A directory of the host that is not named is not there for it.
GRANTS = {
    "count_words.py": [ARTICLES],
    "titles.ts": [ARTICLES],
    "greet.py": [],
    "snoop.py": [ARTICLES],  # looks for /private
    "vandal.js": [ARTICLES],  # writes where it may read
    "loop.py": [],
    "noisy.py": [],
}


async def run_plugin(name):
    end = await run_file(f"plugins/{name}", ["en"], allowed_files=GRANTS[name], compute="LOW", ram="64MB", timeout="5s")
    if end["success"]:
        return "ok", end["result"]
    return end["error"]["error_type"], end["error"]["message"]


@task(name="main", compute="HIGH", allowed_files=["plugins:ro", "articles:ro", "private:ro"])
async def main():
    reports = await asyncio.gather(*(run_plugin(name) for name in GRANTS))
    for name, (outcome, detail) in zip(GRANTS, reports):
        print(f"{name:<15} {outcome:<17} {detail}")
    return {name: outcome for name, (outcome, _) in zip(GRANTS, reports)}
