"""Directories: making, listing, removing, walking, what is refused."""

import os
import pathlib
import shutil


def made():
    os.mkdir("data/new")
    os.makedirs("data/a/b", exist_ok=True)
    os.makedirs("data/a/b", exist_ok=True)
    return sorted(os.listdir("data"))


def made_twice():
    os.mkdir("data/sub")


def made_below_nothing():
    os.mkdir("data/none/new")


def made_below_a_file():
    os.mkdir("data/in.txt/new")


def removed():
    os.mkdir("data/new")
    os.rmdir("data/new")
    return os.path.exists("data/new")


def removed_not_empty():
    os.rmdir("data/sub")


def removed_file_as_folder():
    os.rmdir("data/in.txt")


def removed_folder_as_file():
    os.unlink("data/sub")


def entries():
    with os.scandir("data") as found:
        return sorted([entry.name, entry.is_dir(), entry.is_file(), entry.is_symlink(), entry.path] for entry in found)


def walked():
    return [[base, sorted(folders), sorted(files)] for base, folders, files in os.walk("data")]


def walked_upwards():
    return [base for base, _, _ in os.walk("data", topdown=False)]


def globbed():
    return [sorted(map(str, pathlib.Path("data").glob(pattern))) for pattern in ("*.txt", "**/*.txt", "s*", "none*")]


def copied():
    shutil.copytree("data/sub", "data/copy")
    shutil.copy("data/in.txt", "data/copy/in.txt")
    return sorted(os.listdir("data/copy"))


def moved():
    shutil.move("data/sub", "data/elsewhere")
    return sorted(os.listdir("data"))


def tree_removed():
    os.makedirs("data/tree/a/b")
    pathlib.Path("data/tree/a/f").touch()
    shutil.rmtree("data/tree")
    return os.path.exists("data/tree")


def root():
    return sorted(os.listdir("/"))


def working_directory():
    os.chdir("data")
    return [os.getcwd(), sorted(os.listdir(".")), os.path.abspath("x"), os.path.exists("../data/in.txt")]


def grant_itself_removed():
    os.rmdir("data")


def grant_itself_renamed():
    os.rename("data", "other")


def many():
    os.mkdir("data/many")
    for number in range(200):
        open(f"data/many/{number}", "x").close()
    found = len(os.listdir("data/many"))
    shutil.rmtree("data/many")
    return found
