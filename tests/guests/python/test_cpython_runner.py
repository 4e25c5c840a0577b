"""The runner of CPython's test suite (tests/long/cpython) on a small suite of our own, which does all that a suite can do."""

import os
import pathlib
import subprocess
import sys
import textwrap

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[2]
RUNNER = TESTS / "long" / "cpython" / "run.py"
CAPSULE = os.environ.get("CAPSULE_BIN") or str(TESTS.parent / "build" / "capsule")
PATIENCE = 120  # seconds after which a run counts as hung

SUITE = {
    "Include/patchlevel.h": '#define PY_VERSION              "9.8.7"\n',
    "Lib/test/__init__.py": "",
    "Lib/test/support/__init__.py": "def record_original_stdout(stream): pass\n",
    "Lib/test/support/os_helper.py": "",
    "Lib/test/support/socket_helper.py": "",
    "Lib/test/test_mixed.py": """
        import os, sys, unittest
        class Mixed(unittest.TestCase):
            def test_passes(self):
                with open("here", "w") as file:
                    file.write("x" * 10)
                self.assertEqual(os.listdir("."), ["here", "tmp"])
            def test_fails(self):
                self.assertEqual(1, 2)
            def test_parts(self):
                for number in range(3):
                    with self.subTest(number=number):
                        self.assertNotEqual(number, 1)
            @unittest.skip("rare")
            def test_skipped(self):
                pass
            def test_ends(self):
                os._exit(3)
            def test_zlast(self):
                pass
            @unittest.expectedFailure
            def test_known(self):
                self.fail()
        @unittest.skip("no mood | for <it>")
        class Skipped(unittest.TestCase):
            def test_1(self): pass
            test_2 = test_3 = test_4 = test_5 = test_1
        """,
    "Lib/test/test_group/__init__.py": "",
    "Lib/test/test_group/test_whole.py": "import unittest\nraise unittest.SkipTest('not here')\n",
    "Lib/test/test_group/test_broken.py": "import nothing_of_the_kind\n",
}
MODULES = "# What this is.\n\n# Some\ntest_mixed\n\n# Others\ntest_group.test_whole\ntest_group.test_broken\n"
EXPECTED = """
[reasons]
sums = "sums are different here"
ends = "nothing ends a sandbox as well"
nothing = "nothing is missing"

[failures.test_mixed]
"Mixed.test_fails" = "sums"
"Mixed.test_parts" = "sums"
"Mixed.test_ends" = "ends"

[modules]
"test_group.test_broken" = "nothing"
"""
PAGE = """
3 modules: 6 tests ran, 3 passed, 3 failed as explained, 6 were skipped by CPython.

## Some

| module | ran | passed | failed | skipped |
|---|---:|---:|---:|---:|
| `test_mixed` | 6 | 3 | 3 | 6 |

## Others

| module | ran | passed | failed | skipped |
|---|---:|---:|---:|---:|
| `test_group.test_whole` | - | - | - | all |
| `test_group.test_broken` | - | - | - | - |

## Why tests fail

| tests | reason | in |
|---:|---|---|
| 2 | sums are different here | `test_mixed` |
| 1 | nothing ends a sandbox as well | `test_mixed` |

## Modules of which nothing runs

| module | reason |
|---|---|
| `test_group.test_whole` | skipped by CPython: not here |
| `test_group.test_broken` | nothing is missing |

## Why CPython skips tests

| tests | reason | in |
|---:|---|---|
| 5 | no mood \\| for &lt;it> | `test_mixed` |

Other reasons, each of fewer than 5 tests: 1, of 1 tests together.
"""


class Suite:
    """A small source tree of CPython, and the runner for it."""

    def __init__(self, path, cache):
        self.path, self.cache = path, cache
        for name, text in SUITE.items():
            self.write(name, textwrap.dedent(text))
        self.write("modules.txt", MODULES)
        self.expect(EXPECTED)

    def write(self, name, text):
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def expect(self, text):
        self.write("expected.toml", text)

    def run(self, *words):
        command = [
            sys.executable, RUNNER, "--capsule", CAPSULE, "--source", self.path / "Lib" / "test", "--work", self.path / "work",
            "--modules", self.path / "modules.txt", "--expected", self.path / "expected.toml", "--page", self.path / "page.md", *words,
        ]  # fmt: skip
        surroundings = os.environ | {"CAPSULE_CACHE": str(self.cache)}
        return subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=PATIENCE)


@pytest.fixture
def suite(tmp_path, cache):
    return Suite(tmp_path, cache)


def test_explained_failures_are_no_failures_and_make_a_page(suite):
    done = suite.run("--write")
    assert (done.returncode, done.stderr) == (0, "")
    page = (suite.path / "page.md").read_text(encoding="utf-8")
    assert "CPython 9.8.7's test suite" in page and page.endswith(PAGE)
    again = suite.run()
    assert (again.returncode, again.stderr) == (0, "")
    assert (suite.path / "page.md").read_text(encoding="utf-8") == page
    suite.write("page.md", page + "x")
    assert "is not what this run makes of it" in suite.run("--saved").stderr


def test_what_is_not_explained_fails(suite):
    suite.expect(EXPECTED.replace('"Mixed.test_fails" = "sums"\n', "").replace('"Mixed.test_ends" = "ends"\n', "").replace('ends = "nothing', '# "'))
    done = suite.run("test_mixed", "--propose")
    assert done.returncode == 1
    assert "test_mixed: Mixed.test_fails: failed, and nothing in expected.toml explains it" in done.stderr
    assert "AssertionError: 1 != 2" in done.stderr
    assert "test_mixed: Mixed.test_ends: ended, and nothing" in done.stderr and "      exit: " in done.stderr
    assert done.stdout.splitlines()[1:4] == ["[failures.test_mixed]", "\"Mixed.test_ends\" = ''", "\"Mixed.test_fails\" = ''"]


def test_what_passes_although_it_should_fail_fails(suite):
    suite.expect(EXPECTED.replace("test_fails", "test_passes").replace("test_parts", "test_gone"))
    done = suite.run("test_mixed")
    assert done.returncode == 1
    assert "Mixed.test_passes: was expected to fail (sums), but passed now" in done.stderr
    assert "Mixed.test_gone: was expected to fail, but there is no such test" in done.stderr


def test_a_module_that_cannot_be_imported_needs_its_reason(suite):
    suite.expect(EXPECTED.split("[modules]")[0].replace('nothing = "nothing is missing"\n', ""))
    done = suite.run("test_group")
    assert done.returncode == 1
    assert "cannot be run: ModuleNotFoundError: No module named 'nothing_of_the_kind'" in done.stderr


def test_tests_that_are_not_run_are_told(suite):
    changed = EXPECTED.replace('"Mixed.test_ends" = "ends"\n', "") + '[not_run.test_mixed]\n"Mixed.test_ends" = "ends"\n'
    suite.expect(changed)
    done = suite.run("--write")
    assert (done.returncode, done.stderr) == (0, "")
    page = (suite.path / "page.md").read_text(encoding="utf-8")
    assert "5 tests ran, 3 passed, 2 failed as explained, 6 were skipped by CPython, 1 are not run." in page
    assert "| `test_mixed` | `Mixed.test_ends` | nothing ends a sandbox as well |" in page


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[reasons]\na = "b"\n', "nothing has the reason 'a'"),
        ('[failures.test_mixed]\na = "b"\n', "no reason is called 'b'"),
        ("[failure]\n", "unknown section 'failure'; there are reasons, failures, not_run, modules"),
        ('[reasons]\na = "b"\n[failures.test_other]\na = "a"\n', "'test_other' is not in the list of modules"),
    ],
)
def test_a_wrong_list_of_expectations_is_one_clear_error(suite, text, message):
    suite.expect(text)
    done = suite.run()
    assert done.returncode == 2
    assert message in done.stderr and done.stderr.count("\n") == 1
