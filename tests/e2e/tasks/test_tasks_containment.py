"""What a task can do with the directories it was given, and where that ends: each limit at its value and one past it."""

import hashlib
import json
import os
import signal
import subprocess
import time

import pytest

from tasks_support import CAPSULE

EPERM, ENOENT, EMFILE, ENAMETOOLONG, EACCES, EXDEV = 63, 44, 33, 37, 2, 75

# attempt(call, ...) is the errno of a failure, or what came back.
HEAD = """
import os
import signal
import subprocess
import time
from capsule import task

def attempt(call, *arguments, **options):
    try:
        answer = call(*arguments, **options)
        return getattr(answer, "name", answer)
    except OSError as error:
        return error.errno

def write(path, mode="w"):
    with open(path, mode) as file:
        file.write("changed")
"""


def program(work, body, options="", name="main.py", before=""):
    text = HEAD + before + f'\n@task(name="main"{options})\ndef main():\n    ' + body.strip().replace("\n", "\n    ") + "\n"
    work.write(name, text)
    return name


def digest(path):
    """Everything about the files of a tree that a guest could have changed, times of last access aside."""
    seen = []
    for folder, folders, files in os.walk(path):
        for name in sorted(folders + files):
            file = os.path.join(folder, name)
            info = os.lstat(file)
            content = hashlib.sha256(open(file, "rb").read()).hexdigest() if os.path.isfile(file) else ""
            link = os.readlink(file) if os.path.islink(file) else ""
            seen.append((file, info.st_ino, info.st_size, info.st_mtime_ns, info.st_mode, content, link))
    return sorted(seen)


# ---- The program's own files, .env and capsule.toml ----

# Every way to change what is at a path, and what is called so.
CHANGES = """
def changes(path):
    directory = os.path.isdir(path)
    beside = os.path.dirname(path) + "/spare"
    write(beside)
    tried = {
        "write": attempt(write, path), "append": attempt(write, path, "a"), "update": attempt(write, path, "r+"),
        "truncate": attempt(os.truncate, path, 0), "remove": attempt(os.rmdir if directory else os.unlink, path),
        "rename": attempt(os.rename, path, beside + "2"), "replace": attempt(os.replace, beside, path),
        "link": attempt(os.link, path, beside + "3"), "over": attempt(os.link, beside, path),
        "symlink": attempt(os.symlink, "spare", path), "mkdir": attempt(os.mkdir, path), "times": attempt(os.utime, path, (1, 1)),
    }
    if os.path.exists(beside): os.unlink(beside)
    return {name: errno for name, errno in tried.items() if errno not in (63, 31, 20, 10, 28, 44, 54, 58)}
"""


@pytest.fixture
def guarded(work):
    """A project whose program is several files, with links to some of them from where a task may write."""
    work.write("helper.py", "value = 1\n")
    work.write("package/__init__.py", "from .inner import value\n")
    work.write("package/inner.py", "value = 2\n")
    work.write("shared/real/__init__.py", "value = 3\n")
    (work.path / "linked").symlink_to("shared/real")
    work.write(".env", "A=1\n")
    work.write("config/local.env", "B=2\n")
    (work.path / ".env.local").symlink_to("config/local.env")
    work.write("capsule.toml", "[workflow]\nentrypoint = \"main.py\"\n")
    work.write("data/free.txt", "free\n")
    for name, target in (("hard-main", "main.py"), ("hard-helper", "helper.py"), ("hard-env", ".env"), ("hard-toml", "capsule.toml")):
        if target == "main.py":
            work.write("main.py", "")
        os.link(work.path / target, work.path / "data" / name)
    return work


IMPORTS = "import helper, package, linked\n"
PATHS = ["/main.py", "/helper.py", "/package/__init__.py", "/package/inner.py", "/package", "/.env", "/capsule.toml",
         "/Capsule.toml", "/.ENV", "/.env.local", "/.env.new", "/config/local.env", "/shared/real/__init__.py", "/shared/real",
         "/shared", "/linked", "/data/hard-main", "/data/hard-helper", "/data/hard-env", "/data/hard-toml"]


def test_the_programs_own_files_stay(guarded):
    body = f"return {{path: changes(path) for path in {PATHS!r} if changes(path)}}"
    options = ', allowed_files=["."]'
    name = program(guarded, body, options, before=IMPORTS + CHANGES)
    os.unlink(guarded.path / "data" / "hard-main")
    os.link(guarded.path / name, guarded.path / "data" / "hard-main")
    guarded.capsule("build", name)
    before = digest(guarded.path)
    for _ in range(2):  # fresh, and out of the image cache
        assert guarded.result(name, flags=["--no-trace"]) == {}
        kept = [entry for entry in digest(guarded.path) if "/.capsule" not in entry[0]]
        assert [e for e in kept if not os.path.isdir(e[0])] == [e for e in before if "/.capsule" not in e[0] and not os.path.isdir(e[0])]


FLOOD = """
for number in range(25000):
    os.path.exists(f"/.capsule/app/none{number}.py")
import helper
"""


def test_nor_after_more_look_ups_than_are_kept(guarded):
    body = 'return [attempt(write, "/helper.py"), attempt(write, "/main.py")]'
    name = program(guarded, body, ', allowed_files=["."], compute="HIGH"', before=FLOOD)
    assert guarded.result(name) == [EPERM, EPERM]
    assert (guarded.path / "helper.py").read_text() == "value = 1\n"


def test_nor_through_smaller_mounts(guarded):
    """Each directory granted by itself, some below others, one under another name."""
    paths = ["/package/inner.py", "/package/__init__.py", "/config/local.env", "/shared/real", "/shared/real/__init__.py",
             "/data/hard-helper", "/other/hard-env", "/other/hard-toml"]
    body = f"return {{path: changes(path) for path in {paths!r} if changes(path)}}"
    options = ', allowed_files=["./package", "./config", "./shared", "./data", "./data::/other"]'
    name = program(guarded, body, options, before=IMPORTS + CHANGES)
    before = [(guarded.path / p).read_text() for p in ("package/inner.py", "config/local.env", "shared/real/__init__.py", ".env")]
    assert guarded.result(name) == {}
    after = [(guarded.path / p).read_text() for p in ("package/inner.py", "config/local.env", "shared/real/__init__.py", ".env")]
    assert before == after


def test_what_is_beside_them_is_free(guarded):
    body = """
write("/package/data.txt")
write("/data/free.txt")
os.rename("/data/free.txt", "/data/moved.txt")
os.mkdir("/new")
write("/new/.env")
write("/environment")
return sorted(os.listdir("/data"))"""
    name = program(guarded, body, ', allowed_files=["."]', before=IMPORTS)
    assert "moved.txt" in guarded.result(name)


def test_the_files_of_a_bundle_stay(work):
    work.write("lib/helper.ts", "export const value = 1;\n")
    work.write("main.ts", """
import { task } from "@capsule-run/sdk";
import * as fs from "node:fs";
import { value } from "./lib/helper";
const attempt = (call: () => void) => { try { call(); return "changed"; } catch (error) { return (error as { code: string }).code; } };
export const main = task({ name: "main", allowedFiles: ["."] }, () => [value,
  attempt(() => fs.writeFileSync("/lib/helper.ts", "x")), attempt(() => fs.appendFileSync("/main.ts", "x")),
  attempt(() => fs.renameSync("/lib", "/other")), attempt(() => fs.unlinkSync("/lib/helper.ts"))]);
""")
    for _ in range(2):
        assert work.result("main.ts") == [1, "EPERM", "EPERM", "EPERM", "EPERM"]
    assert (work.path / "lib/helper.ts").read_text() == "export const value = 1;\n"


# ---- .capsule ----

def test_the_capsule_folder_is_invisible(work):
    work.write("deep/er/.capsule/trace.db", "other")
    work.write("data/x", "x")
    (work.path / "data" / "sneak").symlink_to("../.capsule")
    (work.path / "sneak").symlink_to(".capsule")
    (work.path / "deep" / "sneak").symlink_to("er/.capsule/trace.db")
    body = """
seen = {}
for top in ("/", "/deep", "/again"):
    for folder, folders, files in os.walk(top):
        if "capsule" in folder and not folder.startswith("/.capsule"): seen[folder] = "listed"
for path in ("/sneak/trace.db", "/deep/sneak", "/deep/er/.capsule", "/deep/er/.CAPSULE/trace.db", "/again/er/.capsule/trace.db",
             "/deep/er/.cap\\u017fule/trace.db", "/deep/er/.c\\u200dapsule/trace.db", "/deep/er/.capsule./trace.db",
             "/deep/er/CAPSUL~1/trace.db", "/data/sneak/trace.db"):
    for call in (os.stat, os.listdir, open) if "sneak" in path else (os.stat, os.listdir, open, os.unlink, os.lstat, os.rmdir):
        errno = attempt(call, path)
        if errno not in (44, 63): seen[path, call.__name__] = errno
for path in ("/.capsule/new", "/data/.capsule", "/data/.CAPSULE", "/deep/er/.cap\\u017fule"):
    for call in (os.mkdir, write, lambda p: os.symlink("x", p), lambda p: os.rename("/data/x", p), lambda p: os.link("/data/x", p)):
        errno = attempt(call, path)
        if errno not in (44, 63, 75): seen[path, "made"] = errno
return str(seen)"""
    name = program(work, body, ', allowed_files=[".", "./deep", "./deep::/again", "./data"]')
    assert work.result(name) == "{}"
    assert (work.path / "deep/er/.capsule/trace.db").read_text() == "other"


# ---- Read-only ----

def test_read_only_refuses_every_change(work):
    work.write("data/file", "text")
    work.write("data/directory/x", "x")
    (work.path / "data" / "link").symlink_to("file")
    body = """
fd = os.open("/data/file", os.O_RDONLY)
errnos = [
    attempt(os.open, "/data/file", os.O_WRONLY), attempt(os.open, "/data/file", os.O_RDWR),
    attempt(os.open, "/data/file", os.O_RDONLY | os.O_TRUNC), attempt(os.open, "/data/new", os.O_RDONLY | os.O_CREAT),
    attempt(os.open, "/data/link", os.O_WRONLY | os.O_APPEND), attempt(os.truncate, "/data/file", 0),
    attempt(os.unlink, "/data/file"), attempt(os.rmdir, "/data/directory"), attempt(os.mkdir, "/data/new"),
    attempt(os.rename, "/data/file", "/data/new"), attempt(os.rename, "/data/file", "/tmp/new"),
    attempt(os.link, "/data/file", "/data/new"), attempt(os.symlink, "file", "/data/new"),
    attempt(os.utime, "/data/file", (1, 1)), attempt(os.utime, fd, (1, 1)), attempt(os.utime, "/data", (1, 1)),
]
held = [attempt(os.write, fd, b"x"), attempt(os.ftruncate, fd, 0)]
return [errnos, held]"""
    name = program(work, body, ', allowed_files=["./data:ro"]')
    before = digest(work.path / "data")
    errnos, held = work.result(name)
    assert errnos == [EPERM] * len(errnos)
    assert not {0, None, 1} & set(held)
    assert digest(work.path / "data") == before


# ---- Limits ----

def test_open_descriptors(work):
    body = """
files = []
try:
    while True: files.append(os.open("/tmp/file", os.O_CREAT | os.O_RDWR))
except OSError as error:
    errno, most = error.errno, max(files)
os.close(files.pop())
return [errno, most, os.open("/tmp/file", os.O_RDONLY)]"""
    assert work.result(program(work, body)) == [EMFILE, 255, 255]


def test_names_paths_and_depth(work):
    (work.path / "data").mkdir()
    body = """
answers = []
for top in ("/data", "/tmp"):
    deep = top + "/d" * 63
    answers += [attempt(os.mkdir, top + "/" + "n" * 255), attempt(os.mkdir, top + "/" + "n" * 256),
                attempt(os.makedirs, deep), attempt(os.mkdir, deep + "/d"),
                os.stat(top + "/" * (4096 - len(top))).st_mode > 0, attempt(os.stat, top + "/" * (4097 - len(top)))]
return answers"""
    # wasi-libc hands on a path without its first slash: that one is not counted.
    expected = [None, ENAMETOOLONG, None, ENAMETOOLONG, True, ENAMETOOLONG]
    assert work.result(program(work, body, ', allowed_files=["./data"]')) == expected * 2


def test_bytes_of_a_run(work):
    (work.path / "data").mkdir()
    work.write("capsule.toml", '[limits]\nmax_write = "1MB"\n')
    body = 'with open("/data/file", "wb") as file:\n    file.write(b"x" * {})'
    name = program(work, body.format(1 << 20), ', allowed_files=["./data"]')
    assert work.envelope(name)["success"]
    (work.path / "data/file").unlink()
    error = work.envelope(program(work, body.format((1 << 20) + 1), ', allowed_files=["./data"]'))["error"]
    assert (error["error_type"], error["limit"], error["used"], error["allowed"]) == \
        ("disk_exceeded", "write_bytes", (1 << 20) + 1, 1 << 20)
    (work.path / "data/file").unlink()
    sparse = 'with open("/data/file", "wb") as file:\n    file.truncate({})'
    error = work.envelope(program(work, sparse.format(1 << 40), ', allowed_files=["./data"]'))["error"]
    assert (error["limit"], error["used"]) == ("write_bytes", 1 << 40)
    assert work.envelope(program(work, sparse.format(1 << 20), ', allowed_files=["./data"]'))["success"]


def test_no_bytes_at_all(work):
    work.write("data/file", "text")
    work.write("capsule.toml", "[limits]\nmax_write = 0\n")
    body = 'return [open("/data/file").read(), attempt(write, "/data/file"), attempt(write, "/data/new")]'
    assert work.result(program(work, body, ', allowed_files=["./data"]')) == ["text", EPERM, EPERM]


def test_subtasks_and_attempts_share_the_bytes_of_their_run(work):
    (work.path / "data").mkdir()
    work.write("capsule.toml", '[limits]\nmax_write = "1000"\n')
    work.write("shared.py", """
from capsule import task

@task(name="child", allowed_files=["./data"], max_retries=1)
def child(name, size):
    with open("/data/" + name, "wb") as file:
        file.write(b"x" * size)

@task(name="main", allowed_files=["./data"])
def main():
    first = child("first", 600)
    second = child("second", 600)
    third = child("third", 0)
    return [r["success"] for r in (first, second, third)] + [second["error"]["limit"]]
""")
    assert work.result("shared.py") == [True, False, True, "write_bytes"]
    assert sum((work.path / "data" / name).stat().st_size for name in ("first", "second", "third")) <= 1000


def test_inodes_of_a_run(work):
    (work.path / "data").mkdir()
    body = """
made = 0
while attempt(os.mkdir, f"/data/{made}") is None:
    made += 1
if made == 10_000: write("/data/one-more")"""
    error = work.envelope(program(work, body, ', allowed_files=["./data"], compute="HIGH"'))["error"]
    assert (error["error_type"], error["limit"], error["used"], error["allowed"]) == ("disk_exceeded", "inodes", 10_001, 10_000)
    assert len(os.listdir(work.path / "data")) == 10_000


# ---- What could last ----

LASTING = {
    "a sleep": "import time\ntime.sleep(10**9)",
    "a select": "import select\nselect.select([], [], [], 10**9)",
    "reads of a sparse file": 'buffer = bytearray(64 << 20)\nfile = open("/data/sparse", "rb", buffering=0)\n'
                              "while file.readinto(buffer): pass",
    "reads of holes in memory": 'buffer = bytearray(64 << 20)\nfile = open("/tmp/sparse", "wb+", buffering=0)\n'
                                "file.truncate(60 << 30)\nwhile True:\n    if not file.readinto(buffer): file.seek(0)",
    "listings": 'while True: os.listdir("/data/many")',
    "writes": 'block = bytes(1 << 20)\nfile = open("/tmp/file", "wb", buffering=0)\n'
              "while True:\n    file.write(block)\n    file.seek(0)",
}


@pytest.mark.parametrize("what", LASTING)
def test_what_lasts_ends_at_the_deadline(work, what):
    (work.path / "data/many").mkdir(parents=True)
    with open(work.path / "data/sparse", "wb") as file:
        file.truncate(1 << 40 if what == "reads of a sparse file" else 0)
    for name in range(20_000 if what == "listings" else 0):
        (work.path / "data/many" / str(name)).touch()
    name = program(work, 'print("begun")\n' + LASTING[what], ', allowed_files=["./data"], timeout="700ms", compute="50000000000"')
    envelope = work.envelope(name, flags=["--tmp", "64GB"])
    assert envelope["error"]["error_type"] == "timeout", envelope["error"]
    assert envelope["stdout"] == "begun\n"


def test_what_is_no_file_is_not_opened(work):
    (work.path / "data").mkdir()
    os.mkfifo(work.path / "data/fifo")
    body = """
return [attempt(os.open, "/data/fifo", flags) for flags in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR | os.O_CREAT)] + [
        os.path.exists("/data/fifo")]"""
    assert work.result(program(work, body, ', allowed_files=["./data"]')) == [EACCES] * 3 + [True]


# ---- Output of what failed ----

PRINT = 'print("to stdout")\nprint("to stderr", file=__import__("sys").stderr)\n'
ENDINGS = {
    "task_error": ("", 'raise ValueError("no")'),
    "exit": ("", "raise SystemExit(3)"),
    "timeout": (', timeout="300ms", compute="HIGH"', "while True: pass"),
    "compute_exceeded": (', compute="LOW"', "while True: pass"),
    "memory_exceeded": (', ram="64MB"', "bytearray(200_000_000)"),
    "output_exceeded": ("", 'while True: print("x" * 100_000)'),
    "result_too_large": ("", 'return "x" * (17 << 20)'),
    "not_serializable": ("", "return object()"),
    "disk_exceeded": ("", 'open("/tmp/file", "wb").truncate(1 << 40)'),
    "stack_exceeded": (', compute="HIGH"', "__import__('sys').setrecursionlimit(10**9)\nreturn sorted([Sorted(0), Sorted(0)])"),
    "trap": ("", "os.abort()"),
}


@pytest.mark.parametrize("error_type", ENDINGS)
def test_output_is_kept_whatever_the_end(work, error_type):
    options, body = ENDINGS[error_type]
    before = """
class Sorted:  # each comparison goes deeper, through C
    def __init__(self, n): self.n = n
    def __lt__(self, other): return sorted([Sorted(self.n + 1), Sorted(0)]) and True
"""
    envelope = work.envelope(program(work, PRINT + body, options, before=before))
    assert envelope["success"] is False and envelope["error"]["error_type"] == error_type, envelope["error"]
    assert envelope["stdout"].startswith("to stdout\n") and envelope["stderr"] == "to stderr\n"
    if error_type != "output_exceeded":
        assert envelope["stdout"] == "to stdout\n" and envelope["stdout_truncated"] is False


def test_output_is_kept_when_there_are_too_many_subtasks(work):
    work.write("capsule.toml", "[limits]\nmax_subtasks = 2\n")
    before = """
@task(name="child")
def child():
    print("of a child")
"""
    body = PRINT + """
ended = [child() for _ in range(3)]
return [[e["stdout"], (e["error"] or {}).get("error_type")] for e in ended]"""
    envelope = work.envelope(program(work, body, before=before))
    assert envelope["result"] == [["of a child\n", None]] * 2 + [["", "subtasks_exceeded"]]
    assert envelope["stdout"].startswith("to stdout\n")


def test_output_is_kept_when_it_is_cancelled(work):
    name = program(work, PRINT + "import time\ntime.sleep(60)")
    environment = {**os.environ, "CAPSULE_CACHE": str(work.cache)}
    process = subprocess.Popen([CAPSULE, "run", "--json", name], cwd=work.path, env=environment, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not sleeping(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    envelope = json.loads(out)
    assert (process.returncode, envelope["error"]["error_type"]) == (130, "cancelled")
    assert (envelope["stdout"], envelope["stderr"]) == ("to stdout\n", "to stderr\n")


def sleeping(pid):
    """Whether a guest waits: one of its threads is in ppoll with a timeout."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            number, _, _, timeout, *_ = open(f"/proc/{pid}/task/{thread}/syscall").read().split()
        except (OSError, ValueError):
            continue
        if number == "271" and int(timeout, 16):
            return True
    return False


@pytest.mark.parametrize("limit", range(1, 8))
def test_a_cut_in_a_character_leaves_valid_text(work, limit):
    """Three-byte characters, cut at every place of one."""
    work.write("capsule.toml", f"[limits]\nmax_output = {limit}\n")
    envelope = work.envelope(program(work, 'print("\\u20ac" * 10)'))
    assert (envelope["error"]["error_type"], envelope["error"]["allowed"]) == ("output_exceeded", limit)
    assert envelope["execution"]["output_bytes"] == limit and envelope["stdout_truncated"] is True
    assert envelope["stdout"] == "\u20ac" * (limit // 3) + "\n[output truncated]\n"


@pytest.mark.parametrize("excess, error_type", [(0, None), (1, "output_exceeded")])
def test_output_at_the_limit_and_one_past_it(work, excess, error_type):
    work.write("capsule.toml", "[limits]\nmax_output = 1000\n")
    body = f'import sys\nsys.stdout.write("o" * 400)\nsys.stdout.flush()\nsys.stderr.write("e" * {600 + excess})\nsys.stderr.flush()'
    envelope = work.envelope(program(work, body))
    assert (envelope["error"] or {}).get("error_type") == error_type
    assert envelope["stdout"] == "o" * 400 and envelope["stderr"].startswith("e" * 600)
