"""What one case does, on either side: runs the command in a project of its own and reduces what came of it to what may
be compared. An observation is a dict of plain values, as it stands in records/:

    exit        exit code, or "killed" after DEADLINE
    envelope    the envelope as text, with durations and amounts replaced by their type; None when there was none
    stdout, stderr   what the guest and the command wrote besides
    files       path -> text of every file of the project that is neither source nor Capsule's own, after the run
"""

import json
import os
import re
import shutil
import subprocess
import threading
from pathlib import Path

from values import Number, dump, load

DEADLINE = 120  # seconds for one command; the programs are small
BUILD_DEADLINE = 1500  # of the reference, cold, on a busy machine

AMOUNTS = {"duration_ms", "fuel_consumed", "ram_used", "cpu_ms"}  # differ from run to run: of these only the type counts
ENVELOPE = '{"success":'
CAPSULES_OWN = {".capsule", "src", "node_modules", "capsule.toml", ".gitignore"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z")
PROGRESS = re.compile(r"^. (Environment|Runtime) ready|^. (Complete|WASM compiled|Precompilation complete)|^(Build successful|Export complete)\.")
SECONDS = re.compile(r"\d+\.\d+ ?m?s\b")


class Side:
    """A contestant: a command with its environment, and a way to lay out a project for it."""

    def __init__(self, command, environment, modules=None):
        """modules: a node_modules folder that programs in JavaScript need, or None."""
        self.command, self.environment, self.modules = str(command), environment, modules

    def prepare(self, project, program):
        """Puts a program's sources into the project; they stay for all its cases."""
        for name, data in program.sources.items():
            path = project / "src" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists() or path.read_bytes() != data:
                path.write_bytes(data)
        if self.modules and not (project / "node_modules").exists():
            (project / "node_modules").symlink_to(self.modules)

    def execute(self, project, words, environment, stdin=b"", seconds=DEADLINE):
        """(exit code or "killed", stdout, stderr) of the command with these words."""
        process = subprocess.Popen([self.command, *words], cwd=project, env=self.environment | environment, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        try:
            out, err = process.communicate(stdin, timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            out, err = process.communicate()
            return "killed", out.decode(errors="replace"), err.decode(errors="replace")
        return process.returncode, out.decode(errors="replace"), err.decode(errors="replace")

    def ask(self, project, environment, line, seconds=BUILD_DEADLINE):
        """As execute, for a worker and one request. The reference's drops what it has not answered when its stdin ends."""
        process = subprocess.Popen([self.command, "worker"], cwd=project, env=self.environment | environment, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
        end = threading.Timer(seconds, os.killpg, (process.pid, 9))
        end.start()
        process.stdin.write(line)
        process.stdin.flush()
        out = b""
        while not (lines := out.splitlines()) or not is_reply(lines[-1]):
            more = process.stdout.readline()
            if not more:
                break
            out += more
        process.stdin.close()
        code = process.wait()
        end.cancel()
        return code, out.decode(errors="replace"), ""

    def build(self, project, program):
        """Builds before anything is observed, by a run in the project of the first case."""
        clear(project)
        lay(project, program.cases[0])
        return self.execute(project, ["run", "--json", f"src/{program.entry}"], {}, seconds=BUILD_DEADLINE)

    def observe(self, project, case, seconds=DEADLINE):
        clear(project)
        lay(project, case)
        if case.command == "exec" and not (project / "src" / case.entry).with_suffix(".wasm").exists():
            self.execute(project, ["build", "--export", f"src/{case.entry}"], {}, seconds=BUILD_DEADLINE)
        if case.command == "worker":
            return reduce_worker(*self.ask(project, case.env, request(case)), project)
        words = [case.command, *case.flags, *([case.target] if case.target else []), *case.argv]
        seconds = seconds if case.command == "run" else BUILD_DEADLINE
        return reduce(*self.execute(project, words, case.env, seconds=seconds), project, case)


def is_reply(line):
    try:
        return "id" in json.loads(line)
    except (ValueError, TypeError):
        return False


def request(case):
    line = {"id": "1", "file": case.target, "args": list(case.argv)} | case.request
    return json.dumps({key: value for key, value in line.items() if value is not None}).encode() + b"\n"


def clear(project):
    """Removes what another case left."""
    for path in project.iterdir():
        if path.name in ("src", ".capsule", "node_modules"):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def lay(project, case):
    texts = dict(case.files)
    if case.toml is not None:
        texts["capsule.toml"] = case.toml
    for name, text in texts.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            path.mkdir(exist_ok=True)
        else:
            path.write_text(text)
    for name, target in case.links.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)


def left(project):
    """Files of the project after a run."""
    found = {}
    for path in sorted(project.rglob("*")):
        name = path.relative_to(project)
        if path.is_file() and name.parts[0] not in CAPSULES_OWN and not path.is_symlink():
            found[str(name)] = path.read_text(errors="replace")
    return found


def neutral(text, project):
    """Text without what names this machine or this moment."""
    text = text.replace(str(project), "PROJECT")
    return SECONDS.sub("TIME", TIME.sub("NOW", text))


def diagnostics(text, project):
    """stderr without progress, which is for people."""
    return "".join(line for line in split(neutral(text, project)) if not PROGRESS.match(line))


def is_envelope(line):
    try:
        value = load(line)
    except ValueError:
        return False
    return isinstance(value, dict) and isinstance(value.get("execution"), dict) and "task_name" in value["execution"]


def split(text):
    """The lines of a text with their ends. (str.splitlines would also split at U+2028, which JSON texts may hold.)"""
    lines = [line + "\n" for line in text.split("\n")]
    return lines[:-1] if lines[-1] == "\n" else [*lines[:-1], lines[-1][:-1]]


def without_amounts(value, key=None):
    """The value with every amount replaced by its type, at any depth: results hold envelopes of subtasks."""
    if isinstance(value, dict):
        return {name: without_amounts(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [without_amounts(inner) for inner in value]
    if key in AMOUNTS and isinstance(value, Number):
        return "integer" if value.is_integer else "fraction"
    return value


def reduce_envelope(text, project):
    return dump(without_amounts(load(neutral(text, project))))


def reduce(code, out, err, project, case):
    lines = split(out)
    if lines and case.json and not is_envelope(lines[-1]) and ENVELOPE in lines[-1]:  # behind a line the guest left unfinished
        at = lines[-1].index(ENVELOPE)
        lines[-1:] = [lines[-1][:at], lines[-1][at:]]
    envelope = None
    if lines and is_envelope(lines[-1]):
        envelope = reduce_envelope(lines.pop(), project)
    stdout, stderr = neutral("".join(lines), project), diagnostics(err, project)
    own = json.loads(envelope) if envelope else {}
    if case.json and "stdout" in own:  # ours: what the guest printed is inside
        stdout, stderr = stdout + own["stdout"], own["stderr"] + stderr
    return {"exit": code, "envelope": envelope, "stdout": stdout, "stderr": stderr, "files": left(project)}


def reduce_worker(code, out, err, project):
    """A worker's one reply: its envelope, or its error as stderr."""
    lines = split(out)
    reply = {}
    if lines:
        try:
            reply = load(lines[-1])
            lines.pop()
        except ValueError:
            pass
    envelope = reduce_envelope(dump(reply["output"]), project) if "output" in reply else None
    stdout = "".join(lines)
    if envelope:
        stdout += json.loads(envelope).get("stdout", "")
    answered = {key: reply[key] for key in reply if key not in ("output", "id")}
    return {"exit": code, "envelope": envelope, "stdout": neutral(stdout, project),
            "stderr": neutral(dump(answered) if answered else "", project), "files": left(project)}


def ours(capsule, cache):
    """Our side: capsule is the executable, cache a directory for its images."""
    environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM")}
    return Side(Path(capsule).resolve(), environment | {"CAPSULE_CACHE": str(cache)})


def reference(root, modules):
    """The other side: root is where pip put the reference, modules a node_modules with its JavaScript SDK, or None."""
    root = Path(root).resolve()
    environment = os.environ | {"PYTHONPATH": str(root), "PATH": f"{root}/bin:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}
    return Side(root / "bin/capsule", environment, modules and Path(modules).resolve())
