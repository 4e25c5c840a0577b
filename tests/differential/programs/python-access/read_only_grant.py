"""A folder granted for reading alone: each way of changing it."""

import os
import pathlib
import shutil


def _attempt(function, *arguments):
    try:
        function(*arguments)
        return "done"
    except OSError as error:
        return type(error).__name__


def reading():
    return [pathlib.Path("data/in.txt").read_text(), sorted(os.listdir("data")), os.path.getsize("data/sub/x.txt")]


def writing():
    return [_attempt(open, "data/in.txt", mode) for mode in ("w", "a", "r+", "x")]


def new_file():
    return _attempt(open, "data/new.txt", "w")


def removing():
    return [_attempt(os.unlink, "data/in.txt"), _attempt(os.rmdir, "data/sub"), _attempt(shutil.rmtree, "data/sub")]


def renaming():
    return [_attempt(os.rename, "data/in.txt", "data/b.txt"), _attempt(os.replace, "data/in.txt", "data/sub/x.txt")]


def making():
    return [_attempt(os.mkdir, "data/new"), _attempt(os.symlink, "in.txt", "data/link"), _attempt(os.link, "data/in.txt", "data/hard")]


def cutting():
    return [_attempt(os.truncate, "data/in.txt", 1), _attempt(os.utime, "data/in.txt", (1, 1))]


def message():
    open("data/in.txt", "w")


def message_of_new():
    pathlib.Path("data/new.txt").write_text("x")
