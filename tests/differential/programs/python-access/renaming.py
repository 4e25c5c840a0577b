"""Renaming, replacing, links and times."""

import os
import pathlib


def _put(name, text):
    pathlib.Path(name).write_text(text)
    return name


def _attempt(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__


def renamed():
    os.rename("data/in.txt", "data/sub/moved.txt")
    return [os.path.exists("data/in.txt"), pathlib.Path("data/sub/moved.txt").read_text()]


def over_a_file():
    os.rename("data/in.txt", _put("data/target.txt", "old"))
    return pathlib.Path("data/target.txt").read_text()


def replaced():
    os.replace(_put("data/new.txt", "new"), "data/in.txt")
    return pathlib.Path("data/in.txt").read_text()


def over_a_folder():
    os.rename("data/in.txt", "data/sub")


def folder_over_file():
    os.rename("data/sub", "data/in.txt")


def into_itself():
    os.rename("data/sub", "data/sub/inside")


def missing():
    os.rename("data/none", "data/other")


def out_of_the_grant():
    os.rename("data/in.txt", "other/in.txt")


def symbolic_link():
    os.symlink("in.txt", "data/link")
    return [os.readlink("data/link"), pathlib.Path("data/link").read_text(), os.path.islink("data/link")]


def absolute_symbolic_link():
    return _attempt(os.symlink, "/data/in.txt", "data/absolute")


def symbolic_link_outside():
    made = _attempt(os.symlink, "../other/secret.txt", "data/escape")
    return [made, _attempt(lambda: pathlib.Path("data/escape").read_text())]


def hard_link():
    return _attempt(os.link, "data/in.txt", "data/hard")


def link_to_nothing():
    os.symlink("none", "data/broken")
    return [os.path.exists("data/broken"), os.path.lexists("data/broken"), _attempt(open, "data/broken")]


def link_circle():
    os.symlink("b", "data/a")
    os.symlink("a", "data/b")
    return _attempt(open, "data/a")


def link_removed():
    os.symlink("in.txt", "data/link")
    os.unlink("data/link")
    return os.path.exists("data/in.txt")


def times():
    os.utime("data/in.txt", (1_000_000_000, 1_100_000_000))
    state = os.stat("data/in.txt")
    return [state.st_atime, state.st_mtime, os.path.getmtime("data/in.txt")]


def touched():
    before = os.stat("data/in.txt").st_mtime_ns
    pathlib.Path("data/in.txt").touch()
    return os.stat("data/in.txt").st_mtime_ns >= before


def modes():
    return _attempt(os.chmod, "data/in.txt", 0o600)


def access():
    return [os.access("data/in.txt", right) for right in (os.F_OK, os.R_OK, os.W_OK)]


def long_name():
    return _attempt(open, "data/" + "x" * 300, "w")


def odd_names():
    for name in ("ü", " ", "a b", "-", "new\nline", "😀"):
        _put(f"data/sub/{name}", name)
    return sorted(os.listdir("data/sub"))


def null_in_name():
    return open("data/\0")
