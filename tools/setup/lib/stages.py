"""Cached build steps, addressed by the content they are made from.

    cache/
      NAME-<key>/          one finished entry, read-only by convention
        .complete          its full key, and the hash of its content; an entry
                           without this file does not count
      locks/NAME-<key>     held (flock) while the entry is being made
      logs/NAME-<key>.log  output of the command that made it
      tmp/                 half-made entries and scratch; safe to delete

An entry appears by one rename, so nobody sees half of one, and an interrupted
set-up continues with the first stage that is missing.

A stage that comes after another depends on the content of that one's entry,
not on how it was made: a changed comment in a link script links again, and
when the result is the same, nothing after it is made anew.
"""

import hashlib
import os
import sys
import time

from hashing import FileHashes, hash_inputs
from paths import SetupError, cache_dir, deps_dir, make_dir

FORMAT = "capsule stage 1"
MARK = ".complete"
KEY_DIGITS = 16


class Stage:
    """One step: what it is made from, and the command that makes it."""

    def __init__(self, name, command, inputs=(), texts=(), after=(), env=()):
        self.name = name
        self.command = list(command)
        self.inputs = list(inputs)
        self.texts = list(texts)
        self.after = list(after)
        self.env = list(env)

    def key(self, hashes):
        """The sha256, in hex, of everything that the entry depends on."""
        digest = hashlib.sha256(f"{FORMAT}\0{self.name}\n".encode())
        for word in self.command:
            digest.update(f"command\0{word}\n".encode())
        for text in self.texts:
            digest.update(f"text\0{text}\n".encode())
        for variable in self.env:
            digest.update(f"env\0{variable}\0{os.environ.get(variable, '')}\n".encode())
        for other in self.after:
            digest.update(f"after\0{other}\0{finished_content(other)}\n".encode())
        hash_inputs(digest, self.inputs, hashes)
        return digest.hexdigest()


def finished_content(name):
    """The content hash of a stage that was made before in this clone."""
    link = os.path.join(deps_dir(), name)
    mark = read_mark(link)
    if not mark:
        raise SetupError(f"stage {name} has not been made yet ({link} is missing)")
    return mark[-1]


def read_mark(entry):
    """The lines of an entry's mark: its key and its content's hash; empty without one."""
    try:
        with open(os.path.join(entry, MARK), encoding="utf-8") as file:
            return file.read().split()
    except OSError:
        return []


def ensure(stage, verbose=False):
    """Makes the stage unless its entry exists; links it below deps_dir().

    Raises SetupError when the command fails.
    """
    cache = make_dir(cache_dir())
    hashes = FileHashes(cache)
    key = stage.key(hashes)
    hashes.save()
    entry = os.path.join(cache, f"{stage.name}-{key[:KEY_DIGITS]}")
    if is_complete(entry, key):
        mark_used(entry)
        if verbose:
            print(f"setup: {stage.name}: up to date", file=sys.stderr)
    else:
        # Imported here: make starts this program often, and mostly for a hit.
        import making

        making.make(stage, cache, entry, key)
    link_entry(stage.name, entry)
    return entry


def is_complete(entry, key):
    return read_mark(entry)[:1] == [key]


def link_entry(name, entry):
    """Points the clone's build/deps/NAME at the entry, atomically."""
    link = os.path.join(deps_dir(), name)
    try:
        if os.readlink(link) == entry:
            return
    except OSError:
        pass
    make_dir(os.path.dirname(link))
    temporary = f"{link}.{os.getpid()}"
    try:
        os.unlink(temporary)
    except FileNotFoundError:
        pass
    os.symlink(entry, temporary)
    os.replace(temporary, link)


def mark_used(entry):
    """Notes the day of the last use, for prune()."""
    mark = os.path.join(entry, MARK)
    try:
        if time.time() - os.stat(mark).st_mtime > 86400:
            os.utime(mark)
    except OSError:
        pass  # a cache that only another user may write to
