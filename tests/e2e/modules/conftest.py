"""Fixtures of the tests of foreign modules."""

import pytest

from modules_support import Box


@pytest.fixture(scope="session")
def module_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("module-cache")


@pytest.fixture
def box(tmp_path, module_cache):
    return Box(tmp_path, module_cache)
