"""fetch MANIFEST: downloads, verifies and unpacks what a manifest lists.

Run as the command of a stage: the result goes to $OUT.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

from download import fetch_crates, fetch_file  # noqa: E402
from manifest import read_manifest  # noqa: E402
from paths import SetupError  # noqa: E402
from unpack import unpack  # noqa: E402


def fetch(manifest, out):
    """Fetches every source of the manifest for this machine into `out`."""
    sources = read_manifest(manifest)
    crates = [source for source in sources if source.kind == "crate"]
    files = [source for source in sources if source.kind != "crate"]
    if crates:
        print(f"fetching {len(crates)} crates", flush=True)
        fetch_crates(crates, out)
    for number, source in enumerate(files, 1):
        print(f"[{number}/{len(files)}] {source.name} {source.version}", flush=True)
        unpack(fetch_file(source), os.path.join(out, source.into), source.only, source.strip)


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__ if sys.argv[1:] in (["-h"], ["--help"]) else "usage: fetch MANIFEST")
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 2
    out = os.environ.get("OUT")
    if not out:
        print("fetch: OUT names the folder for the result and is not set", file=sys.stderr)
        return 2
    try:
        fetch(sys.argv[1], out)
    except SetupError as error:
        print(f"fetch: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
