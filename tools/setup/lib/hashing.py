"""Content hashes of input files, quick when nothing changed.

A set-up that has nothing to do reads no file: size, modification time and
inode of each input are compared with those recorded when its hash was last
computed.  A file modified less than two seconds before it was hashed is not
recorded, because a second write within the clock's granularity would go
unseen.
"""

import hashlib
import os
import stat
import time

from paths import SetupError, make_dir

SETTLED_NS = 2_000_000_000
SKIPPED_DIRS = {"__pycache__", ".git"}


class FileHashes:
    """sha256 of files by path, remembered in one file per clone.

    A line of that file: size, modification time (ns), inode, hash, path.
    """

    def __init__(self, cache):
        clone = hashlib.sha256(os.getcwd().encode()).hexdigest()[:16]
        self.store = os.path.join(make_dir(os.path.join(cache, "stat")), clone + ".tsv")
        self.changed = False
        self.known = {}
        try:
            with open(self.store, encoding="utf-8") as file:
                for line in file:
                    *seen, path = line.rstrip("\n").split("\t", 4)
                    self.known[path] = seen
        except (OSError, ValueError):
            pass  # a lost or broken store costs a re-hash

    def of_file(self, path):
        """The file's sha256 in hex; a symbolic link counts as its target's name."""
        info = os.lstat(path)
        if stat.S_ISLNK(info.st_mode):
            return "link:" + os.readlink(path)
        if not stat.S_ISREG(info.st_mode):
            raise SetupError(f"{path}: an input is a regular file, a link or a directory")
        seen = [str(info.st_size), str(info.st_mtime_ns), str(info.st_ino)]
        entry = self.known.get(path)
        if entry and entry[:3] == seen:
            return entry[3]
        digest = sha256_file(path)
        if time.time_ns() - info.st_mtime_ns > SETTLED_NS and "\n" not in path:
            self.known[path] = seen + [digest]
            self.changed = True
        return digest

    def save(self):
        """Keeps what was learnt; a lost race with another process costs a re-hash."""
        if not self.changed:
            return
        self.known = {path: entry for path, entry in self.known.items() if os.path.exists(path)}
        temporary = f"{self.store}.{os.getpid()}"
        with open(temporary, "w", encoding="utf-8") as file:
            file.writelines("\t".join([*entry, path]) + "\n" for path, entry in self.known.items())
        os.replace(temporary, self.store)


def sha256_file(path):
    """The sha256 of a file's content, in hex."""
    return digest_file(path, "sha256").hexdigest()


def digest_file(path, algorithm):
    """A hashlib object fed with the file's content."""
    digest = hashlib.new(algorithm)
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest


def walk_input(path):
    """Yields the files of an input: itself, or all below it, in a fixed order."""
    if not os.path.isdir(path):
        if not os.path.lexists(path):
            raise SetupError(f"input {path} does not exist")
        yield path
        return
    for folder, names, files in os.walk(path):
        names[:] = sorted(name for name in names if name not in SKIPPED_DIRS)
        links = [name for name in names if os.path.islink(os.path.join(folder, name))]
        for name in sorted(files + links):
            yield os.path.join(folder, name)


def hash_inputs(digest, paths, hashes):
    """Feeds names, executable bits and contents of the inputs into a hashlib object."""
    for path in sorted(set(os.path.normpath(path) for path in paths)):
        for name in walk_input(path):
            executable = bool(os.lstat(name).st_mode & stat.S_IXUSR)
            digest.update(f"input\0{name}\0{executable}\0{hashes.of_file(name)}\n".encode())


def tree_hash(root):
    """The sha256 of a directory's content: names, executable bits, links and files."""
    digest = hashlib.sha256()
    for folder, names, files in os.walk(root):
        names.sort()
        links = [name for name in names if os.path.islink(os.path.join(folder, name))]
        for name in sorted(files + links):
            path = os.path.join(folder, name)
            info = os.lstat(path)
            content = os.readlink(path) if stat.S_ISLNK(info.st_mode) else sha256_file(path)
            executable = bool(info.st_mode & stat.S_IXUSR)
            digest.update(f"{os.path.relpath(path, root)}\0{executable}\0{content}\n".encode())
    return digest.hexdigest()
