"""Whatever a program was made of, an edit is noticed at the next run, by content: also one of the same size with its times
set back, in `capsule run` as well as in a worker that keeps the program loaded."""

import json
import os
import shutil
import time

import pytest

from cli_support import DEADLINE, python

MAIN_TS = "export function main() { return value; }\n"
SEES = 'import os\n' + python('return os.environ.get("WORD_1", os.environ.get("WORD_2"))', 'env_variables=["WORD_1", "WORD_2"]')

# name: (program, files, the file that is edited, its texts before and after, results before and after). Both texts have the
# same size. Data an import read is not among them: an import sees nothing but modules.
EDITS = {
    "main": ("main.py", {}, "main.py", (python("return 1"), python("return 2")), (1, 2)),
    "module": ("main.py", {"main.py": "import helper\n" + python("return helper.VALUE")}, "helper.py", ("VALUE = 1\n", "VALUE = 2\n"), (1, 2)),
    "package": ("main.py", {"main.py": "import pack\n" + python("return pack.VALUE")}, "pack/__init__.py", ("VALUE = 1\n", "VALUE = 2\n"), (1, 2)),
    "module of a package": ("main.py", {"main.py": "import pack.inner\n" + python("return pack.inner.VALUE"), "pack/__init__.py": ""},
                            "pack/inner.py", ("VALUE = 1\n", "VALUE = 2\n"), (1, 2)),
    "module of a folder": ("main.py", {"main.py": "import space.inner\n" + python("return space.inner.VALUE")},
                           "space/inner.py", ("VALUE = 1\n", "VALUE = 2\n"), (1, 2)),
    "module imported in a task": ("main.py", {"main.py": python("import late\nreturn late.VALUE")}, "late.py", ("VALUE = 1\n", "VALUE = 2\n"), (1, 2)),
    ".env": ("main.py", {"main.py": SEES}, ".env", ("WORD_1=one\n", "WORD_1=two\n"), ("one", "two")),
    "a name in .env": ("main.py", {"main.py": SEES}, ".env", ("WORD_1=one\n", "WORD_3=one\n"), ("one", None)),
    "capsule.toml": ("main.py", {"main.py": 'import os\n' + python('return os.environ.get("WORD_1")'), ".env": "WORD_1=one\n"}, "capsule.toml",
                     ('[tasks]\ndefault_env_variables = ["WORD_1"]\n', '[tasks]\ndefault_env_variables = ["WORD_2"]\n'), ("one", None)),
    "script": ("main.ts", {}, "main.ts", ("export function main() { return 1; }\n", "export function main() { return 2; }\n"), (1, 2)),
    "script module": ("main.ts", {"main.ts": 'import { value } from "./lib";\n' + MAIN_TS}, "lib.ts",
                      ("export const value = 1;\n", "export const value = 2;\n"), (1, 2)),
    "index of a folder": ("main.ts", {"main.ts": 'import { value } from "./lib";\n' + MAIN_TS}, "lib/index.js",
                          ("export const value = 1;\n", "export const value = 2;\n"), (1, 2)),
    "json": ("main.ts", {"main.ts": 'import value from "./table.json";\n' + MAIN_TS}, "table.json", ("[1]", "[2]"), ([1], [2])),
    "npm package": ("main.ts", {"main.ts": 'import value from "pack";\n' + MAIN_TS, "node_modules/pack/package.json": '{"main": "index.js"}'},
                    "node_modules/pack/index.js", ("module.exports = 1;\n", "module.exports = 2;\n"), (1, 2)),
    "package.json": ("main.ts", {"main.ts": 'import value from "pack";\n' + MAIN_TS, "node_modules/pack/a.js": "module.exports = 1;",
                                 "node_modules/pack/b.js": "module.exports = 2;"},
                     "node_modules/pack/package.json", ('{"main": "a.js"}', '{"main": "b.js"}'), (1, 2)),
    "tsconfig.json": ("main.ts", {"main.ts": 'import { value } from "~/x";\n' + MAIN_TS, "a/x.ts": "export const value = 1;", "b/x.ts": "export const value = 2;"},
                      "tsconfig.json", ('{"compilerOptions": {"paths": {"~/*": ["./a/*"]}}}', '{"compilerOptions": {"paths": {"~/*": ["./b/*"]}}}'), (1, 2)),
    "extended tsconfig": ("main.ts", {"main.ts": 'import { value } from "~/x";\n' + MAIN_TS, "a/x.ts": "export const value = 1;",
                                      "b/x.ts": "export const value = 2;", "tsconfig.json": '{"extends": "./base.json"}'},
                          "base.json", ('{"compilerOptions": {"paths": {"~/*": ["./a/*"]}}}', '{"compilerOptions": {"paths": {"~/*": ["./b/*"]}}}'), (1, 2)),
    "script and .env": ("main.ts", {"main.ts": 'import { process, task } from "@capsule-run/sdk";\n'
                                    'export const main = task({ name: "main", envVariables: ["WORD"] }, () => process.env.WORD);\n'},
                        ".env", ("WORD=one\n", "WORD=two\n"), ("one", "two")),
}


class Runs:
    """A way to get a result: `capsule run`."""

    def __init__(self, project):
        self.project = project

    def outcome(self, name):
        return self.project.run("run", "--json", name).envelope

    def result(self, name):
        envelope = self.outcome(name)
        assert envelope["success"], envelope
        return envelope["result"]

    def close(self):
        pass


class Worker(Runs):
    """Another: a call of one worker that stays."""

    def __init__(self, project):
        super().__init__(project)
        self.process = project.start("worker", stdin=-1)

    def outcome(self, name):
        self.process.stdin.write(json.dumps({"id": "1", "file": name}).encode() + b"\n")
        self.process.stdin.flush()
        reply = json.loads(self.process.stdout.readline())
        return reply.get("output") or {"success": False, "error": {"error_type": reply["error_type"]}}

    def close(self):
        self.process.communicate(timeout=DEADLINE)


@pytest.fixture(params=[Runs, Worker], ids=["run", "worker"])
def way(request, project):
    way = request.param(project)
    yield way
    way.close()


def age(path):
    """Sets a file's times far enough back that its age is no reason to read it again; those that stat tells afterwards."""
    then = time.time_ns() - 3600 * 10**9
    os.utime(path, ns=(then, then))
    return then


def edit(path, text):
    """In place, the same size, and with the times of before."""
    state = path.stat()
    assert len(text.encode()) == state.st_size, "this would be noticed by its size"
    with open(path, "r+") as file:
        file.write(text)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_of_the_same_size_and_time_is_seen(project, way, name):
    program, files, edited, (old, new), (before, after) = EDITS[name]
    for path, text in {**files, edited: old}.items():
        age(project.write(path, text))
    assert way.result(program) == before
    assert way.result(program) == before
    edit(project.path / edited, new)
    assert way.result(program) == after
    assert way.result(program) == after
    edit(project.path / edited, old)
    assert way.result(program) == before


@pytest.mark.parametrize("name", EDITS)
def test_a_file_put_in_its_place_is_seen(project, way, name):
    """By rename, as editors and version control do it; the new file is as old and as long."""
    program, files, edited, (old, new), (before, after) = EDITS[name]
    for path, text in {**files, edited: old}.items():
        age(project.write(path, text))
    assert way.result(program) == before
    path = project.path / edited
    other = path.with_name("aside.tmp")
    other.write_text(new)
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.rename(path)
    assert way.result(program) == after


SWAPPED = {
    "python": ("main.py", {"main.py": "import helper, pack\n" + python("return [helper.VALUE, pack.VALUE]"), "helper.py": "VALUE = '%s'\n",
                           "pack/__init__.py": "VALUE = '%s'\n"}),
    "typescript": ("main.ts", {"main.ts": 'import { a } from "./lib";\nimport b from "pack";\nexport function main() { return [a, b]; }\n',
                               "lib.ts": "export const a = '%s';\n", "node_modules/pack/index.js": "module.exports = '%s';\n"}),
}


@pytest.mark.parametrize("language", SWAPPED)
@pytest.mark.parametrize("how", ["swap", "replace"])
def test_a_checkout_of_another_state_is_seen(project, way, language, how):
    """Two states of a project in which all files have the same names, sizes and times, one after the other at one path."""
    program, files = SWAPPED[language]
    then = time.time_ns() - 3600 * 10**9
    src, spare, third = (project.path / name for name in ("src", "spare", "third"))

    def lay(folder, word):
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text % word if "%s" in text else text)
            os.utime(folder / path, ns=(then, then))

    lay(src, "one")
    assert way.result(f"src/{program}") == ["one", "one"]
    if how == "swap":
        lay(spare, "two")
    for word in ("two", "one", "two"):
        if how == "swap":
            src.rename(third)
            spare.rename(src)
            third.rename(spare)
        else:
            shutil.rmtree(src)
            lay(src, word)
        assert way.result(f"src/{program}") == [word, word]


def test_a_deleted_module_is_missed(project, way):
    project.write("main.py", "import helper\n" + python("return helper.VALUE"))
    age(project.write("helper.py", "VALUE = 1\n"))
    assert way.result("main.py") == 1
    (project.path / "helper.py").unlink()
    assert way.outcome("main.py")["error"]["error_type"] == "build_error"
    project.write("helper/__init__.py", "VALUE = 2\n")
    assert way.result("main.py") == 2


def test_a_deleted_script_is_missed(project, way):
    project.write("main.ts", 'import { value } from "./lib";\n' + MAIN_TS)
    age(project.write("lib.ts", "export const value = 1;\n"))
    assert way.result("main.ts") == 1
    (project.path / "lib.ts").unlink()
    assert way.outcome("main.ts")["error"]["error_type"] == "build_error"
    project.write("lib.js", "export const value = 2;\n")
    assert way.result("main.ts") == 2


def test_a_new_file_that_comes_first_is_seen(project, way):
    """Modules that were found somewhere else, or nowhere, until a file appears where they are looked for first."""
    project.write("main.py", "import colorsys\ntry:\n    import extra\nexcept ImportError:\n    extra = None\n" + python("return [hasattr(colorsys, 'MINE'), bool(extra)]"))
    assert way.result("main.py") == [False, False]
    age(project.write("colorsys.py", "MINE = True\n"))
    assert way.result("main.py") == [True, False]
    age(project.write("extra.py", ""))
    assert way.result("main.py") == [True, True]
    for name in ("colorsys.py", "extra.py"):
        (project.path / name).unlink()
    assert way.result("main.py") == [False, False]


def test_new_configuration_is_seen(project, way):
    """capsule.toml and .env that were not there before, and are gone again."""
    project.write("main.py", 'import os\n' + python('return os.environ.get("WORD")'))
    assert way.result("main.py") is None
    age(project.write("capsule.toml", '[tasks]\ndefault_env_variables = ["WORD"]\n'))
    assert way.result("main.py") is None
    for file, word in ((".env.production", "production"), (".env.local", "local"), (".env", "plain")):
        age(project.write(file, f"WORD={word}\n"))
        assert way.result("main.py") == word
    (project.path / "capsule.toml").unlink()
    assert way.result("main.py") is None
