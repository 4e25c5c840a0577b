"""Strings through the public header and the shared library."""

import pathlib
import subprocess

from cli_support import TOP

HERE = pathlib.Path(__file__).resolve().parent


def test_through_the_header(strings, tmp_path):
    library = TOP / "build"  # not a sanitizer's, which an ordinary program cannot load
    binary = tmp_path / "source"
    subprocess.run(["cc", "-std=c17", "-Wall", "-Wextra", "-Werror", f"-I{TOP}/include", str(HERE / "source.c"), "-o", str(binary),
                    str(library / "libcapsule.so.0"), f"-Wl,-rpath,{library}"], check=True)  # fmt: skip
    environment = {"CAPSULE_GUESTS": str(TOP / "build/guests"), **strings.environment}
    done = subprocess.run([str(binary)], cwd=strings.path, env=environment, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
