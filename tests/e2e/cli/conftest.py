"""Fixtures of the tests of the command line."""

import pytest

from cli_support import Project


@pytest.fixture
def project(tmp_path, cache):
    return Project(tmp_path, cache)
