import pytest

from tasks_support import Workspace


@pytest.fixture
def work(tmp_path, cache):
    project = tmp_path / "project"
    project.mkdir()
    return Workspace(project, cache)
