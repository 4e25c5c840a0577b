"""Runs a module of the suite in sandboxes and collects what its tests report.

A test can end the whole sandbox: by running out of memory, by a trap, by waiting for ever. Then it is noted as ended by
that, and the tests after it run in a new sandbox.
"""

import dataclasses
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
GUEST = HERE / "guest" / "main.py"

#: What CPython's tests may use that costs time or space; everything else of the kind is skipped by them. Some modules are
#: given more, see modules.txt.
RESOURCES = ("decimal", "tzdata")

#: Seconds without a sign of life from a module after which it is stopped. Generous: the machine may be busy.
STALL = 420
#: Sandboxes that one module may end before the rest of it is given up.
ENDS_MOST = 25

CONFIG = """\
[limits]
max_write = "64GB"
"""


@dataclasses.dataclass
class Suite:
    """Where the suite lies and which runtime runs it."""

    capsule: pathlib.Path
    source: pathlib.Path  # CPython's Lib/test
    work: pathlib.Path    # the project: everything below it is ours

    def prepare(self):
        """Copies the suite into the project, where it can be mounted; once for each version of it."""
        self.work.mkdir(parents=True, exist_ok=True)
        (self.work / "capsule.toml").write_text(CONFIG, encoding="utf-8")
        stamp, mark = self.work / "source", str(self.source.resolve())
        if not stamp.exists() or stamp.read_text() != mark:
            shutil.rmtree(self.work / "cpython", ignore_errors=True)
            shutil.copytree(self.source, self.work / "cpython" / "test", symlinks=True)
            stamp.write_text(mark)


@dataclasses.dataclass
class Test:
    """How one test ended: passed, skipped, unexpected, failed, error or ended (the sandbox with it)."""

    outcome: str
    reason: str | None = None
    detail: str | None = None
    fixture: bool = False

    @property
    def bad(self):
        return self.outcome not in ("passed", "skipped")


@dataclasses.dataclass
class Module:
    """What came of one module."""

    name: str
    status: str = "run"  # run, skipped (by itself, as a whole) or error (it could not be imported, or led nowhere)
    reason: str | None = None
    detail: str | None = None
    seconds: float = 0.0
    tests: dict = dataclasses.field(default_factory=dict)

    def count(self, *outcomes):
        return sum(test.outcome in outcomes for test in self.tests.values())

    @property
    def ran(self):
        """Tests that ran; fixtures are no tests."""
        return sum(test.outcome != "skipped" and not test.fixture for test in self.tests.values())

    def short_id(self, test_id):
        """Without the module's name, which stands elsewhere already."""
        return test_id.replace(f"test.{self.name}.", "")

    def take(self, event, full_ids):
        """Notes one event of the guest; answers the test that is running after it."""
        if "start" in event:
            return event["start"]
        if "module" in event:
            self.status, self.reason, self.detail = event["module"], event["reason"], event.get("detail")
        elif "end" in event:
            full_ids.add(event["end"])
            name = self.short_id(event["end"])
            test = Test(event["outcome"], event["reason"], event["detail"], event.get("fixture", False))
            if name not in self.tests or test.bad:
                self.tests[name] = test
        return None

    def save(self, path):
        path.write_text(json.dumps(dataclasses.asdict(self), indent=1), encoding="utf-8")

    @classmethod
    def load(cls, path):
        fields = json.loads(path.read_text(encoding="utf-8"))
        fields["tests"] = {name: Test(**test) for name, test in fields["tests"].items()}
        return cls(**fields)


def run_module(suite, name, given=(), leave_out=(), only=()):
    """Runs `name` but for the tests `leave_out`; `only` restricts it to some. Both are ids without the module's name.

    `given`: what the module has beyond the others, see modules.txt.
    """
    module = Module(name)
    done = {f"test.{name}.{short}" for short in leave_out}
    plan = {"given": [*RESOURCES, *given], "only": [f"test.{name}.{short}" for short in only]}
    started = time.monotonic()
    for _ in range(ENDS_MOST):
        before = len(done)
        events, end = _run_sandbox(suite, name, plan | {"leave_out": sorted(done)})
        running, complete = None, False
        for event in events:
            running = module.take(event, done)
            complete = complete or "complete" in event or "module" in event
        if complete:
            break
        if running is not None:
            done.add(running)
            module.tests[module.short_id(running)] = Test("ended", end)
        if len(done) == before:
            module.status, module.reason = "error", f"ended outside of every test: {end}"
            break
    else:
        module.status, module.reason = "error", f"given up after {ENDS_MOST} sandboxes"
    module.seconds = round(time.monotonic() - started, 1)
    return module


def _run_sandbox(suite, name, plan):
    """One sandbox: the events it reported, and how it ended."""
    project = suite.work
    places = {kind: project / kind / name for kind in ("files", "reports")}
    for place in places.values():
        _clear(place)
    (places["reports"] / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    events = places["reports"] / "events.jsonl"
    events.touch()
    command = [
        suite.capsule, "run", "--json", "--no-trace", "--project", project,
        "--mount", "cpython::/cpython:ro", "--mount", f"files/{name}::/work", "--mount", f"reports/{name}::/report",
        GUEST, name,
    ]  # fmt: skip
    with open(places["reports"] / "envelope.json", "wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        stalled = _watch(process, events)
    end = f"no answer for {STALL} s" if stalled else _end_of(places["reports"] / "envelope.json", process.returncode)
    _clear(places["files"])
    return [json.loads(line) for line in events.read_text(encoding="utf-8").splitlines()], end


def _clear(place):
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True, exist_ok=True)


def _watch(process, events):
    """Waits for the end of a run; stops one that reports nothing for too long, and answers whether it did."""
    seen, since = None, time.monotonic()
    try:
        while True:
            try:
                process.wait(timeout=0.2)
                return False
            except subprocess.TimeoutExpired:
                size = events.stat().st_size
            if size != seen:
                seen, since = size, time.monotonic()
            elif time.monotonic() - since > STALL:
                process.send_signal(signal.SIGINT)
                process.wait()
                return True
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _end_of(path, code):
    """How a run ended, in a line, from its envelope."""
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        envelope = json.loads(text)
    except ValueError:
        return f"exit code {code}: {text[-500:]}"
    error = envelope["error"]
    return f"{error['error_type']}: {error['message']}" if error else "it ended without a word"
