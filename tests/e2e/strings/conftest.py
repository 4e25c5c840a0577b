"""Fixtures of the tests of programs that are strings."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))

from cli_support import Project  # noqa: E402


class Strings(Project):
    """A project without a program."""

    def string(self, code, *words, lang="py", args=(), **options):
        """Runs `code` as `run -c`, with flags `words`, and answers its envelope."""
        return self.run("run", "--json", "--lang", lang, *words, f"--code={code}", *args, **options).envelope

    def value(self, code, *words, **options):
        envelope = self.string(code, *words, **options)
        assert envelope["success"], envelope["error"]
        return envelope["result"]

    def error(self, code, *words, **options):
        envelope = self.string(code, *words, **options)
        assert not envelope["success"], envelope["result"]
        return envelope["error"]

    def piped(self, text, *words, **options):
        """Runs `words` with `text` on stdin."""
        data = text if isinstance(text, bytes) else text.encode()
        (self.path.parent / "stdin").write_bytes(data)
        with open(self.path.parent / "stdin", "rb") as file:
            return self.run("run", *words, stdin=file, **options)


@pytest.fixture
def strings(tmp_path, cache):
    path = tmp_path / "project"
    path.mkdir()
    return Strings(path, cache)
