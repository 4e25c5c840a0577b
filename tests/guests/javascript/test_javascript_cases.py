"""Programs of cases/ print what their .out file says.

A .out file is what node 20 prints for the same program, reviewed: it differs where the guest follows a newer node
(symbol keys and hidden properties in util.inspect), has node 12's wording in node:assert, or has a limit of its own.
"""

import difflib

import pytest

from javascript_support import CASES


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.glob("*.ts")))
def test_case(project, name):
    (project.path / "data").mkdir()
    done = project.run(None, name=project.case(name))
    assert done.value is None
    expected = (CASES / name).with_suffix(".out").read_text(encoding="utf-8")
    difference = difflib.unified_diff(expected.splitlines(), done["stdout"].splitlines(), "expected", "printed", lineterm="")
    assert done["stdout"] == expected, "\n".join(difference)
