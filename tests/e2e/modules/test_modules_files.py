"""Directories given to modules that are not ours."""

import os

import pytest


@pytest.fixture
def tree(box):
    box.write("a/one.txt", "first")
    box.write("b/two.txt", "second")
    box.write("secret.txt", "canary")
    return box


def test_no_directory_no_file(tree):
    outcome = tree.probe("read", "a/one.txt")
    assert outcome.code == 1 and "first" not in outcome.out


def test_the_name_is_the_path_as_written(tree):
    assert tree.probe("read", "a/one.txt", flags=["--dir", "a"]).out == "first"
    absolute = str(tree.path / "a")
    assert tree.probe("read", absolute + "/one.txt", flags=["--dir", absolute]).out == "first"


def test_another_name(tree):
    assert tree.probe("read", "/data/one.txt", flags=["--dir", "a::/data"]).out == "first"
    assert tree.probe("read", "one.txt", flags=["--dir", "a::."]).out == "first"
    assert tree.probe("list", "/", flags=["--dir", "a::/"]).out == "one.txt\n"


def test_each_directory_stands_alone(tree):
    flags = ["--dir", "a::/x", "--dir", "b::/y"]
    assert tree.probe("read", "/x/one.txt", flags=flags).out == "first"
    assert tree.probe("read", "/y/two.txt", flags=flags).out == "second"
    assert tree.probe("read", "/x/two.txt", flags=flags).code == 1
    assert tree.probe("list", "/", flags=flags).code == 1


def test_read_write_is_the_default_and_read_only_holds(tree):
    assert tree.probe("write", "a/new.txt", "text", flags=["--dir", "a"]).code == 0
    assert (tree.path / "a/new.txt").read_text() == "text"
    for mode in (["write", "a/no.txt", "text"], ["write", "a/one.txt", "text"], ["mkdir", "a/no"]):
        assert tree.probe(*mode, flags=["--dir", "a:ro"]).code == 1
    assert sorted(p.name for p in (tree.path / "a").iterdir()) == ["new.txt", "one.txt"]
    assert (tree.path / "a/one.txt").read_text() == "first"
    assert tree.probe("write", "/w/new.txt", "again", flags=["--dir", "a::/w:rw"]).code == 0


@pytest.mark.parametrize("path", ["a/../secret.txt", "a/../../secret.txt", "a/./../secret.txt", "a/link", "a/up/secret.txt"])
def test_nothing_outside_is_reached(tree, path):
    os.symlink("../secret.txt", tree.path / "a/link")
    os.symlink("..", tree.path / "a/up")
    outcome = tree.probe("read", path, flags=["--dir", "a"])
    assert outcome.code == 1 and "canary" not in outcome.out


def test_our_own_folder_stays_hidden(tree):
    tree.write("a/.capsule/trace.db", "private")
    assert "private" not in tree.probe("read", "a/.capsule/trace.db", flags=["--dir", "a"]).out


def test_the_module_cannot_replace_itself(tree):
    import shutil

    from modules_support import PROBE

    own = shutil.copy(PROBE, tree.path / "a/own.wasm")
    outcome = tree.capsule("exec", "--dir", "a", own, "write", "a/own.wasm", "changed")
    assert outcome.code == 1
    assert (tree.path / "a/own.wasm").read_bytes() == PROBE.read_bytes()


@pytest.mark.parametrize(
    "value, says",
    [("nowhere", "nowhere"), ("secret.txt", "secret.txt"), ("", "Empty path"), ("::/x", "Empty path"), ("a::", "Empty path")],
)
def test_bad_directories(tree, value, says):
    outcome = tree.probe("args", flags=[f"--dir={value}"])
    assert (outcome.code, outcome.out) == (2, "") and says in outcome.err and outcome.err.count("\n") == 1


def test_many_directories(tree):
    flags = [word for number in range(64) for word in ("--dir", f"a::/{number}")]
    assert tree.probe("read", "/63/one.txt", flags=flags).out == "first"
    outcome = tree.probe("args", flags=[*flags, "--dir", "a"])
    assert outcome.code == 2 and "more than 64 directories" in outcome.err


def test_a_directory_in_memory(box):
    assert box.probe("write", "/tmp/x", "text").code == 1
    assert box.probe("write", "/tmp/x", "text", flags=["--tmp", "0"]).code == 1
    assert box.probe("write", "/tmp/x", "text", flags=["--tmp", "1MB"]).code == 0
    assert box.probe("list", "/tmp", flags=["--tmp", "1MB"]).out == ""
    box.write("a/one.txt", "first")
    both = ["--tmp", "1MB", "--dir", "a"]
    assert box.probe("read", "a/one.txt", flags=both).out == "first"
    assert box.probe("write", "/tmp/x", "text", flags=both).code == 0
    assert box.probe("write", "/tmp/x", "x" * 5000, flags=["--tmp", "4096"]).code == 1
    refused = box.probe("args", flags=["--tmp", "much"])
    assert refused.code == 2 and 'invalid tmp "much"' in refused.err
    assert box.probe("args", flags=["--tmp", "65GB"]).code == 2
