"""Reading a table of cases: which program file each is about."""

import pytest
from corpus import CorpusError, load_program

TABLE = """
[program]
entry = "main.py"

[[case]]
module = "one"
names = ["a", "b"]

[[case]]
module = "two"
name = "a"
argv = ["x"]

[[case]]
name = "whole"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "main.py").write_text("")
    return tmp_path


def test_a_table_about_several_files(folder):
    (folder / "cases.toml").write_text(TABLE)
    program = load_program(folder)
    assert [(case.name, case.argv) for case in program.cases] == [
        ("one/a", ("one", "a")), ("one/b", ("one", "b")), ("two/a", ("two", "x")), ("whole", ("whole",))]
    assert program.files == {"one", "two", "main.py"}


@pytest.mark.parametrize("more", ['[[case]]\nmodule = "one"\nname = "a"', '[[case]]\nname = "c"\nmodul = "one"', '[[case]]\nmodule = "one"'])
def test_what_is_no_table(folder, more):
    (folder / "cases.toml").write_text(TABLE + more)
    with pytest.raises(CorpusError):
        load_program(folder)
