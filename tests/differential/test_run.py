"""The live run: what is asked of the reference, what an interruption loses, and when it ends early."""

import pytest
import run
from corpus import Case, Program

PROGRAMS = [Program(name, None, "main.py", (Case(name, "a", "main.py"), Case(name, "b", "main.py"))) for name in ("first", "second", "third")]


class Reference:
    """Answers every case with its name, and notes which it was asked."""

    def __init__(self, changed=()):
        self.asked, self.changed, self.modules = [], changed, None

    def prepare(self, project, program):
        pass

    def observe(self, project, case, seconds=0):
        self.asked.append(case.id)
        return {"of": case.id, "changed": case.id in self.changed}


@pytest.fixture
def records(tmp_path, monkeypatch):
    """Records that say what Reference() answers, and a folder for builds."""
    monkeypatch.setattr(run, "WORK", tmp_path)
    monkeypatch.setattr(run, "fingerprint", lambda program, case: "of this version")
    monkeypatch.setattr(run, "recorded", lambda program: {case.name: {"of": case.id, "changed": False} for case in program.cases})
    monkeypatch.delenv("DIFFERENTIAL_MINUTES", raising=False)


def checked(monkeypatch, reference):
    monkeypatch.setattr(run, "the_reference", lambda: reference)
    return run.check(PROGRAMS), reference.asked


def test_all_is_checked_once(records, monkeypatch):
    assert checked(monkeypatch, Reference()) == (0, [f"{name}/{case}" for name in ("first", "second", "third") for case in "ab"])
    assert checked(monkeypatch, Reference()) == (0, [])


def test_what_differs_is_asked_again(records, monkeypatch):
    status, _ = checked(monkeypatch, Reference(changed=["second/b"]))
    assert status == 1
    assert checked(monkeypatch, Reference()) == (0, ["second/b"])


def test_an_interrupted_check_goes_on(records, monkeypatch):
    class Interrupted(Reference):
        def observe(self, project, case, seconds=0):
            if case.program == "second":
                raise KeyboardInterrupt
            return super().observe(project, case, seconds)

    with pytest.raises(KeyboardInterrupt):
        checked(monkeypatch, Interrupted())
    assert checked(monkeypatch, Reference()) == (0, ["second/a", "second/b", "third/a", "third/b"])


def test_a_changed_program_is_checked_again(records, monkeypatch):
    checked(monkeypatch, Reference())
    monkeypatch.setattr(run, "fingerprint", lambda program, case: f"new {program.name}" if program.name == "third" else "of this version")
    assert checked(monkeypatch, Reference()) == (0, ["third/a", "third/b"])


def test_no_project_is_begun_after_the_time(records, monkeypatch, capsys):
    monkeypatch.setenv("DIFFERENTIAL_MINUTES", "-1")
    assert checked(monkeypatch, Reference()) == (1, [])
    assert "3 projects are left for the next time" in capsys.readouterr().out
