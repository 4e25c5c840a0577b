"""The build backend (PEP 517) of this package. It needs nothing beside Python, so that `pip install` needs no
network.

The package is the files in capsule/ beside this one, and those it shares with the SDK inside the sandbox, from
guests/python/sdk of the repository. A source distribution carries a copy of these in shared/.
"""

import base64
import hashlib
import io
import pathlib
import re
import tarfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
SHARED = ("__init__.py", "app.py", "decorator.py", "errors.py", "http.py", "mapping.py", "programs.py", "results.py", "sandbox.py")
TAG = "py3-none-any"


def _field(name):
    text = (HERE / "pyproject.toml").read_text(encoding="utf-8")
    return re.search(rf'^{name} = "(.*)"$', text, re.MULTILINE)[1]


NAME, VERSION = _field("name"), _field("version")
DIST_INFO = f"{NAME}-{VERSION}.dist-info"


def _shared_folder():
    for folder in (HERE / "shared", HERE.parents[1] / "guests" / "python" / "sdk" / "capsule"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError("the files shared with guests/python/sdk are missing: build from the repository or an sdist")


def _package_files():
    """The content of the package by name."""
    shared = _shared_folder()
    files = {name: (shared / name).read_bytes() for name in SHARED}
    for path in sorted((HERE / "capsule").iterdir()):
        if path.suffix in (".py", ".pyi", ".typed"):
            files[path.name] = path.read_bytes()
    return files


def _metadata():
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    return (
        f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {VERSION}\nSummary: {_field('description')}\n"
        f"Requires-Python: {_field('requires-python')}\nLicense: Apache-2.0\n"
        f"Description-Content-Type: text/markdown\n\n{readme}"
    ).encode()


def _write_wheel(folder, files):
    """A wheel with these files, its metadata, and the record of both. Answers its file name."""
    files = dict(files)
    files[f"{DIST_INFO}/METADATA"] = _metadata()
    files[f"{DIST_INFO}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: {NAME} build_wheel\nRoot-Is-Purelib: true\nTag: {TAG}\n".encode()
    )
    rows = []
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        rows.append(f"{name},sha256={digest},{len(content)}\n")
    files[f"{DIST_INFO}/RECORD"] = ("".join(rows) + f"{DIST_INFO}/RECORD,,\n").encode()
    name = f"{NAME}-{VERSION}-{TAG}.whl"
    with zipfile.ZipFile(pathlib.Path(folder) / name, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path)  # of a fixed date: equal content gives equal wheels
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            wheel.writestr(entry, content)
    return name


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    return _write_wheel(wheel_directory, {f"capsule/{name}": data for name, data in _package_files().items()})


def build_sdist(sdist_directory, config_settings=None):
    top = f"{NAME}-{VERSION}"
    files = {name: (HERE / name).read_bytes() for name in ("pyproject.toml", "build_wheel.py", "README.md")}
    files |= {f"capsule/{path.name}": path.read_bytes() for path in sorted((HERE / "capsule").iterdir()) if path.is_file()}
    files |= {f"shared/{name}": (_shared_folder() / name).read_bytes() for name in SHARED}
    files["PKG-INFO"] = _metadata()
    with tarfile.open(pathlib.Path(sdist_directory) / f"{top}.tar.gz", "w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"{top}/{name}")
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    return f"{top}.tar.gz"
