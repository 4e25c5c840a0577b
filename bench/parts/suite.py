"""A suite of programs, the same in several interpreters: time of each, and that all find the same answer.

A measurer is a function (program, repetitions) -> {"seconds": [...], "answer"} that raises Failed when it cannot."""

import json
import math
import statistics
import sys

from measure.paths import BENCH, PROGRAMS
from measure.process import Failed, run_json
from peers import presence
from report.table import Column, Table


class Suite:
    """contestants: name -> (measurer or None, reason). The first is ours, `base` the one that ratios are against."""

    def __init__(self, contestants, base):
        self.contestants, self.base = contestants, base
        self.seconds = {}  # (contestant, program) -> list
        self.cannot = {}   # (contestant, program) -> its own words

    def run(self, programs, rounds, repetitions):
        for _ in range(rounds):
            for program in programs:
                answers = {}
                for name, (measure, _) in self.contestants.items():
                    if measure and (name, program) not in self.cannot:
                        self.once(name, program, measure, repetitions, answers)
                check(program, answers)

    def once(self, name, program, measure, repetitions, answers):
        try:
            found = measure(program, repetitions)
        except Failed as error:
            self.cannot[name, program] = str(error)
            print(f"  {name}, {program}: {error}", file=sys.stderr)
            return
        self.seconds.setdefault((name, program), []).extend(found["seconds"])
        answers[name] = found["answer"]

    def least(self, name, program):
        return min(self.seconds.get((name, program)) or [math.nan])

    def table(self, name, title, programs):
        """Ours in ms, the others as a multiple of the base's time (ratios of minima)."""
        ours = next(iter(self.contestants))
        columns = [Column("ms", f"{ours}, ms", 1), Column("median", "median ms", 1)]
        columns += [Column(other, f"{other} ×") for other in self.contestants if other != self.base]
        table = Table(name, title, columns)
        for program in programs:
            ratios = {other: self.ratio(other, program) for other in self.contestants}
            times = self.seconds.get((ours, program))
            table.add(program, ms=self.least(ours, program) * 1e3, median=statistics.median(times) * 1e3 if times else math.nan, **ratios)
        table.add("geometric mean", **{other: self.mean(other, programs) for other in self.contestants})
        table.notes += self.notes(programs)
        return table

    def summary(self, name, title, programs):
        """A row for each contestant: its geometric mean, drawn."""
        table = Table(name, title, [Column("ratio", f"× {self.base}"), Column("programs", "programs", 0)], chart="ratio")
        for other, (measure, reason) in self.contestants.items():
            ran = [program for program in programs if (other, program) in self.seconds]
            table.add(other, "" if ran else reason or "it can run none of them", ratio=self.mean(other, programs), programs=len(ran))
        return table

    def ratio(self, name, program):
        if (name, program) in self.cannot:
            return "cannot"
        return self.least(name, program) / self.least(self.base, program)

    def mean(self, name, programs):
        """Over the programs that the contestant can run."""
        ratios = [ratio for program in programs if not isinstance(ratio := self.ratio(name, program), str) and not math.isnan(ratio)]
        return statistics.geometric_mean(ratios) if ratios else math.nan

    def notes(self, programs):
        notes = [f"{name}: {reason}." for name, (measure, reason) in self.contestants.items() if not measure]
        for name in self.contestants:
            words = {}
            for program in programs:
                if (name, program) in self.cannot:
                    words.setdefault(self.cannot[name, program], []).append(program)
            notes += [f"{name} cannot run {', '.join(which)}: {text}" for text, which in words.items()]
        return notes


def check(program, answers):
    """All answers are one, in JSON."""
    texts = {json.dumps(answer) for answer in answers.values()}
    if len(texts) > 1:
        raise SystemExit(f"{program}: the answers differ: {answers}")


def envelope(command, folder, environment=None):
    """The result of a task."""
    found = run_json(command, folder, environment)
    if not found["success"]:
        raise Failed(found["error"]["message"].strip().splitlines()[-1][:200])
    return found["result"]


def reference_project(language, task, suffix, programs, lay_out):
    """The reference and the folder of its one build with all programs; or None and the reason why there is none. task: the text of
    the suite's task; lay_out(folder, programs) writes everything."""
    peer = presence.Reference()
    if reason := peer.why_not(language):
        return None, reason
    files = [BENCH / f"timing.{suffix}", *(PROGRAMS / f"{program}.{suffix}" for program in programs)]
    texts = [task, *(path.read_text(encoding="utf-8") for path in files)]
    return peer, peer.project(language, language, texts, lambda folder: lay_out(folder, programs))


def of_reference(project, file):
    """The measurer of a reference_project, and why there is none."""
    peer, folder = project
    return (measurer(peer, folder, file), "") if peer else (None, folder)


def measurer(peer, folder, file):
    """The reference's measurer. A build that failed fails every program, and is not tried again."""
    broken = []

    def measure(program, repetitions):
        if broken:
            raise broken[0]
        try:
            return envelope(peer.command("run", "--json", file, program, repetitions), folder, peer.environment())
        except Failed as error:
            if "Build failed" in str(error):
                broken.append(error)
            raise
    return measure
