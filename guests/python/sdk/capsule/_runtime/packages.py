"""The packages that are installed for a program: behind the library on sys.path, as in any interpreter."""

import os
import sys

#: File names of modules that another interpreter would load as native code.
_NATIVE = (".so", ".pyd")


class _NativeFinder:
    """Asked last: says why an extension module that is there cannot be imported."""

    def __init__(self, root):
        self.root = root

    def find_spec(self, fullname, path=None, target=None):
        stem = fullname.rpartition(".")[2]
        for directory in [self.root] if path is None else path:
            if directory == self.root or directory.startswith(self.root + "/"):
                self._complain(fullname, directory, stem)
        return None

    def _complain(self, fullname, directory, stem):
        try:
            names = os.listdir(directory)
        except OSError:
            return
        for name in sorted(names):
            if name.startswith(stem + ".") and name.endswith(_NATIVE):
                place = f"{directory}/{name}".removeprefix(self.root + "/")
                text = f"No module named {fullname!r} in a Capsule sandbox: {place} is native code, which it cannot load"
                raise ModuleNotFoundError(text, name=fullname, path=place)


def install(root):
    """Makes the packages in the directory `root` importable."""
    sys.path.append(root)
    sys.meta_path.append(_NativeFinder(root))
