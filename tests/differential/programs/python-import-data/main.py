"""An import that reads a file beside the program, draws a random number and looks at the clock."""

import os
import random
import time

from capsule import task

try:
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "table.txt")) as file:
        TABLE = file.read()
except OSError as error:
    TABLE = type(error).__name__

STARTED = time.time()
DRAWN = random.random()
print("printed by the import")


@task(name="main")
def main(kind):
    return {"table": TABLE, "clock": STARTED > 1_700_000_000, "drawn": 0 <= DRAWN < 1}[kind]
