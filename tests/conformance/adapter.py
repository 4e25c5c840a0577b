"""Adapter of `capsule exec` for the runner of the public WASI test suite, which loads this file as a module.

CAPSULE_BIN names the CLI; by default it is the one this tree builds.
"""

import os
import pathlib
import subprocess

CAPSULE = os.environ.get("CAPSULE_BIN", str(pathlib.Path(__file__).resolve().parents[2] / "build" / "capsule"))


def get_name():
    return "capsule"


def get_version():
    return subprocess.run([CAPSULE, "--version"], encoding="UTF-8", capture_output=True, check=True).stdout.split()[-1]


def get_wasi_versions():
    return ["wasm32-wasip1"]


def get_wasi_worlds():
    return ["wasi:cli/command"]


def get_timeout_seconds():
    return 60


def compute_argv(test_path, args_env_root, proposals, wasi_world, wasi_version):
    del proposals, wasi_world, wasi_version
    args, env, root = args_env_root
    words = [CAPSULE, "exec"]
    for name, value in env.items():
        words += ["--env", f"{name}={value}"]
    if root:
        words += ["--dir", f"{root}::/"]
    return words + [test_path, "--", *args]
