"""Fixtures of the tests of the command line."""

import pytest

from cli_support import Project


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def project(tmp_path, cache):
    return Project(tmp_path, cache)
