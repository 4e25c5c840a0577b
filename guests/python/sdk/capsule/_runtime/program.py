"""A user's program: its main file and the modules beside it, all below /.capsule/app in this sandbox.

Code is compiled under the path its user typed ("dir/hello.py"), and so tracebacks, __file__ and syntax errors show
that path. Where a module really lies is known to the import system only.
"""

import importlib.machinery
import importlib.util
import linecache
import os
import posixpath
import sys

from . import packages

ROOT = "/.capsule/app"

#: Directory in this sandbox that holds the program, and the one its user typed ("" for the current one).
_root = ROOT
_typed = ""
#: Typed paths of the program's files seen so far.
_files = set()


def is_program_file(filename):
    """Whether `filename`, as code carries it, is a file of the program."""
    return filename in _files


def _typed_path(path):
    """The path a user would type for a file of the program."""
    relative = path.removeprefix(_root).lstrip("/")
    return posixpath.join(_typed, relative)


class ProgramLoader(importlib.machinery.SourceFileLoader):
    """Loads one file of the program."""

    def get_code(self, fullname):
        return self.source_to_code(self.get_data(self.path), self.path)

    def source_to_code(self, data, path, *, _optimize=-1):
        typed = _typed_path(path)
        remember_source(typed, data)
        return super().source_to_code(data, typed, _optimize=_optimize)

    def exec_module(self, module):
        module.__file__ = module.__spec__.origin = _typed_path(self.path)
        super().exec_module(module)


class TextLoader:
    """Loads a main file that is not on any disk."""

    def __init__(self, filename, source):
        self.filename, self.source = filename, source

    def create_module(self, spec):
        return None

    def get_source(self, fullname):
        return self.source

    def exec_module(self, module):
        remember_text(self.filename, self.source)
        module.__file__ = self.filename
        exec(compile(self.source, self.filename, "exec", dont_inherit=True), module.__dict__)


def remember_source(filename, data):
    """Gives tracebacks the text that was compiled, whatever happens to the file afterwards."""
    try:
        text = importlib.util.decode_source(data)
    except (SyntaxError, UnicodeDecodeError):
        text = data.decode("latin-1")
    remember_text(filename, text)


def remember_text(filename, text):
    """The same for a text that is no file."""
    _files.add(filename)
    lines = [line + "\n" for line in text.removesuffix("\n").split("\n")]
    linecache.cache[filename] = (len(text), None, lines, filename)


def _finder(path):
    """Path hook for directories of the program."""
    if path != _root and not path.startswith(_root + "/"):
        raise ImportError("not a directory of the program", path=path)
    return importlib.machinery.FileFinder(path, (ProgramLoader, [".py"]))


def install():
    sys.path_hooks.insert(0, _finder)


def forget():
    """Back to the state before a program was loaded."""
    global _root, _typed
    _root, _typed = ROOT, ""
    _files.clear()


def load(entry, name, source, installed=None):
    """Imports the program and answers its main module. `entry` is its file here, `name` what the user typed.

    `installed` is the directory of its packages, or None.
    """
    global _root, _typed
    _root = posixpath.dirname(entry) or ROOT
    _typed = posixpath.dirname(name) if entry else ""
    sys.path.insert(0, _root)
    _let_program_shadow_library()
    if installed:
        packages.install(installed)
    module_name = _module_name(name)
    loader = TextLoader(name, source) if source is not None else ProgramLoader(module_name, entry)
    spec = importlib.util.spec_from_loader(module_name, loader, origin=name)
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    loader.exec_module(module)
    return sys.modules.get(module_name, module)


def _module_name(name):
    """The name of the main module: its file's, as in the import statement that would find it."""
    stem = posixpath.basename(name).removesuffix(".py").replace(".", "_").strip("<>") or "program"
    return f"program_{stem}" if stem in sys.modules or stem in _startup else stem


#: Modules an interpreter has loaded before it looks for a program: no file beside the program replaces them.
_startup = frozenset(sys.builtin_module_names) | {
    "_collections_abc", "_sitebuiltins", "abc", "codecs", "encodings", "genericpath", "importlib", "io", "os",
    "posixpath", "site", "stat", "zipimport", "capsule",
}  # fmt: skip


def _let_program_shadow_library():
    """Forgets warm library modules that a file of the program replaces, as it would in a fresh interpreter."""
    try:
        names = os.listdir(_root)
    except OSError:
        return
    for name in names:
        stem = name.removesuffix(".py")
        if stem in sys.modules and stem not in _startup and (stem != name or _is_package(name)):
            for loaded in [key for key in sys.modules if key == stem or key.startswith(stem + ".")]:
                del sys.modules[loaded]


def _is_package(name):
    return os.path.isfile(posixpath.join(_root, name, "__init__.py"))
