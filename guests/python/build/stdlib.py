"""Lays out the guest's standard library: stdlib.py OUT.

Makes OUT/lib, which every Python guest sees as /.capsule/lib: CPython's pure
Python modules, the time zone database, the build variables that sysconfig
reads, and modules that say why something cannot be had in a sandbox.

All of it is compiled beforehand.  The compiled files are of the kind that is
never checked against its source (nothing in the library changes), carry the
guest's paths and are the same on every machine: one process compiles in a
fixed order with a fixed hash seed.
"""

import os
import py_compile
import shutil
import sys

GUEST_PATH = "/.capsule/lib"
HERE = os.path.dirname(os.path.abspath(__file__))
LEFT_OUT = {
    "__phello__", "__pycache__", "ensurepip", "idlelib", "site-packages", "test", "tkinter", "turtle.py", "turtledemo",
}


def copy_library(deps, lib):
    """Copies the pure Python modules, the time zones and the build variables."""
    source = os.path.join(deps, "cpython-src", "Lib")
    shutil.copytree(source, lib, ignore=lambda _, names: LEFT_OUT.intersection(names), symlinks=True)
    shutil.copyfile(os.path.join(deps, "cpython-src", "LICENSE"), os.path.join(lib, "LICENSE.txt"))
    shutil.copytree(os.path.join(deps, "tzdata", "tzdata"), os.path.join(lib, "tzdata"))
    shutil.copytree(os.path.join(deps, "libpython", "sysconfig"), lib, dirs_exist_ok=True)


def write_unavailable(lib):
    """One module per line of the list, which explains itself in its ImportError."""
    with open(os.path.join(HERE, "unavailable"), encoding="utf-8") as file:
        lines = [line.strip() for line in file if line.strip() and not line.startswith("#")]
    for line in lines:
        name, _, reason = line.partition(": ")
        path = os.path.join(lib, name + ".py")
        if os.path.exists(path):
            raise SystemExit(f"stdlib: {name} is listed as unavailable and exists")
        message = f"No module named {name!r} in a Capsule sandbox: {reason}"
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"raise ModuleNotFoundError({message!r}, name={name!r})\n")


def compile_library(lib):
    """Compiles every module, in the order of their paths."""
    files = sorted(
        os.path.join(folder, name)
        for folder, _, names in os.walk(lib)
        for name in names
        if name.endswith(".py")
    )
    for number, path in enumerate(files, 1):
        if number % 50 == 0 or number == len(files):
            print(f"[{number}/{len(files)}] compiling", flush=True)
        py_compile.compile(
            path,
            dfile=GUEST_PATH + path[len(lib):],
            doraise=True,
            optimize=0,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )


def main():
    if sys.flags.hash_randomization:
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, *sys.argv])
    out = sys.argv[1]
    lib = os.path.join(out, "lib")
    copy_library(os.environ["DEPS"], lib)
    write_unavailable(lib)
    compile_library(lib)


if __name__ == "__main__":
    main()
