"""Where set-up keeps things."""

import os


def cache_dir():
    """The cache shared by every clone of one user, as an absolute path."""
    chosen = os.environ.get("CAPSULE_BUILD_CACHE")
    if not chosen:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        chosen = os.path.join(base, "capsule-build")
    return os.path.abspath(chosen)


def deps_dir():
    """The clone's links to cache entries; commands run from the clone's top."""
    return os.path.join(os.environ.get("BUILD") or "build", "deps")


def make_dir(path):
    """Creates a directory and its parents, private to the user."""
    os.makedirs(path, mode=0o755, exist_ok=True)
    return path


class SetupError(Exception):
    """A failure whose text is the whole message for the user."""
