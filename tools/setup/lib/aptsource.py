"""Downloads an upstream tarball with `apt-get source`, leaving the system's lists alone.

The system's own archive stanza is copied with source packages switched on and
the manifest's suite put in; apt gets private list, cache and state folders.
"""

import glob
import os
import re
import subprocess

STANZA_FIELDS = ("uris", "signed-by", "trusted")
ONE_LINE = re.compile(r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<parts>.*)$")


def apt_source(source, scratch):
    """Puts source.file into scratch; False when apt cannot supply it."""
    for number, archive in enumerate(archives("/etc/apt")):
        if fetch_from(source, archive, scratch, os.path.join(scratch, f"apt{number}")):
            return True
    return False


def archives(root):
    """The system's archives that have a `main` component, as stanza dictionaries."""
    found = []
    for path in sorted(glob.glob(f"{root}/sources.list.d/*.sources")):
        found += [stanza for stanza in read_stanzas(path) if usable(stanza)]
    for path in [f"{root}/sources.list", *sorted(glob.glob(f"{root}/sources.list.d/*.list"))]:
        found += read_one_line(path)
    # Security and update archives have no package pool of another suite.
    return sorted(found, key=lambda stanza: "security" in stanza["uris"])


def usable(stanza):
    return "uris" in stanza and "main" in stanza.get("components", "").split() and stanza.get("enabled") != "no"


def read_stanzas(path):
    """Stanzas of the deb822 format, with lower-case field names."""
    try:
        with open(path, encoding="utf-8") as file:
            text = "".join(line for line in file if not line.startswith("#"))
    except OSError:
        return []
    stanzas = []
    for block in re.split(r"\n\s*\n", text):
        fields = {}
        name = None
        for line in block.splitlines():
            if line[:1].isspace() and name:
                fields[name] += "\n" + line
            elif ":" in line:
                name, value = line.split(":", 1)
                name = name.strip().lower()
                fields[name] = value.strip()
        stanzas.append(fields)
    return stanzas


def read_one_line(path):
    """Entries of the one-line format, as stanza dictionaries."""
    try:
        with open(path, encoding="utf-8") as file:
            matches = [ONE_LINE.match(line.strip()) for line in file]
    except OSError:
        return []
    found = []
    for match in matches:
        if not match or "main" not in match["parts"].split():
            continue
        stanza = {"uris": match["uri"]}
        for option in (match["options"] or "").split():
            name, _, value = option.partition("=")
            stanza[name.lower()] = value
        found.append(stanza)
    return found


def write_stanza(archive, suite, path):
    lines = ["Types: deb deb-src", f"Suites: {suite}", "Components: main"]
    lines += [f"{name.title()}: {archive[name]}" for name in STANZA_FIELDS if name in archive]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def fetch_from(source, archive, scratch, state):
    """One archive's try; apt's messages go to the log."""
    for folder in ("parts", "lists/partial", "cache/archives/partial"):
        os.makedirs(os.path.join(state, folder))
    write_stanza(archive, source.suite, os.path.join(state, "parts", "source.sources"))
    # Lists may be fetched by apt's own unprivileged user.
    for folder in (scratch, state):
        os.chmod(folder, 0o755)
    apt = ["apt-get", "-q", "-o", "Dir::Etc::sourcelist=/dev/null", "-o", f"Dir::Etc::sourceparts={state}/parts",
           "-o", f"Dir::State::Lists={state}/lists", "-o", f"Dir::Cache={state}/cache",
           "-o", "APT::Get::List-Cleanup=0", "-o", "APT::Sandbox::User=root",
           "-o", "Acquire::Languages=none", "-o", "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false"]
    steps = (["update"], ["source", "--tar-only", "--download-only", f"{source.package}/{source.suite}"])
    for step in steps:
        if subprocess.run(apt + step, check=False, cwd=scratch, stdin=subprocess.DEVNULL).returncode:
            return False
    return take_tarball(source, scratch)


def take_tarball(source, scratch):
    """Gives Debian's copy (PACKAGE_VERSION.orig.tar.xz) its upstream name."""
    copies = glob.glob(os.path.join(scratch, "*.orig.tar.*"))
    if len(copies) != 1:
        return False
    os.rename(copies[0], os.path.join(scratch, source.file))
    return True
