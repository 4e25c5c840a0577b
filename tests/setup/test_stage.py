"""The cached build stages: keys, hits, failures, interruptions, two at once."""

import os
import pathlib
import signal
import time

COUNT = 'echo run >>runs; cp in "$OUT/copy"'


def runs(clone):
    path = clone.root / "runs"
    return len(path.read_text().splitlines()) if path.exists() else 0


def wait_for(condition):
    limit = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < limit, "nothing happened for 20 seconds"
        time.sleep(0.02)


def age(path):
    """Makes a file old enough for its hash to be remembered."""
    os.utime(path, (time.time() - 60, time.time() - 60))


def test_makes_an_entry_and_links_it(clone):
    clone.write("in", "one")
    status, output, errors = clone.stage("copy", "--input", "in", "--", "sh", "-c", COUNT)
    assert (status, output) == (0, "")
    assert "copy: begins" in errors and "copy: done" in errors
    link = clone.root / "build" / "deps" / "copy"
    assert link.is_symlink() and (link / "copy").read_text() == "one"
    assert link.resolve().parent == clone.cache
    assert clone.leftovers() == []


def test_a_hit_runs_and_prints_nothing(clone):
    clone.write("in", "one")
    words = ("copy", "--input", "in", "--", "sh", "-c", COUNT)
    clone.stage(*words)
    assert clone.stage(*words) == (0, "", "")
    assert runs(clone) == 1
    assert "up to date" in clone.stage("copy", "-v", *words[1:])[2]


def test_a_hit_restores_a_lost_link(clone):
    clone.write("in", "one")
    words = ("copy", "--input", "in", "--", "sh", "-c", COUNT)
    clone.stage(*words)
    link = clone.root / "build" / "deps" / "copy"
    link.unlink()
    assert clone.stage(*words)[0] == 0
    assert (link / "copy").read_text() == "one" and runs(clone) == 1


def test_the_key_follows_content_not_time(clone):
    path = clone.write("in", "one")
    words = ("copy", "--input", "in", "--", "sh", "-c", COUNT)
    clone.stage(*words)
    os.utime(path, (1, 1))
    clone.stage(*words)
    assert runs(clone) == 1
    path.write_text("two")
    clone.stage(*words)
    assert runs(clone) == 2
    assert (clone.root / "build" / "deps" / "copy" / "copy").read_text() == "two"
    path.write_text("one")
    clone.stage(*words)
    assert runs(clone) == 2, "the first entry is still in the cache"


def test_a_change_of_equal_size_is_seen_although_hashes_are_remembered(clone):
    path = clone.write("in", "one")
    age(path)
    words = ("copy", "--input", "in", "--", "sh", "-c", COUNT)
    clone.stage(*words)
    assert list((clone.cache / "stat").iterdir()), "the hash was not remembered"
    path.write_text("two")
    clone.stage(*words)
    assert runs(clone) == 2


def test_the_key_covers_everything_that_is_named(clone):
    clone.write("in", "one")
    clone.write("folder/a/file", "x")
    base = ["copy", "--input", "in", "--input", "folder", "--text", "v1"]
    command = ["--", "sh", "-c", COUNT]
    clone.stage(*base, *command)
    changes = [
        lambda: clone.write("folder/a/file", "y"),
        lambda: clone.write("folder/new", ""),
        lambda: (clone.root / "folder" / "new").chmod(0o755),
        lambda: (clone.root / "folder" / "link").symlink_to("new"),
        lambda: base.__setitem__(-1, "v2"),
        lambda: command.append("argument"),
    ]
    for number, change in enumerate(changes, 2):
        change()
        assert clone.stage(*base, *command)[0] == 0
        assert runs(clone) == number
    clone.write("folder/__pycache__/x.pyc", "ignored")
    clone.stage(*base, *command)
    assert runs(clone) == len(changes) + 1


def test_the_key_covers_a_named_variable(clone):
    command = ("flags", "--env", "CFLAGS", "--", "sh", "-c", 'echo "$CFLAGS" >"$OUT/flags"')
    clone.run("stage", *command, CFLAGS="-O1")
    clone.run("stage", *command, CFLAGS="-O2")
    assert (clone.root / "build/deps/flags/flags").read_text() == "-O2\n"


def test_other_compiler_variables_are_hidden(clone):
    clone.run("stage", "flags", "--", "sh", "-c", 'echo "<$CFLAGS$MAKEFLAGS>" >"$OUT/flags"', CFLAGS="-O1", MAKEFLAGS="j")
    assert (clone.root / "build/deps/flags/flags").read_text() == "<>\n"


def test_a_stage_follows_the_one_it_comes_after(clone):
    clone.write("in", "one")
    first = ("first", "--input", "in", "--", "sh", "-c", 'cp in "$OUT/x"')
    second = ("second", "--after", "first", "--", "sh", "-c", 'echo run >>runs; cp "$DEPS/first/x" "$OUT/y"')
    assert clone.stage(*second)[0] == 1
    for text, count in (("one", 1), ("one", 1), ("two", 2)):
        clone.write("in", text)
        clone.stage(*first)
        assert clone.stage(*second)[0] == 0
        assert runs(clone) == count
        assert (clone.root / "build/deps/second/y").read_text() == text


def test_an_unchanged_result_ends_the_rebuilding(clone):
    clone.write("in", "one # comment")
    first = ("first", "--input", "in", "--", "sh", "-c", 'echo run >>firsts; sed "s/ #.*//" in >"$OUT/x"')
    second = ("second", "--after", "first", "--", "sh", "-c", 'echo run >>runs; cp "$DEPS/first/x" "$OUT/y"')
    for text, count in (("one # comment", 1), ("one # other", 1), ("two # other", 2)):
        clone.write("in", text)
        clone.stage(*first)
        assert clone.stage(*second)[0] == 0
        assert runs(clone) == count
    assert (clone.root / "firsts").read_text().count("run") == 3


def test_a_failure_leaves_nothing_and_shows_the_end_of_the_log(clone):
    script = 'for i in $(seq 50); do echo "line $i"; done; touch "$OUT/half"; exit 3'
    status, _, errors = clone.stage("broken", "--", "sh", "-c", script)
    assert status == 1
    assert "exit status 3" in errors and "line 50" in errors and "line 21" in errors and "line 20\n" not in errors
    log = errors.split("whole log in ")[1].strip()
    assert "line 1\n" in pathlib.Path(log).read_text()
    assert clone.entries() == [] and clone.leftovers() == []
    assert not (clone.root / "build/deps/broken").exists()


def test_a_failure_keeps_the_last_good_link(clone):
    clone.write("in", "exit 0")
    words = ("step", "--input", "in", "--", "sh", "in")
    clone.stage(*words)
    clone.write("in", "exit 1")
    assert clone.stage(*words)[0] == 1
    clone.write("in", "exit 0")
    assert clone.stage(*words) == (0, "", "")


def test_a_missing_command_or_input_is_one_clear_line(clone):
    assert "no-such-command" in clone.stage("a", "--", "no-such-command")[2]
    assert "input nowhere does not exist" in clone.stage("a", "--input", "nowhere", "--", "true")[2]
    assert clone.stage("a/b", "--", "true")[0] == 2
    assert clone.stage("a")[0] == 2


def interrupt(clone, number):
    process = clone.start("stage", "slow", "--", "sh", "-c", 'touch "$OUT/half" started; sleep 30; echo late >late')
    wait_for((clone.root / "started").exists)
    process.send_signal(number)
    process.communicate(timeout=20)
    return process.returncode


def test_an_interrupted_stage_leaves_nothing_and_its_command_ends(clone):
    assert interrupt(clone, signal.SIGTERM) != 0
    assert clone.entries() == [] and clone.leftovers() == []
    assert clone.stage("slow", "--", "true")[0] == 0


def test_a_killed_stage_is_made_anew_and_cleaned_up(clone):
    clone.write("in", 'touch "$OUT/half" started; [ -e quick ] || exec sleep 30')
    words = ("slow", "--input", "in", "--", "sh", "in")
    process = clone.start("stage", *words)
    wait_for((clone.root / "started").exists)
    process.kill()
    process.communicate(timeout=20)
    assert clone.entries() == [] and len(clone.leftovers()) == 1
    clone.write("quick", "")
    assert clone.stage(*words)[0] == 0
    assert len(clone.entries()) == 1 and clone.leftovers() == []


def test_finished_stages_are_skipped_when_a_set_up_resumes(clone):
    clone.write("in", "one")
    first = ("first", "--input", "in", "--", "sh", "-c", COUNT)
    clone.stage(*first)
    interrupt(clone, signal.SIGINT)
    clone.stage(*first)
    assert runs(clone) == 1


def test_two_at_once_make_one_entry(clone):
    script = 'echo run >>runs; touch started; while [ ! -e go ]; do sleep 0.05; done; echo done >"$OUT/x"'
    words = ("shared", "--", "sh", "-c", script)
    first = clone.start("stage", *words)
    wait_for((clone.root / "started").exists)
    second = clone.start("stage", *words)
    time.sleep(0.5)
    assert second.poll() is None
    clone.write("go", "")
    assert first.communicate(timeout=20)[1].count("done") == 1
    assert "another set-up is making it" in second.communicate(timeout=20)[1]
    assert (first.returncode, second.returncode, runs(clone)) == (0, 0, 1)


def test_an_entry_without_its_mark_is_not_used(clone):
    clone.write("in", "one")
    words = ("copy", "--input", "in", "--", "sh", "-c", COUNT)
    clone.stage(*words)
    (clone.root / "build/deps/copy/.complete").unlink()
    clone.stage(*words)
    assert runs(clone) == 2
