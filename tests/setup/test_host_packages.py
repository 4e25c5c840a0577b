"""The check for host packages, with a PATH on which little is installed."""

import shutil

import pytest

PLAIN = ("sh", "sort", "tr", "cat", "mktemp", "rm", "tail", "id", "env")


@pytest.fixture
def path(clone):
    """A folder of programs that holds the plainest ones only."""
    folder = clone.root / "bin"
    folder.mkdir()
    for name in PLAIN:
        (folder / name).symlink_to(shutil.which(name))
    return folder


def program(folder, name, script):
    tool = folder / name
    tool.unlink(missing_ok=True)
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)


def check(clone, path):
    return clone.run("host-packages", PATH=str(path))


def test_without_the_right_to_install_the_command_to_type_is_shown(clone, path):
    program(path, "id", "echo 1000")
    program(path, "apt-get", "touch called")
    status, _, errors = check(clone, path)
    assert status == 1
    assert "sudo apt-get update && sudo apt-get install" in errors
    assert "wabt" in errors and "clang-19" in errors and "npm" in errors
    assert not (clone.root / "called").exists()


def test_root_installs_what_is_missing_without_a_question(clone, path):
    program(path, "id", "echo 0")
    program(path, "apt-get", 'echo "$@" >>asked; [ "$1" = update ] || exit 100')
    status, _, errors = check(clone, path)
    asked = (clone.root / "asked").read_text().splitlines()
    assert [line.split()[0] for line in asked] == ["install", "update", "install"]
    assert all("-y" in line for line in asked if line.startswith("install"))
    assert status == 1 and "the package manager failed" in errors


def test_an_unknown_system_lists_what_is_missing(clone, path):
    status, _, errors = check(clone, path)
    assert status == 1 and "apt-get, dnf or pacman was not found" in errors and "wasm2c" in errors


def test_a_wrong_wasm2c_is_named_when_none_can_be_built(clone, path):
    for name in ("gcc", "g++", "make", "ar", "patch", "pkg-config", "xz", "unzip", "clang-19", "ld.lld-19",
                 "llvm-profdata-19", "python3", "npm", "node", "cargo"):
        program(path, name, "exit 0")
    program(path, "wasm2c", "echo 9.9.9")
    status, _, errors = clone.run("host-packages", "--dry-run", PATH=str(path))
    if "missing" not in errors and "would install" not in errors:  # the headers are looked for on the system itself
        assert status == 1 and "must be version 1.0.32" in errors and "9.9.9" in errors
    program(path, "cmake", "exit 0")
    assert "must be version" not in clone.run("host-packages", "--dry-run", PATH=str(path))[2]
