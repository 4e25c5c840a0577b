"""Judges submissions against test cases, as a contest does: AC, WA, TLE, MLE or RE.

The problem: the largest sum of neighbours in a list of numbers. A submission is a Python, JavaScript or TypeScript file whose
`main` gets the numbers as arguments. Time is counted in units of compute, not by a clock, so a verdict is the same on every
machine, however busy it is. The timeout is for what waits and computes nothing.

    capsule run --project examples/judge examples/judge/judge.py
"""

import asyncio
import pathlib

from capsule import run_file, task

CASES = [
    ([3, -5, 4, 1], 5),
    ([-2, -1, -7], -1),
    ([7], 7),
    ([index * 37 % 101 - 50 for index in range(600)], 124),
]
VERDICTS = {"compute_exceeded": "TLE", "timeout": "TLE", "memory_exceeded": "MLE"}  # every other failure: RE


async def judge(path):
    """The verdict, the number of the case that decided it, and the compute used: of the case that took most."""
    most = 0
    for number, (numbers, expected) in enumerate(CASES, start=1):
        end = await run_file(path, numbers, compute="LOW", ram="64MB", timeout="10s")
        most = max(most, end["execution"]["fuel_consumed"])
        if not end["success"]:
            return VERDICTS.get(end["error"]["error_type"], "RE"), number, most
        if end["result"] != expected:
            return "WA", number, most
    return "AC", None, most


@task(name="main", compute="HIGH", allowed_files=["submissions:ro"])
async def main():
    paths = sorted(pathlib.Path("submissions").iterdir())
    verdicts = await asyncio.gather(*(judge(path) for path in paths))
    for path, (verdict, case, compute) in zip(paths, verdicts):
        print(f"{path.name:<12} {verdict:<4} {f'case {case}' if case else '':<7} {compute / 1e6:6.1f} million units")
    return {path.name: verdict for path, (verdict, _, _) in zip(paths, verdicts)}
