import pytest

from examples_support import Workspace, copy_examples


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def work(tmp_path, shared_cache):
    """An empty project."""
    project = tmp_path / "project"
    project.mkdir()
    return Workspace(project, shared_cache)


@pytest.fixture
def example(tmp_path, shared_cache):
    """A function: a copy of the folder of one example."""

    def copy(name):
        copy_examples(name, tmp_path / name)
        return Workspace(tmp_path / name, shared_cache)

    return copy
