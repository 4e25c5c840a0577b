"""Folders below .capsule/sessions: granted like any other, and no way from them to what lies beside them."""

import os

import pytest

PROGRAM = """
import os
from capsule import task

STATES = ".capsule/sessions/states"


def attempt(call, *arguments):
    try:
        answer = call(*arguments)
        return answer if isinstance(answer, (str, list)) else "done"
    except OSError as error:
        return type(error).__name__


def read(path):
    with open(path) as file:
        return file.read()


@task(name="keeps", allowed_files=[{"path": STATES, "mode": "read-write"}])
def keeps():
    with open(f"{STATES}/one.json", "a") as file:
        file.write("+")
    return [read(f"{STATES}/one.json"), os.listdir(STATES)]


@task(name="reads", allowed_files=[{"path": STATES, "mode": "read-only"}])
def reads():
    return [read(f"{STATES}/one.json"), attempt(open, f"{STATES}/one.json", "w")]


OUTSIDE = [f"{STATES}/../../trace.db", f"{STATES}/../other/secret", ".capsule/trace.db", "/.capsule/sessions/other/secret",
           f"{STATES}/up/trace.db", f"{STATES}/trace"]


@task(name="escapes", allowed_files=[STATES])
def escapes():
    for name, target in (("up", "../.."), ("trace", "../../trace.db"), ("other", "../other")):
        os.symlink(target, f"{STATES}/{name}")
    found = [attempt(read, path) for path in [*OUTSIDE, f"{STATES}/other/secret"]]
    found += [attempt(os.rename, f"{STATES}/one.json", path) for path in OUTSIDE[:4]]
    found += [attempt(os.link, path, f"{STATES}/linked") for path in OUTSIDE[:4]]
    found.append(attempt(os.listdir, f"{STATES}/up"))
    return [found, sorted(os.listdir(f"{STATES}/..")), sorted(os.listdir(f"{STATES}/../..")), read(f"{STATES}/one.json")]


@task(name="parent", allowed_files=["./"])
def parent():
    paths = [".capsule/sessions", STATES, ".capsule/trace.db", "link", "link/one.json"]
    return [attempt(os.listdir, path) for path in paths] + ["trace.db" in os.listdir(".capsule"), ".capsule" in os.listdir("/"), attempt(read, f"{STATES}/one.json"),
            attempt(os.rename, "data", ".capsule/sessions/data"), attempt(os.mkdir, ".capsule/sessions/new")]


@task(name="both", allowed_files=["./", STATES])
def both():
    return [read(f"{STATES}/one.json"), attempt(os.rename, f"{STATES}/one.json", "taken.json"), attempt(os.rename, "data", f"{STATES}/data"),
            attempt(os.rename, STATES, "taken"), attempt(os.rmdir, STATES), attempt(read, f"{STATES}/../../trace.db"),
            attempt(read, ".capsule/trace.db")]


@task(name="main")
def main(kind):
    return {"keeps": keeps, "reads": reads, "escapes": escapes, "parent": parent, "both": both}[kind]()
"""

WORKSPACE = """
import os
from capsule import task

@task(name="main")
def main():
    with open("workspace/new.txt", "w") as file:
        file.write("of the run")
    return sorted(os.listdir("workspace"))
"""


@pytest.fixture
def sessions(work):
    work.write("sessions.py", PROGRAM)
    work.write("data/f", "")
    work.write(".capsule/sessions/states/one.json", "{}")
    work.write(".capsule/sessions/other/secret", "another session's")
    work.result("sessions.py", "reads")  # from here on there is a trace
    assert (work.path / ".capsule/trace.db").exists()
    return work


def run(sessions, kind):
    answer = sessions.result("sessions.py", kind)
    assert answer["success"], answer["error"]
    return answer["result"]


def test_a_folder_of_a_session_is_kept_between_runs(sessions):
    assert run(sessions, "keeps") == ["{}+", ["one.json"]]
    assert run(sessions, "keeps") == ["{}++", ["one.json"]]
    assert (sessions.path / ".capsule/sessions/states/one.json").read_text() == "{}++"


def test_read_only_is_read_only(sessions):
    assert run(sessions, "reads") == ["{}", "PermissionError"]


def test_a_mount_gives_a_session_its_workspace(sessions):
    sessions.write("workspace.py", WORKSPACE)
    sessions.write(".capsule/sessions/w/old.txt", "")
    assert sessions.result("workspace.py", flags=["--mount", ".capsule/sessions/w::workspace"]) == ["new.txt", "old.txt"]
    assert (sessions.path / ".capsule/sessions/w/new.txt").read_text() == "of the run"


@pytest.mark.parametrize("mount", [".capsule", ".capsule/sessions", ".capsule/sessions/", ".capsule/sessions/w/..", ".capsule/trace.db",
                                   "data::.capsule/lib", "data::.capsule/sessions", "every", "above"])
def test_nothing_else_of_the_folder_is_granted(sessions, mount):
    (sessions.path / ".capsule/sessions/w").mkdir()
    (sessions.path / "every").symlink_to(".capsule/sessions")
    (sessions.path / "above").symlink_to(".capsule")
    envelope = sessions.envelope("sessions.py", "reads", flags=["--mount", mount])
    assert envelope["error"]["error_type"] == "config_error" and "belongs to Capsule itself" in envelope["error"]["message"]


def test_no_way_leads_out_of_it(sessions):
    before = os.listdir(sessions.path / ".capsule")
    found, beside, above, kept = run(sessions, "escapes")
    assert set(found) <= {"PermissionError", "FileNotFoundError", "OSError"} and kept == "{}"
    assert beside == ["states"] and "trace.db" not in above
    assert sorted(os.listdir(sessions.path / ".capsule")) == sorted(before)
    assert os.listdir(sessions.path / ".capsule/sessions/other") == ["secret"]


def test_a_grant_of_the_project_does_not_show_it(sessions):
    (sessions.path / "link").symlink_to(".capsule/sessions/states")
    *found, trace, listed, text, moved, made = run(sessions, "parent")
    assert set(found) == {"FileNotFoundError"} and not trace and not listed and text == "FileNotFoundError"
    assert {moved, made} <= {"PermissionError", "FileNotFoundError"}
    assert (sessions.path / "data/f").exists()


def test_beside_a_grant_of_the_project_it_stays_its_own_place(sessions):
    text, *refused = run(sessions, "both")
    assert text == "{}" and set(refused) <= {"PermissionError", "FileNotFoundError", "OSError"}
    assert (sessions.path / ".capsule/sessions/states/one.json").exists() and (sessions.path / "data/f").exists()


def test_an_ungranted_session_is_told_how_to_be_granted(work):
    work.write("none.py", 'from capsule import task\n\n@task(name="main")\ndef main():\n    open(".capsule/sessions/states/one.json")\n')
    work.write(".capsule/sessions/states/one.json", "{}")
    assert '".capsule/sessions/states"' in work.envelope("none.py")["error"]["hint"]
    work.write("own.py", 'from capsule import task\n\n@task(name="main")\ndef main():\n    open(".capsule/sessions/one.json")\n')
    assert "Capsule's own" in work.envelope("own.py")["error"]["hint"]
