"""Options of main that are not literals."""

import os

from capsule import task

LIMIT = "1s"
NAMES = ["SECRET"]


@task(name="main", timeout=LIMIT, env_variables=NAMES + ["THIRD"], ram="64" + "MB")
def main(kind):
    return os.environ.get("SECRET")
