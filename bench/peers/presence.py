"""Which peers are there, and why one is not."""

import hashlib
import os
import shutil
from pathlib import Path

from measure.paths import BUILD, CACHE, DEPS, OPTIMIZED_PYTHON, PLAIN_PYTHON


left_out = set()  # peers that this run does without


def folder(peer):
    """Where a peer of a registry was installed, and why it was not."""
    if peer in left_out:
        return None, "left out of this run"
    stage = "reference" if peer == "capsule-run" else f"peer-{peer}"
    root = DEPS / stage
    if root.exists():
        return root, ""
    reason = BUILD / "peers" / f"{stage}.reason"
    return None, reason.read_text(encoding="utf-8").strip() if reason.exists() else "not installed: `make bench-peers`"


def program(path, made_by):
    """A program that the set-up builds."""
    return (path, "") if path.exists() else (None, f"not built: `make {made_by}`")


def plain_python():
    return program(PLAIN_PYTHON, "setup-cpython-native")


def optimized_python():
    return program(OPTIMIZED_PYTHON, "bench-optimized-python")


def quickjs():
    return program(DEPS / "quickjs-native/quickjs", "setup-quickjs-native")


def node():
    found = shutil.which("node")
    if found and "/shims/" in found:  # a version manager's shim starts a shell first
        found = os.path.realpath(found)
    return (Path(found), "") if found else (None, "there is no node on PATH")


class Reference:
    """The command of the package capsule-run, and what it needs to run programs of each language."""

    def __init__(self):
        self.root, self.reason = folder("capsule-run")
        self.modules = os.environ.get("CAPSULE_REFERENCE_MODULES")

    def command(self, *words):
        return [self.root / "bin/capsule", *words]

    def environment(self):
        return {**os.environ, "PYTHONPATH": str(self.root), "PATH": f"{self.root / 'bin'}:{os.environ['PATH']}"}

    def why_not(self, language):
        """"" when it can run programs of the language."""
        if self.reason or language == "python":
            return self.reason
        if not self.modules:
            return "CAPSULE_REFERENCE_MODULES is not set: a node_modules folder with @capsule-run/sdk"
        return ""

    def project(self, name, language, texts, lay_out):
        """A folder for its builds, which take minutes: kept outside the tree, one for each content. `texts` are all that the
        programs are made of; lay_out(folder) writes them."""
        key = hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
        folder = CACHE / f"bench-reference-{name}-{key}"
        if not folder.exists():
            folder.mkdir(parents=True)
            lay_out(folder)
            if language == "javascript":
                (folder / "node_modules").symlink_to(Path(self.modules).resolve())
        return folder
