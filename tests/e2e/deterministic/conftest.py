"""Fixtures of the tests of deterministic mode."""

import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "cli"))

from deterministic_support import Twice  # noqa: E402


@pytest.fixture
def twice(tmp_path, cache):
    return Twice(tmp_path, cache)
