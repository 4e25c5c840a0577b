"""The image cache through `capsule run`: a hit when nothing changed, never one when something did."""

import json
import os
import pathlib
import resource
import shutil
import subprocess

import pytest

from cli_support import DEADLINE, python


def run(project, name="main.py", *words, **options):
    outcome = project.run("run", "--json", name, *words, **options)
    assert outcome.code == 0, outcome.out + outcome.err
    return outcome.envelope


def result(project, name="main.py"):
    return run(project, name)["result"]


def entries(project):
    return json.loads(project.run("cache", "ls", "--json").out)


def test_the_second_run_takes_the_image(project):
    project.write("helper.py", "VALUE = 1\n")
    project.write("main.py", "import helper\n" + python("return helper.VALUE"))
    assert result(project) == 1
    (entry,) = entries(project)
    assert entry["file"] == "main.py" and entry["language"] == "python" and entry["pure"] and entry["bytes"] > 10000
    assert run(project)["execution"]["snapshot"] == "program"
    assert len(entries(project)) == 1


def test_every_change_is_seen(project):
    """Changes within one tick of the file system's clock, of the same size, with times set back, by rename, by link."""
    project.write("helper.py", "VALUE = 100\n")
    project.write("main.py", "import helper\n" + python("return helper.VALUE"))
    assert result(project) == 100
    for value in range(101, 106):
        project.write("helper.py", f"VALUE = {value}\n")
        assert result(project) == value
    helper = project.path / "helper.py"
    times = helper.stat()
    project.write("helper.py", "VALUE = 200\n")
    os.utime(helper, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert result(project) == 200
    project.write("other.txt", "VALUE = 300\n")
    os.utime(project.path / "other.txt", ns=(times.st_atime_ns, times.st_mtime_ns))
    (project.path / "other.txt").rename(helper)
    assert result(project) == 300
    project.write("real.py", "VALUE = 400\n")
    helper.unlink()
    helper.symlink_to("real.py")
    assert result(project) == 400
    helper.unlink()
    outcome = project.run("run", "--json", "main.py")
    assert outcome.code == 2


def test_a_new_module_shadows_the_library(project):
    project.write("main.py", "import colorsys\n" + python("return getattr(colorsys, 'MINE', False)"))
    assert result(project) is False
    assert result(project) is False
    project.write("colorsys.py", "MINE = True\n")
    assert result(project) is True
    (project.path / "colorsys.py").unlink()
    assert result(project) is False
    project.write("colorsys/__init__.py", "MINE = 'package'\n")
    assert result(project) == "package"


def test_unrelated_files_cost_nothing(project):
    project.write("main.py", python("return 1"))
    result(project)
    before = entries(project)
    project.write("notes.txt", "nothing to import")
    project.write(".hidden.py", "nor this")
    assert run(project)["execution"]["snapshot"] == "program"
    assert [entry["key"] for entry in entries(project)] == [entry["key"] for entry in before]


def test_projects_do_not_mix(project):
    for name in ("a", "b"):
        project.write(f"{name}/main.py", python(f"return {name!r}"))
    assert result(project, "a/main.py") == "a"
    assert result(project, "b/main.py") == "b"
    assert result(project, "a/main.py") == "a"


def images(project):
    return list((pathlib.Path(project.environment["CAPSULE_CACHE"]) / "programs").glob("*/image"))


def test_damage_is_survived(project):
    project.write("main.py", python("return 1"))
    for damage in ("truncate", "remove", "empty description", "garbage description"):
        result(project)
        (image,) = images(project)
        if damage == "truncate":
            os.truncate(image, 5000)
        elif damage == "remove":
            image.unlink()
        else:
            (image.parent / "entry.json").write_bytes(b"" if damage == "empty description" else b'{"format": 1')
        assert result(project) == 1


def test_the_doctor_finds_a_changed_image(project):
    project.write("main.py", python("return 1"))
    result(project)
    (image,) = images(project)
    with open(image, "r+b") as file:
        file.seek(image.stat().st_size // 2)
        file.write(b"changed")
    checks = {check["check"]: check for check in json.loads(project.run("doctor", "--json").out)}
    assert checks["image cache"]["level"] == "warning" and "1 damaged" in checks["image cache"]["text"]
    assert not images(project)
    assert result(project) == 1


def test_an_unsafe_cache_is_not_used(project, tmp_path):
    unsafe = tmp_path / "unsafe"
    unsafe.mkdir()
    unsafe.chmod(0o777)
    project.environment["CAPSULE_CACHE"] = str(unsafe)
    project.write("main.py", python("return 1"))
    assert result(project) == 1
    assert not list(unsafe.iterdir())
    outcome = project.run("doctor", "--json")
    checks = {check["check"]: check for check in json.loads(outcome.out)}
    assert "can be written by others" in checks["image cache"]["text"]
    assert project.run("cache", "ls").code == 2


def test_no_cache_at_all(project):
    project.write("main.py", python("return 1"))
    project.environment["CAPSULE_CACHE"] = "/proc/nowhere"
    assert result(project) == 1


def test_a_limit_on_file_sizes(project):
    """ulimit -f below an image: an error that says so, not a signal; with an image in the cache the run only loses its row."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (50000, 50000))

    project.write("main.py", python("return 1"))
    outcome = project.run("run", "--json", "main.py", preexec_fn=limit)
    assert outcome.code == 70 and "File too large" in outcome.envelope["error"]["message"]
    assert result(project) == 1
    recorded = len(json.loads(project.run("trace", "--json").out))
    outcome = project.run("run", "--json", "main.py", preexec_fn=limit)
    assert outcome.code == 0 and outcome.envelope["result"] == 1
    assert len(json.loads(project.run("trace", "--json").out)) == recorded


def test_first_runs_at_the_same_time(project):
    project.write("main.py", python("return 1"))
    processes = [project.start("run", "--json", "main.py") for _ in range(6)]
    assert [json.loads(process.communicate(timeout=DEADLINE)[0])["result"] for process in processes] == [1] * 6
    assert len(entries(project)) == 1
    names = [path.name for path in (pathlib.Path(project.environment["CAPSULE_CACHE"]) / "programs").iterdir()]
    assert not [name for name in names if name.startswith("tmp-")]


# ---- JavaScript: what a bundle depends on ----


def test_a_changed_source_file(project):
    project.write("lib.ts", "export const value: number = 1;")
    project.write("main.ts", "import {value} from './lib';\nexport function main() { return value; }")
    assert result(project, "main.ts") == 1
    project.write("lib.ts", "export const value: number = 2;")
    assert result(project, "main.ts") == 2


def test_a_nearer_file(project):
    project.write("lib.js", "export const value = 'js';")
    project.write("main.ts", "import {value} from './lib';\nexport function main() { return value; }")
    assert result(project, "main.ts") == "js"
    project.write("lib.ts", "export const value = 'ts';")
    assert result(project, "main.ts") == "ts"


def package(project, path, value, **description):
    project.write(f"{path}/package.json", json.dumps({"main": "index.js"} | description))
    project.write(f"{path}/index.js", f"module.exports = {json.dumps(value)};")


def test_packages(project):
    project.write("src/main.ts", "import value from 'pack';\nexport function main() { return value; }")
    package(project, "node_modules/pack", "first")
    assert result(project, "src/main.ts") == "first"
    package(project, "node_modules/pack", "second")
    assert result(project, "src/main.ts") == "second"
    project.write("node_modules/pack/other.js", "module.exports = 'other entry';")
    project.write("node_modules/pack/package.json", '{"main": "other.js"}')
    assert result(project, "src/main.ts") == "other entry"
    package(project, "src/node_modules/pack", "nearer")
    assert result(project, "src/main.ts") == "nearer"


def test_a_relinked_package(project):
    project.write("main.ts", "import value from 'pack';\nexport function main() { return value; }")
    for version in (1, 2):
        package(project, f"node_modules/.pnpm/pack@{version}/node_modules/pack", version)
    link = project.path / "node_modules" / "pack"
    link.symlink_to(".pnpm/pack@1/node_modules/pack")
    assert result(project, "main.ts") == 1
    link.unlink()
    link.symlink_to(".pnpm/pack@2/node_modules/pack")
    assert result(project, "main.ts") == 2


def test_a_new_tsconfig(project):
    project.write("a/x.ts", "export const value = 'a';")
    project.write("b/x.ts", "export const value = 'b';")
    project.write("tsconfig.json", '{"compilerOptions": {"paths": {"~/*": ["./a/*"]}}}')
    project.write("main.ts", "import {value} from '~/x';\nexport function main() { return value; }")
    assert result(project, "main.ts") == "a"
    project.write("base.json", '{"compilerOptions": {"paths": {"~/*": ["./b/*"]}}}')
    project.write("tsconfig.json", '{"extends": "./base.json"}')
    assert result(project, "main.ts") == "b"
    project.write("base.json", '{"compilerOptions": {"paths": {"~/*": ["./a/*"]}}}')
    assert result(project, "main.ts") == "a"


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_a_hit_is_cheap(project):
    """No bundler and no hashing of sources on a warm run: few system calls name the project's files."""
    project.write("main.ts", "export function main() { return 1; }")
    result(project, "main.ts")
    os.utime(project.path / "main.ts", (1, 1))
    result(project, "main.ts")
    from cli_support import CAPSULE

    log = project.path.parent / "log"
    command = ["strace", "-f", "-e", "trace=execve,clone,fork,vfork", "-o", str(log), CAPSULE, "run", "--json", "main.ts"]
    outcome = subprocess.run(command, cwd=project.path, env=project.environment, capture_output=True, timeout=DEADLINE)
    if outcome.returncode != 0 and b"ptrace" in outcome.stderr:
        pytest.skip("tracing is not allowed here")
    assert log.read_text().count("execve(") == 1
