import pytest

from examples_support import Workspace, copy_examples


@pytest.fixture
def work(tmp_path, cache):
    """An empty project."""
    project = tmp_path / "project"
    project.mkdir()
    return Workspace(project, cache)


@pytest.fixture
def example(tmp_path, cache):
    """A function: a copy of the folder of one example."""

    def copy(name):
        copy_examples(name, tmp_path / name)
        return Workspace(tmp_path / name, cache)

    return copy
