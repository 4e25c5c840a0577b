"""A scratch clone and cache for each test of the set-up tools."""

import os
import pathlib
import subprocess

import pytest

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools" / "setup"


class Clone:
    """A directory that plays the top of a tree, with a build cache of its own."""

    def __init__(self, root):
        self.root = root
        self.cache = root.parent / "cache"
        root.mkdir()

    def environment(self, **more):
        env = {name: value for name, value in os.environ.items() if not name.startswith("CAPSULE_")}
        env.pop("BUILD", None)
        return {**env, "CAPSULE_BUILD_CACHE": str(self.cache), **more}

    def start(self, tool, *words, **env):
        """Starts one of the tools without waiting for it."""
        return subprocess.Popen(
            [TOOLS / tool, *map(str, words)], cwd=self.root, env=self.environment(**env), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )

    def run(self, tool, *words, **env):
        """Runs one of the tools to its end; returns (status, standard output, standard error)."""
        process = self.start(tool, *words, **env)
        output, errors = process.communicate(timeout=60)
        return process.returncode, output, errors

    def stage(self, *words):
        return self.run("stage", *words)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def entries(self):
        """Names of the finished and half-made entries of the cache."""
        service = {"locks", "logs", "stat", "tmp", "zig", "downloads"}
        return sorted(path.name for path in self.cache.iterdir() if path.name not in service)

    def leftovers(self):
        return list((self.cache / "tmp").iterdir())


@pytest.fixture
def clone(tmp_path):
    return Clone(tmp_path / "clone")
