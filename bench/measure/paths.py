"""Where the contestants and the suite are. Every folder of build/deps is made by `make bench`."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "bench"
BUILD = ROOT / "build"
DEPS = BUILD / "deps"
CAPSULE = BUILD / "capsule"
PROGRAMS = BENCH / "programs"
PLAIN_PYTHON = DEPS / "cpython-native/bin/python3.13"
OPTIMIZED_PYTHON = DEPS / "cpython-optimized/bin/python3.13"
# What builds of the reference cost minutes for is kept here, beside the other caches of the set-up.
CACHE = Path(os.environ.get("CAPSULE_BUILD_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "capsule-build")
