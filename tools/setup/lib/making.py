"""Makes the entry of a stage: lock, command, log, publication, cleaning up."""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from hashing import tree_hash
from paths import SetupError, deps_dir, make_dir
from progress import Progress, log_tail, say
from stages import KEY_DIGITS, MARK, is_complete

TICK_SECONDS = 0.2
UNUSED_SECONDS = 30 * 86400

# Variables that change what compilers and configure scripts do, or that belong
# to the calling make.  A stage that wants one names it with --env.
HIDDEN = (
    "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "CC", "CXX", "CPP", "AR", "LD",
    "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "LIBS", "CONFIG_SITE", "PKG_CONFIG_PATH",
    "C_INCLUDE_PATH", "CPATH", "LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME",
    "PYTHONDONTWRITEBYTECODE", "DESTDIR", "PREFIX",
)


def make(stage, cache, entry, key):
    """Makes the entry unless another process did so meanwhile; prunes old ones."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))  # unwinds, so that the command is ended
    with entry_lock(cache, entry, stage.name):
        if not is_complete(entry, key):
            make_entry(stage, cache, entry, key)
    prune(cache, stage.name)


@contextlib.contextmanager
def entry_lock(cache, entry, name):
    """Holds the entry's lock; says so when another process has it first."""
    path = os.path.join(make_dir(os.path.join(cache, "locks")), os.path.basename(entry))
    with open(path, "w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"{name}: another set-up is making it, waiting")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def make_entry(stage, cache, entry, key):
    """Runs the command into a temporary directory and publishes that."""
    tmp = make_dir(os.path.join(cache, "tmp"))
    discard_leftovers(tmp, os.path.basename(entry))
    scratch = tempfile.mkdtemp(prefix=os.path.basename(entry) + ".", dir=tmp)
    out = make_dir(os.path.join(scratch, "out"))
    work = make_dir(os.path.join(scratch, "work"))
    log = os.path.join(make_dir(os.path.join(cache, "logs")), os.path.basename(entry) + ".log")
    progress = Progress(stage.name, log)
    progress.begin()
    outcome = "interrupted"
    try:
        status = run_command(stage, environment(stage, cache, entry, out, work), log, progress)
        outcome = "done" if status == 0 else "failed"
        if status:
            raise SetupError(failure_text(stage, status, log))
        publish(out, entry, key)
    finally:
        progress.end(outcome)
        remove_tree(scratch)


def environment(stage, cache, entry, out, work):
    """What the command sees: see `stage --help` for the promised variables."""
    env = {name: value for name, value in os.environ.items() if name not in HIDDEN}
    env.update((name, os.environ[name]) for name in stage.env if name in os.environ)
    env.update(
        OUT=out,
        WORK=work,
        FINAL=entry,
        DEPS=os.path.abspath(deps_dir()),
        JOBS=str(len(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else "2",
        LC_ALL="C.UTF-8",
        TZ="UTC",
        SOURCE_DATE_EPOCH="1",
        ZIG_GLOBAL_CACHE_DIR=make_dir(os.path.join(cache, "zig")),
        ZIG_LOCAL_CACHE_DIR=os.path.join(work, ".zig"),
    )
    return env


def run_command(stage, env, log, progress):
    """Runs the command in a process group of its own; returns its exit status."""
    with open(log, "wb") as output:
        try:
            process = subprocess.Popen(
                stage.command, env=env, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True,
            )
        except OSError as error:
            raise SetupError(f"{stage.name}: cannot run {stage.command[0]}: {error.strerror}") from None
    try:
        while True:
            try:
                return process.wait(TICK_SECONDS)
            except subprocess.TimeoutExpired:
                progress.refresh()
    finally:
        if process.returncode is None:
            stop_group(process)


def stop_group(process):
    """Ends an interrupted command with everything it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(2)
            return


def failure_text(stage, status, log):
    how = f"exit status {status}" if status > 0 else f"signal {-status}"
    return (
        f"{stage.name} failed ({how}); the end of its log:\n"
        f"{log_tail(log)}\nsetup: {stage.name}: whole log in {log}"
    )


def publish(out, entry, key):
    """Turns a finished directory into the cache entry."""
    content = tree_hash(out)
    with open(os.path.join(out, MARK), "w", encoding="utf-8") as file:
        file.write(f"{key}\n{content}\n")
    if os.path.lexists(entry):  # left without its mark: never a finished one
        remove_tree(entry)
    os.rename(out, entry)


def prune(cache, name):
    """Removes this stage's entries that no clone has used for a month."""
    for other in os.listdir(cache):
        stem, _, key = other.rpartition("-")
        if stem != name or len(key) != KEY_DIGITS:
            continue
        path = os.path.join(cache, other)
        with contextlib.suppress(OSError):
            if time.time() - os.stat(os.path.join(path, MARK)).st_mtime > UNUSED_SECONDS:
                remove_tree(path)


def discard_leftovers(tmp, prefix):
    """Removes what killed runs left; the caller holds the entry's lock."""
    for other in os.listdir(tmp):
        if other.startswith(prefix + "."):
            remove_tree(os.path.join(tmp, other))


def remove_tree(path):
    """Removes a directory tree, read-only directories (cargo, zig) included."""

    def unlock(function, name, _):
        with contextlib.suppress(OSError):
            os.chmod(os.path.dirname(name), 0o700)
            function(name)

    shutil.rmtree(path, onerror=unlock)
