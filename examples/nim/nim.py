"""A tournament of untrusted bots at Nim: who takes the last stick wins.

A bot is a file whose `main` gets the number of sticks and answers how many it takes: 1, 2 or 3. Each turn is a sandbox of its own
with a limit on time and compute. Who cheats, fails or does not answer in time loses the game, and the tournament goes on.

    capsule run --project examples/nim examples/nim/nim.py
"""

import asyncio
import collections
import itertools
import pathlib

from capsule import run_file, task

STICKS = 15


async def take_turn(bot, sticks):
    """How many the bot takes, or why it has lost."""
    end = await run_file(f"bots/{bot}", [sticks], compute="LOW", ram="64MB", timeout="2s")
    if not end["success"]:
        return None, end["error"]["error_type"]
    if type(end["result"]) is not int or not 1 <= end["result"] <= min(3, sticks):
        return None, f"illegal: {end['result']!r} of {sticks}"
    return end["result"], None


async def play(first, second):
    """The winner of one game, and why it won."""
    sticks, player, other = STICKS, first, second
    while True:
        taken, mistake = await take_turn(player, sticks)
        if mistake:
            return other, f"{player}: {mistake}"
        sticks -= taken
        if sticks == 0:
            return player, "took the last stick"
        player, other = other, player


@task(name="main", compute="HIGH", allowed_files=["bots:ro"])
async def main():
    bots = sorted(path.name for path in pathlib.Path("bots").iterdir())
    games = list(itertools.combinations(bots, 2))
    ends = await asyncio.gather(*(play(*game) for game in games))
    for (first, second), (winner, reason) in zip(games, ends):
        print(f"{first:<10} against {second:<10} won by {winner:<10} ({reason})")
    wins = collections.Counter(winner for winner, _ in ends)
    return {bot: wins[bot] for bot in bots}
