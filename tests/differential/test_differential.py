"""Every case of the corpus here, against the record of the reference: what differs is explained, or a failure."""

import os

import pytest
from compare import differences, explain
from corpus import HERE, load_corpus
from observe import ours
from records import explanations, fingerprint, read

CAPSULE = os.environ.get("CAPSULE_BIN", str(HERE.parents[1] / "build/capsule"))
CORPUS = load_corpus()
KNOWN = explanations()


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("program", CORPUS, ids=lambda program: program.name)
def test_records_are_of_these_programs(program):
    record = read(program)
    assert record and record["fingerprint"] == fingerprint(program), f"{program.name}: no record, or one of an older program: `make differential-record`"
    assert sorted(record["cases"]) == sorted(case.name for case in program.cases)


@pytest.mark.parametrize("program", CORPUS, ids=lambda program: program.name)
def test_every_difference_is_explained(program, cache, tmp_path):
    side, recorded = ours(CAPSULE, cache), read(program)["cases"]
    side.prepare(tmp_path, program)
    found = [difference for case in program.cases for difference in differences(case.id, recorded[case.name], side.observe(tmp_path, case))]
    unexplained = [str(difference) for difference in found if not explain(difference, KNOWN)]
    assert not unexplained, "\n".join(["differences that tests/differential/explained.toml does not explain:", *unexplained])


def test_every_explanation_is_needed():
    """Runs last: an explanation of nothing is a difference that has gone, or that was never there."""
    idle = [explanation.reason for explanation in KNOWN if not explanation.used]
    assert not idle


def test_the_corpus_is_as_large_as_it_claims():
    assert sum(len(program.cases) for program in CORPUS) >= 120
