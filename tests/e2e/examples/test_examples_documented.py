"""The examples as they are told of: each file says how it is run, and does; the index has them all."""

import re
import shlex

import pytest

from examples_support import EXAMPLES, ROOT, Workspace, copy_examples

FILES = [file for file in sorted(EXAMPLES.glob("*/*")) if file.stem == file.parent.name and file.suffix in (".py", ".ts")]
#: "examples/judge/judge.py": what the CLI runs. examples/host is an ordinary program.
RECIPES = [str(file.relative_to(ROOT)) for file in FILES if file.parent.name != "host"]


def test_every_recipe_is_in_both_languages():
    folders = {name.split("/")[1] for name in RECIPES}
    assert len(RECIPES) == 2 * len(folders) >= 14


@pytest.mark.parametrize("name", RECIPES)
def test_its_head_says_how_it_is_run(tmp_path, cache, name):
    copy_examples(".", tmp_path / "examples")
    head = (ROOT / name).read_text().split("import ")[0]
    [command] = re.findall(r"^(?://)? {4,5}(capsule run .*)$", head, flags=re.MULTILINE)
    words = shlex.split(command)
    assert words[-1] == name
    done = Workspace(tmp_path, cache).capsule(*words[1:])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", RECIPES)
def test_it_is_short(name):
    lines = (ROOT / name).read_text().splitlines()
    assert len(lines) <= 80 and max(map(len, lines)) <= 132


def test_the_index_names_every_file():
    index = (EXAMPLES / "README.md").read_text()
    named = {f"examples/{link}" for link in re.findall(r"\]\(([^)#]+)\)", index) if not link.startswith("..")}
    assert named >= set(RECIPES) | {"examples/hello.py", "examples/hello.ts", "examples/embed/embed.c"}
    assert all((ROOT / link).exists() for link in named)
