"""Fixtures of the JavaScript guest's tests."""

import os

import pytest

from javascript_support import CAPSULE, Project


@pytest.fixture
def project(tmp_path, cache):
    if not os.access(CAPSULE, os.X_OK):
        pytest.fail(f"{CAPSULE} is missing: build it first, or name another one in CAPSULE_BIN")
    return Project(tmp_path, cache)


@pytest.fixture
def run(project):
    return project.run


@pytest.fixture
def main(project):
    return project.main
