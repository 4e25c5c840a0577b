"""One pattern of file access for each argument."""

import os
import pathlib
import shutil


def read(name):
    with open(name) as file:
        return file.read()


def write(name, text, mode="w"):
    with open(name, mode) as file:
        return file.write(text)


def walk(top):
    return sorted([base, sorted(folders), sorted(files)] for base, folders, files in os.walk(top))


def seek(name):
    with open(name, "r+b") as file:
        file.seek(3)
        file.write(b"XYZ")
        file.seek(-2, os.SEEK_END)
        return [file.read().decode(), file.tell()]


def rename():
    write("data/old.txt", "moved")
    os.rename("data/old.txt", "data/new.txt")
    return sorted(os.listdir("data"))


def folders():
    os.makedirs("data/a/b/c")
    write("data/a/b/c/f.txt", "deep")
    os.rmdir("data/a/b/c") if not os.listdir("data/a/b/c") else os.unlink("data/a/b/c/f.txt")
    return walk("data")


def facts(name):
    state = os.stat(name)
    return [state.st_size, os.path.isdir(name), os.path.isfile(name), os.path.exists(name)]


def lines(name):
    with open(name) as file:
        return [line.rstrip("\n") for line in file]


def binary():
    pathlib.Path("data/b.bin").write_bytes(bytes(range(128)))
    return list(pathlib.Path("data/b.bin").read_bytes()[-3:])


def remove():
    shutil.rmtree("data/sub")
    return sorted(os.listdir("data"))


def attempt(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return [type(error).__name__, getattr(error, "filename", None)]

KINDS = {
    "read": lambda: read("data/in.txt"),
    "read-absolute": lambda: read("/data/in.txt"),
    "read-dot": lambda: read("./data/in.txt"),
    "read-dotdot": lambda: read("data/../data/in.txt"),
    "read-sub": lambda: read("data/sub/x.txt"),
    "lines": lambda: lines("data/in.txt"),
    "pathlib": lambda: pathlib.Path("data/in.txt").read_text(),
    "write": lambda: write("data/out.txt", "written\n"),
    "overwrite": lambda: write("data/in.txt", "new"),
    "append": lambda: write("data/in.txt", "more\n", "a"),
    "exclusive": lambda: write("data/in.txt", "x", "x"),
    "seek": lambda: seek("data/in.txt"),
    "truncate": lambda: os.truncate("data/in.txt", 4),
    "unlink": lambda: os.unlink("data/in.txt"),
    "rename": rename,
    "folders": folders,
    "rmtree": remove,
    "binary": binary,
    "listdir": lambda: sorted(os.listdir("data")),
    "scandir": lambda: sorted([entry.name, entry.is_dir()] for entry in os.scandir("data")),
    "walk": lambda: walk("data"),
    "glob": lambda: sorted(map(str, pathlib.Path("data").rglob("*.txt"))),
    "stat": lambda: facts("data/in.txt"),
    "stat-folder": lambda: facts("data")[1:],
    "exists": lambda: [os.path.exists(name) for name in ("data", "data/in.txt", "data/none", "/etc", "src", "..")],
    "missing": lambda: read("data/none.txt"),
    "folder-as-file": lambda: read("data"),
    "file-as-folder": lambda: os.listdir("data/in.txt"),
    "not-granted": lambda: read("other/secret.txt"),
    "not-granted-write": lambda: write("other/secret.txt", "x"),
    "source": lambda: read("src/main.py"),
    "passwd": lambda: read("/etc/passwd"),
    "escape": lambda: read("data/../../../etc/passwd"),
    "escape-sibling": lambda: read("data/../other/secret.txt"),
    "link-inside": lambda: read("data/inside"),
    "link-outside": lambda: read("data/outside"),
    "link-absolute": lambda: read("data/absolute"),
    "cwd": os.getcwd,
    "chdir": lambda: (os.chdir("data"), read("in.txt"))[1],
    "errors": lambda: [attempt(read, name) for name in ("data/none", "data", "other/secret.txt", "", "data/in.txt/x")],
    "write-errors": lambda: [attempt(write, "data/out.txt", "x"), attempt(os.mkdir, "data/new"), attempt(os.unlink, "data/in.txt")],
    "guest-path": lambda: sorted(os.listdir("/input")),
    "write-and-read": lambda: [write("data/n.txt", "abc"), read("data/n.txt"), write("data/n.txt", "def", "a"), read("data/n.txt")],
}


def run(kind):
    return KINDS[kind]()
