"""`make install`: the CLI and the library work from where they were installed, the source tree out of sight."""

import json
import os
import subprocess

import pytest

from tasks_support import CAPSULE, ROOT

pytestmark = pytest.mark.skipif("asan" in CAPSULE, reason="the plain build is what is installed")


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("prefix")
    subprocess.run(["make", "-s", "install", f"PREFIX={prefix}"], cwd=ROOT, check=True, capture_output=True)
    return prefix


@pytest.fixture
def environment(prefix, shared_cache):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CAPSULE")}
    return {**kept, "CAPSULE_CACHE": str(shared_cache), "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}


def test_the_installed_cli_uses_the_installed_guests(prefix, environment, tmp_path):
    (tmp_path / "hello.py").write_text("from capsule import task\n@task(name='main')\ndef main():\n    return 'installed'\n")
    done = subprocess.run([str(prefix / "bin/capsule"), "run", "--json", "hello.py"], cwd=tmp_path, env=environment,
                          capture_output=True, text=True)
    assert json.loads(done.stdout)["result"] == "installed"
    doctor = subprocess.run([str(prefix / "bin/capsule"), "doctor"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert str(prefix / "lib/capsule/guests") in doctor.stdout + doctor.stderr


@pytest.mark.parametrize("static", [False, True])
def test_a_small_program_links_the_library(prefix, environment, tmp_path, static):
    (tmp_path / "hello.py").write_text((ROOT / "examples/hello.py").read_text())
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", *(["--static"] if static else []), "capsule"], env=environment,
                           capture_output=True, text=True, check=True).stdout.split()
    if static:
        flags = [str(prefix / "lib/libcapsule.a") if flag == "-lcapsule" else flag for flag in flags]
    binary = tmp_path / "embed"
    subprocess.run(["cc", "-std=c17", "-Wall", "-Wextra", "-Werror", str(ROOT / "examples/embed/embed.c"), "-o", str(binary), *flags,
                    f"-Wl,-rpath,{prefix}/lib"], check=True)
    run_environment = {**environment, "CAPSULE_GUESTS": str(prefix / "lib/capsule/guests")} if static else environment
    done = subprocess.run([str(binary), "hello.py", "greet", '["Ada"]'], cwd=tmp_path, env=run_environment, capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ('result: "Hello, Ada!"\n', 0), done.stderr


def test_only_listed_symbols_are_exported(prefix):
    listed = {line.strip(" ;\n") for line in (ROOT / "src/capsule.map").read_text().splitlines() if "capsule_" in line and ";" in line}
    symbols = subprocess.run(["nm", "-D", "--defined-only", str(prefix / "lib/libcapsule.so.0")], capture_output=True, text=True, check=True)
    exported = {line.split()[2].split("@")[0] for line in symbols.stdout.splitlines()} - {"CAPSULE_0"}
    assert exported == listed


def test_the_header_stands_alone(prefix, tmp_path):
    for compiler, standard, suffix in (("cc", "c99", "c"), ("cc", "c17", "c"), ("c++", "c++11", "cc")):
        source = tmp_path / f"header.{suffix}"
        source.write_text("#include <capsule.h>\nint main(void) { return CAPSULE_OK; }\n")
        subprocess.run([compiler, f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", f"-I{prefix}/include", str(source)], check=True)
