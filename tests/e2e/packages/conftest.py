import pytest

import wheels
from packages_support import Project


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


@pytest.fixture
def index(project):
    served = wheels.Index(project.wheels)
    yield served
    served.close()
