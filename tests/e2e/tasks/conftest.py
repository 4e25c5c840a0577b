import pytest

from tasks_support import Workspace


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def work(tmp_path, shared_cache):
    project = tmp_path / "project"
    project.mkdir()
    return Workspace(project, shared_cache)
