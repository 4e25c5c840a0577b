"""Reader of third_party/*.ini, the manifests of fetched sources.

Each section is one file to fetch:

    [NAME]
    kind = pypi | npm | crate | debian
    package = name in that registry     (default: NAME)
    version = exact version
    file = name of the downloaded file  (not for crates)
    hash = sha256:HEX or sha512:HEX
    machine = x86_64 | aarch64          (default: every machine)
    only = path inside the archive      (default: everything; several lines: several paths)
    strip = leading folders to drop     (default: 1)
    into = folder below the result      (default: the result itself)
    url = the upstream address          (debian only: used where apt is not)
"""

import configparser
import platform
import re

from paths import SetupError

KINDS = ("pypi", "npm", "crate", "debian")
OPTIONS = {
    "kind", "package", "version", "file", "hash", "machine", "only", "strip", "into", "url", "suite",
}
HASH = re.compile(r"^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$")
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


class Source:
    """One file to fetch, as the manifest describes it."""

    def __init__(self, manifest, name, section):
        self.where = f"{manifest} [{name}]"
        unknown = set(section) - OPTIONS
        if unknown:
            raise SetupError(f"{self.where}: unknown option {', '.join(sorted(unknown))}")
        self.name = name
        self.kind = self.choice(section, "kind", KINDS)
        self.package = section.get("package", name)
        self.version = self.required(section, "version")
        self.file = section.get("file") if self.kind == "crate" else self.required(section, "file")
        if self.file and "/" in self.file:
            raise SetupError(f"{self.where}: file {self.file!r} is a name without a folder")
        self.hash = self.required(section, "hash")
        if not HASH.match(self.hash):
            raise SetupError(f"{self.where}: hash {self.hash!r}: sha256:HEX or sha512:HEX is accepted")
        self.machine = section.get("machine")
        self.only = section.get("only", "").split()
        self.strip = int(section.get("strip", "1"))
        self.into = section.get("into", ".")
        self.url = section.get("url")
        self.suite = section.get("suite")

    def required(self, section, option):
        if not section.get(option):
            raise SetupError(f"{self.where}: {option} is missing")
        return section[option]

    def choice(self, section, option, accepted):
        value = self.required(section, option)
        if value not in accepted:
            raise SetupError(f"{self.where}: {option} {value!r}: one of {', '.join(accepted)} is accepted")
        return value


def read_manifest(path, machine=None):
    """The sources of a manifest that this machine needs, in the file's order."""
    machine = machine or MACHINES.get(platform.machine(), platform.machine())
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    try:
        with open(path, encoding="utf-8") as file:
            parser.read_file(file)
    except OSError as error:
        raise SetupError(f"manifest {path}: {error.strerror}") from None
    except configparser.Error as error:
        raise SetupError(f"manifest {path}: {error}") from None
    sources = [Source(path, name, parser[name]) for name in parser.sections()]
    chosen = [source for source in sources if source.machine in (None, machine)]
    if not chosen:
        known = ", ".join(sorted({source.machine for source in sources if source.machine})) or "nothing"
        raise SetupError(f"manifest {path}: nothing for machine {machine}; it lists {known}")
    return chosen
