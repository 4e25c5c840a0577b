"""What the tests of deterministic mode share: envelopes without what measures the host."""

import json
import os
import pathlib
import shutil

from cli_support import Project

PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"

#: What differs between two deterministic runs: the wall clock, the CPU, and the name of the run.
MEASURED = ("duration_ms", "cpu_ms", "run_id")


class Twice:
    """Projects with the same files in different places."""

    def __init__(self, path, cache):
        self.path, self.cache, self.count = path, cache, 0

    def project(self, place="project"):
        """A project of its own at this place below the test's directory."""
        path = self.path / place
        path.mkdir(parents=True, exist_ok=True)
        return Project(path, self.cache)

    def program(self, name, place="project", data=True):
        """A project that holds a program of `programs`, and a directory data/ for it."""
        project = self.project(place)
        shutil.copy(PROGRAMS / name, project.path)
        if data:
            self.make_data(project)
        return project

    def make_data(self, project):
        """Files made in another order, at other times and with other numbers every time."""
        self.count += 1
        names = ["b.txt", "a.txt", "c.txt", "sub/d.txt"]
        for name in names[self.count % 4:] + names[:self.count % 4]:
            file = project.write(f"data/{name}", name)
            os.utime(file, (10**9 + self.count, 10**9 + 7 * self.count))


def unmeasured(outcome):
    """The envelope of a deterministic run without what is measured."""
    found = outcome.envelope
    assert found["execution"]["deterministic"] is True, outcome.out
    for key in MEASURED:
        del found["execution"][key]
    return found


def envelope(project, *words, **options):
    """That of `capsule run --json WORDS...`."""
    return unmeasured(project.run("run", "--json", *words, **options))


def seeded(project, *words, **options):
    return envelope(project, "--deterministic", *words, **options)


def expect_same(envelopes):
    """All are the same, byte for byte; the first is the one that is held to be right."""
    texts = [json.dumps(found, indent=1) for found in envelopes]
    for number, text in enumerate(texts):
        assert text == texts[0], f"run {number} differs from run 0"
    return envelopes[0]
