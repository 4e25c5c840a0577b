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
def environment(prefix, cache):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CAPSULE")}
    return {**kept, "CAPSULE_CACHE": str(cache), "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}


def test_the_installed_cli_uses_the_installed_guests(prefix, environment, tmp_path):
    (tmp_path / "hello.py").write_text("from capsule import task\n@task(name='main')\ndef main():\n    return 'installed'\n")
    done = subprocess.run([str(prefix / "bin/capsule"), "run", "--json", "hello.py"], cwd=tmp_path, env=environment,
                          capture_output=True, text=True)
    assert json.loads(done.stdout)["result"] == "installed"
    doctor = subprocess.run([str(prefix / "bin/capsule"), "doctor"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert str(prefix / "lib/capsule/guests") in doctor.stdout + doctor.stderr


def test_the_installed_cli_runs_other_modules(prefix, environment, tmp_path):
    # (module (memory (export "memory") 1) (func (export "_start")))
    start = b"\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\5\3\1\0\1\7\x13\2\6memory\2\0\6_start\0\0\n\4\1\2\0\x0b"
    (tmp_path / "start.wasm").write_bytes(start)
    done = subprocess.run([str(prefix / "bin/capsule"), "exec", "--json", "start.wasm"], cwd=tmp_path, env=environment,
                          capture_output=True, text=True)
    assert done.returncode == 0 and json.loads(done.stdout)["execution"]["ram_used"] == 65536, done.stderr
    doctor = subprocess.run([str(prefix / "bin/capsule"), "doctor"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert str(prefix / "lib/capsule/engine/libwasmtime.so") in doctor.stdout


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


def test_the_archive_defines_only_listed_symbols(prefix):
    listed = {line.strip(" ;\n") for line in (ROOT / "src/capsule.map").read_text().splitlines() if "capsule_" in line and ";" in line}
    symbols = subprocess.run(["nm", "-g", "--defined-only", str(prefix / "lib/libcapsule.a")], capture_output=True, text=True, check=True)
    assert {line.split()[2] for line in symbols.stdout.splitlines() if len(line.split()) == 3} == listed


def test_a_program_may_have_its_own_sqlite(prefix, environment, tmp_path):
    """Functions of the same names as in the library's own C libraries, and in its inside: each side calls its own."""
    names = ["sqlite3_open", "sqlite3_open_v2", "sqlite3_step", "sqlite3_initialize", "yyjson_read_opts", "yyjson_write_opts",
             "blake3_hasher_init", "blake3_hasher_update", "cap_buffer_add", "cap_slot_load", "cap_trace_write"]  # fmt: skip
    source = tmp_path / "own.c"
    functions = "".join(f"int {name}(void);\nint {name}(void) {{ return --calls; }}\n" for name in names)
    calls = " + ".join(f"{name}()" for name in names)
    embed = (ROOT / "examples/embed/embed.c").read_text().replace("int main(", "int embedded(")
    source.write_text(
        f"{embed}\nstatic int calls;\n{functions}\n"
        "int main(int argc, char **argv) {\n"
        "    int status = embedded(argc, argv);\n"
        "    if (calls) return 100; /* the library called one of ours */\n"
        f"    int sum = {calls};\n    return status == 0 && sum == -{len(names) * (len(names) + 1) // 2} ? 0 : 101;\n}}\n"
    )
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "--static", "capsule"], env=environment, capture_output=True,
                           text=True, check=True).stdout.split()  # fmt: skip
    flags = [str(prefix / "lib/libcapsule.a") if flag == "-lcapsule" else flag for flag in flags]
    binary = tmp_path / "own"
    subprocess.run(["cc", "-std=c17", str(source), "-o", str(binary), *flags], check=True)
    (tmp_path / "hello.py").write_text((ROOT / "examples/hello.py").read_text())
    done = subprocess.run([str(binary), "hello.py", "greet", '["Ada"]'], cwd=tmp_path, capture_output=True, text=True,
                          env={**environment, "CAPSULE_GUESTS": str(prefix / "lib/capsule/guests")})  # fmt: skip
    assert (done.stdout, done.returncode) == ('result: "Hello, Ada!"\n', 0), done.stderr
    assert (tmp_path / ".capsule/trace.db").exists()


def test_the_header_stands_alone(prefix, tmp_path):
    for compiler, standard, suffix in (("cc", "c99", "c"), ("cc", "c17", "c"), ("c++", "c++11", "cc")):
        source = tmp_path / f"header.{suffix}"
        source.write_text("#include <capsule.h>\nint main(void) { return CAPSULE_OK; }\n")
        subprocess.run([compiler, f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", f"-I{prefix}/include", str(source)], check=True)
