"""Unpacks the parts of an archive that a manifest asks for."""

import os
import stat
import tarfile
import zipfile

from paths import SetupError


def unpack(archive, out, only=(), strip=1):
    """Extracts into `out`, dropping `strip` leading folders of each name.

    Only what lies at or below one of the `only` paths is taken.  Names or
    links that would leave `out` stop the set-up.
    """
    taken = unpack_zip if zipfile.is_zipfile(archive) else unpack_tar
    count = taken(archive, out, lambda name: destination(archive, name, out, only, strip))
    if not count:
        raise SetupError(f"{archive}: nothing at {' '.join(only) or 'any path'} with {strip} leading folders dropped")


def destination(archive, name, out, only, strip):
    """Where a member goes, or None when it is not asked for."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts or name.startswith("/"):
        raise SetupError(f"{archive}: member {name!r} leaves the archive")
    clean = "/".join(parts)
    if only and not any(clean == path or clean.startswith(path.rstrip("/") + "/") for path in only):
        return None
    if len(parts) <= strip:
        return None
    return os.path.join(out, *parts[strip:])


def unpack_zip(archive, out, place):
    count = 0
    with zipfile.ZipFile(archive) as source:
        for member in source.infolist():
            target = place(member.filename)
            if target is None or member.is_dir():
                continue
            write_file(target, source.open(member), (member.external_attr >> 16) & 0o111)
            count += 1
    return count


def unpack_tar(archive, out, place):
    count = 0
    with tarfile.open(archive) as source:
        for member in source:
            target = place(member.name)
            if target is None or member.isdir():
                continue
            if member.isreg():
                write_file(target, source.extractfile(member), member.mode & 0o111)
            elif member.issym():
                link(archive, member, target, out)
            else:
                raise SetupError(f"{archive}: member {member.name!r} is neither file nor link")
            count += 1
    return count


def write_file(target, content, executable):
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with content, open(target, "wb") as file:
        while block := content.read(1 << 20):
            file.write(block)
        os.chmod(file.fileno(), stat.S_IMODE(0o755 if executable else 0o644))


def link(archive, member, target, out):
    """Makes a symbolic link whose target stays inside the unpacked tree."""
    reached = os.path.normpath(os.path.join(os.path.dirname(target), member.linkname))
    if os.path.isabs(member.linkname) or not (reached + os.sep).startswith(os.path.normpath(out) + os.sep):
        raise SetupError(f"{archive}: link {member.name!r} to {member.linkname!r} leaves the archive")
    os.makedirs(os.path.dirname(target), exist_ok=True)
    os.symlink(member.linkname, target)
