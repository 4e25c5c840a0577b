"""A `capsule worker`, spoken to line by line."""

import json
import os
import queue
import subprocess
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CAPSULE = os.environ.get("CAPSULE_BIN", str(ROOT / "build" / "capsule"))
DEADLINE = 120  # seconds anything may take, on a busy machine and with sanitizers


class WorkerProject:
    def __init__(self, path, cache):
        self.path = path
        self.environment = {**os.environ, "CAPSULE_CACHE": str(cache)}

    def write(self, name, text):
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def task(self, name, body, options=""):
        """A program whose task main has this body."""
        lines = "\n".join("    " + line for line in body.splitlines())
        head = f'@task(name="main"{", " + options if options else ""})\ndef main(*args):\n'
        return self.write(name, f"from capsule import task\n\n{head}{lines}\n")

    def feed(self, data, *flags):
        """The replies of a worker that is given `data` and then the end of its input; and its exit code and stderr."""
        data = data if isinstance(data, bytes) else data.encode()
        done = subprocess.run([CAPSULE, "worker", *flags], input=data, cwd=self.path, env=self.environment,
                              capture_output=True, timeout=DEADLINE)
        return [json.loads(line) for line in done.stdout.splitlines()], done.returncode, done.stderr.decode()

    def trace(self):
        done = subprocess.run([CAPSULE, "trace", "--json", "-n", "1000"], cwd=self.path, env=self.environment,
                              capture_output=True, timeout=DEADLINE)
        return json.loads(done.stdout)


class Worker:
    def __init__(self, work, *flags, read=True, before=None):
        """before: called in the process before it becomes the worker."""
        self.process = subprocess.Popen([CAPSULE, "worker", *flags], cwd=work.path, env=work.environment, preexec_fn=before,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.lines = queue.Queue()
        self.set_aside = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        if read:
            self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def send(self, *requests):
        for request in requests:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()

    def next(self):
        """The next line, parsed; None when there is no more."""
        line = self.lines.get(timeout=DEADLINE)
        return None if line is None else json.loads(line)

    def reply(self, id):
        """The reply to `id`; other lines are kept for later."""
        for kept in self.set_aside:
            if kept["id"] == id and "stream" not in kept:
                self.set_aside.remove(kept)
                return kept
        while True:
            line = self.next()
            assert line is not None, f"the worker ended without a reply to {id}: {self.process.stderr.read()!r}"
            if line["id"] == id and "stream" not in line:
                return line
            self.set_aside.append(line)

    def call(self, file, id="1", **members):
        self.send({"id": id, "file": file, **members})
        return self.reply(id)

    def result(self, file, **members):
        reply = self.call(file, **members)
        assert reply.get("output", {}).get("success"), reply
        return reply["output"]["result"]

    def nice_levels(self):
        """Of its threads."""
        stats = [task.read_text() for task in Path(f"/proc/{self.process.pid}/task").glob("*/stat")]
        return [int(stat.rpartition(")")[2].split()[16]) for stat in stats]

    def finish(self):
        """Ends the input; answers the exit code."""
        self.process.stdin.close()
        return self.process.wait(timeout=DEADLINE)
