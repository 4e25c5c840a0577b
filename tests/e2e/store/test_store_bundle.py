"""What the bundler refuses, and how that reads: exit code 2 and one line that names file, line and column."""

import json
import os

import pytest

from cli_support import python


def fails(project, name="main.ts"):
    outcome = project.run("run", name)
    assert outcome.code == 2 and outcome.out == ""
    assert str(project.path) not in outcome.err and "capsule-bundle" not in outcome.err
    return outcome.err


@pytest.mark.parametrize(
    "text, says",
    [
        ("const x = 1;\nlet z z = 1;\n", 'main.ts:2:7: Expected ";" but found "z"'),
        ("import 'nope';\n", 'main.ts:1:8: Could not resolve "nope"'),
        ("import './nope';\n", 'main.ts:1:8: Could not resolve "./nope"'),
        ("import {nope} from './lib'; export const main = () => nope;", 'main.ts:1:9: No matching export in "lib.ts"'),
        ("\x00\x01\x02", "main.ts:1:1: "),
        ("import x from '../secret.json'; export const main = () => x;", "outside the project"),
        ("import x from '/etc/passwd'; export const main = () => x;", ""),
        ("import x from './link.json'; export const main = () => x;", "outside the project"),
    ],
)
def test_refused(project, text, says):
    project.write("../secret.json", '{"password": "hunter2"}')
    project.write("lib.ts", "export const lib = 1;")
    (project.path / "link.json").symlink_to("../secret.json")
    project.write("main.ts", text)
    report = fails(project)
    assert says in report
    assert "hunter2" not in report


def test_refused_configuration(project):
    project.write("../outside.json", "{ secret words")
    project.write("tsconfig.json", '{"extends": "../outside.json"}')
    project.write("main.ts", "export const main = () => 1;")
    report = fails(project)
    assert "tsconfig.json extends '../outside.json', which lies outside the project" in report
    assert "secret" not in report


def test_nothing_is_left_behind(project, tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    project.environment["TMPDIR"] = str(temporary)
    project.write("main.ts", "export const main = () => 1;")
    assert project.run("run", "main.ts").code == 0
    project.write("main.ts", "}")
    assert project.run("run", "main.ts").code == 2
    assert not list(temporary.iterdir())
    assert project.files() == ["main.ts"]


def test_a_program_elsewhere(project, tmp_path):
    """A main file outside the current directory brings its own project."""
    project.write("../other/package.json", "{}")
    project.write("../other/lib.ts", "export const value = 'from there';")
    project.write("../other/src/main.ts", "import {value} from '../lib';\nexport function main() { return value; }")
    outcome = project.run("run", "--json", str(tmp_path / "other" / "src" / "main.ts"))
    assert outcome.envelope["result"] == "from there"


def test_odd_names(project):
    for name in ("with space.ts", "q'uo\"te.ts", "$(id).ts", "--help.ts", "é.mts"):
        project.write(name, "export function main() { return 'fine'; }")
        assert project.run("run", "--json", "./" + name).envelope["result"] == "fine"


def test_the_environment_stays_out(project):
    package = project.path.parent / "global" / "node_modules" / "pack"
    package.mkdir(parents=True)
    (package / "index.js").write_text("module.exports = 1")
    project.write("main.ts", "import value from 'pack';\nexport function main() { return value; }")
    project.environment["NODE_PATH"] = str(package.parent)
    assert 'Could not resolve "pack"' in fails(project)


# ---- Artifacts ----


def export(project, name, text):
    project.write(name, text)
    outcome = project.run("build", "--export", name)
    assert outcome.code == 0, outcome.err
    return project.path / (os.path.splitext(name)[0] + ".wasm")


@pytest.mark.parametrize("position", [0, 5, 9, 15, 30, 60, 200, -1])
def test_a_changed_artifact_is_refused(project, position):
    artifact = export(project, "main.ts", "export function main() { return 1; }")
    content = bytearray(artifact.read_bytes())
    content[position] ^= 0x20
    artifact.write_bytes(content)
    outcome = project.run("exec", "main.wasm")
    assert outcome.code == 2 and outcome.out == "" and "main.wasm" in outcome.err


def test_a_truncated_artifact_is_refused(project):
    artifact = export(project, "main.ts", "export function main() { return 1; }")
    content = artifact.read_bytes()
    for length in (0, 7, 8, 20, len(content) // 2, len(content) - 1):
        artifact.write_bytes(content[:length])
        outcome = project.run("exec", "main.wasm")
        assert outcome.code == 2 and outcome.out == "" and "main.wasm" in outcome.err
        assert str(project.path) not in outcome.err
    artifact.write_bytes(content)
    assert project.run("exec", "--json", "main.wasm").envelope["result"] == 1


def test_an_artifact_needs_nothing_else(project):
    project.write("lib.ts", "export const value = {a: [1, 2, 3]};")
    export(project, "main.ts", "import {value} from './lib';\nexport function main() { return value; }")
    (project.path / "lib.ts").unlink()
    (project.path / "main.ts").unlink()
    assert project.run("exec", "--json", "main.wasm").envelope["result"] == {"a": [1, 2, 3]}


def test_an_artifact_without_a_cache(project, tmp_path):
    """The sources of a Python program need a place: a temporary one when the cache cannot be used, gone afterwards."""
    project.write("helper.py", "VALUE = 5\n")
    export(project, "main.py", "import helper\n" + python("import helper\nreturn helper.VALUE"))
    (project.path / "helper.py").unlink()
    unsafe, temporary = tmp_path / "unsafe", tmp_path / "temporary"
    unsafe.mkdir()
    temporary.mkdir()
    unsafe.chmod(0o777)
    project.environment |= {"CAPSULE_CACHE": str(unsafe), "TMPDIR": str(temporary)}
    assert project.run("exec", "--json", "main.wasm").envelope["result"] == 5
    assert not list(unsafe.iterdir()) and not list(temporary.iterdir())


def test_damaged_sources_of_an_artifact_are_repaired(project, tmp_path):
    export(project, "main.py", python("return 'right'"))
    assert project.run("exec", "--json", "main.wasm").envelope["result"] == "right"
    (source,) = (tmp_path / "cache" / "artifacts").glob("*/main.py")
    source.write_text(source.read_text().replace("right", "wrong"))
    assert project.run("exec", "--json", "main.wasm").envelope["result"] == "right"
    assert project.run("cache", "prune").code == 0
    assert not list((tmp_path / "cache" / "artifacts").iterdir())


def test_an_artifact_carries_no_secrets_of_the_project(project):
    project.write(".env", "TOKEN=hunter2")
    project.write(".git/config.py", "TOKEN = 'hunter2'")
    project.write(".capsule/x.py", "TOKEN = 'hunter2'")
    content = export(project, "main.py", python("return 1")).read_bytes()
    assert b"hunter2" not in content and str(project.path).encode() not in content
    assert json.dumps("main").encode().strip(b'"') in content
