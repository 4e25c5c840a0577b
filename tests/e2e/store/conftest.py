"""Fixtures of the tests of trace, image cache, bundler and artifacts, through the command line."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))

from cli_support import Project  # noqa: E402


@pytest.fixture
def project(tmp_path):
    """A project with an image cache of its own, beside it."""
    path = tmp_path / "project"
    path.mkdir()
    return Project(path, tmp_path / "cache")
