"""The options `allowed_files` and `env_variables` of a subtask: every form, and what its caller has makes no difference."""

import os

from capsule import task


def _read(name):
    try:
        with open(name) as file:
            return file.read()
    except OSError:
        return "refused"


def _write(name):
    try:
        with open(name, "w") as file:
            file.write("written")
        return "written"
    except OSError:
        return "refused"


@task(name="text_form", allowed_files=["data"])
def text_form():
    return [_read("data/in.txt"), _write("data/text_form.txt"), _read("more/in.txt")]


@task(name="slash_form", allowed_files=["./data/"])
def slash_form():
    return [_read("data/in.txt"), _read("./data/in.txt"), _read("/data/in.txt")]


@task(name="read_only", allowed_files=[{"path": "data", "mode": "read-only"}])
def read_only():
    return [_read("data/in.txt"), _write("data/read_only.txt")]


@task(name="short_mode", allowed_files=[{"path": "data", "mode": "ro"}])
def short_mode():
    return [_read("data/in.txt"), _write("data/short_mode.txt")]


@task(name="read_write", allowed_files=[{"path": "data", "mode": "read-write"}])
def read_write():
    return [_read("data/in.txt"), _write("data/read_write.txt")]


@task(name="no_mode", allowed_files=[{"path": "data"}])
def no_mode():
    return [_read("data/in.txt"), _write("data/no_mode.txt")]


@task(name="two_folders", allowed_files=[{"path": "data", "mode": "read-only"}, "more"])
def two_folders():
    return [_read("data/in.txt"), _write("data/x.txt"), _read("more/in.txt"), _write("more/x.txt")]


@task(name="folder_below", allowed_files=["data/sub"])
def folder_below():
    return [_read("data/sub/in.txt"), _read("data/in.txt")]


@task(name="empty_list", allowed_files=[])
def empty_list():
    return _read("data/in.txt")


@task(name="nothing_given")
def nothing_given():
    return [_read("data/in.txt"), os.environ.get("SECRET")]


@task(name="missing_folder", allowed_files=["nowhere"])
def missing_folder():
    return "ran"


@task(name="variables", env_variables=["SECRET", "NOT_SET"])
def variables():
    return [os.environ.get("SECRET"), os.environ.get("OTHER"), "NOT_SET" in os.environ, os.getenv("NOT_SET", "default")]


def as_text():
    return text_form()["result"]


def with_slashes():
    return slash_form()["result"]


def modes():
    return [read_only()["result"], short_mode()["result"], read_write()["result"], no_mode()["result"]]


def several():
    return two_folders()["result"]


def below():
    return folder_below()["result"]


def none_at_all():
    return [empty_list()["result"], nothing_given()["result"]]


def of_the_caller():
    return [_read("data/in.txt"), _write("more/y.txt")]


def folder_that_is_missing():
    return missing_folder()["success"]


def environment():
    return variables()["result"]


def environment_of_the_caller():
    return os.environ.get("SECRET")
