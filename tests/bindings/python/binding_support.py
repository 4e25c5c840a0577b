import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[3]
CAPSULE = os.environ.get("CAPSULE_BIN", str(ROOT / "build" / "capsule"))
