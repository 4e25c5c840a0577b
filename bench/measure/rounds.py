"""Interleaved repetitions: every contestant once in each round, so that a noisy moment hits all of them."""

import math
import statistics
import sys
from dataclasses import dataclass
from typing import Callable

from measure.process import Failed


@dataclass
class Contestant:
    name: str
    once: Callable[[], float] | None  # one measurement, in seconds; None: the contestant is not there
    reason: str = ""                  # why it is not there
    most_rounds: int = 0             # 0: takes part in every round; else in so many at most (a slow one)


@dataclass
class Samples:
    """The measurements of one contestant, or the reason why there are none."""

    values: list
    reason: str = ""

    def least(self):
        return min(self.values) if self.values else math.nan

    def median(self):
        return statistics.median(self.values) if self.values else math.nan

    def quantile(self, share):
        if not self.values:
            return math.nan
        ordered = sorted(self.values)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def interleave(contestants, rounds, warm=1):
    """name -> Samples. One that fails drops out, with its error for a reason."""
    taken = {contestant.name: Samples([], contestant.reason) for contestant in contestants}
    playing = [contestant for contestant in contestants if contestant.once]
    for turn in range(-warm, rounds):
        for contestant in list(playing):
            if contestant.most_rounds and turn >= contestant.most_rounds:
                continue
            try:
                seconds = contestant.once()
            except Failed as error:
                taken[contestant.name] = Samples([], str(error))
                playing.remove(contestant)
                print(f"  {contestant.name}: {error}", file=sys.stderr)
                continue
            if turn >= 0:
                taken[contestant.name].values.append(seconds)
    return taken
