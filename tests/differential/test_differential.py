"""Every case of the corpus here, against the record of the reference: what differs is explained, or a failure."""

import os

import pytest
from compare import differences, explain
from corpus import HERE, load_corpus
from observe import ours
from records import explanations, path, recorded

CAPSULE = os.environ.get("CAPSULE_BIN", str(HERE.parents[1] / "build/capsule"))
CORPUS = load_corpus()
KNOWN = explanations()


def test_every_record_has_its_program():
    assert {file.stem for file in path(CORPUS[0]).parent.glob("*.json")} == {program.name for program in CORPUS}


@pytest.mark.parametrize("program", CORPUS, ids=lambda program: program.name)
def test_every_difference_is_explained(program, cache, tmp_path):
    side, known = ours(CAPSULE, cache), recorded(program)
    assert [case.name for case in program.cases if case.name not in known] == [], "not recorded, or changed since: `make differential-record`"
    side.prepare(tmp_path, program)
    found = [difference for case in program.cases for difference in differences(case.id, known[case.name], side.observe(tmp_path, case))]
    unexplained = [str(difference) for difference in found if not explain(difference, KNOWN)]
    assert not unexplained, "\n".join(["differences that tests/differential/explained.toml does not explain:", *unexplained])


def test_every_explanation_is_needed():
    """Runs last: an explanation of nothing is a difference that has gone, or that was never there."""
    idle = [explanation.reason for explanation in KNOWN if not explanation.used]
    assert not idle


@pytest.mark.parametrize("language, files, cases", [("python", 62, 1000), ("javascript", 60, 900)])
def test_the_corpus_is_as_large_as_it_claims(language, files, cases):
    programs = [program for program in CORPUS if program.name.startswith(language)]
    assert sum(len(program.files) for program in programs) >= files
    assert sum(len(program.cases) for program in programs) >= cases
