"""Worker processes: `capsule worker`, one for each (capsule_path, cwd), shared by all event loops and threads.

A worker's lines are read by a thread of its own and handed to the loop that waits. Another thread writes, so that a pipe
that is full holds up nobody. What is not yet written is ours: it can be taken back, or sent to the next process. What was
written may have run, and is never sent again.
"""

import collections
import json
import os
import subprocess
import tempfile
import threading
import uuid

#: Calls a worker has been sent and not answered. Less than may wait in its queue, so that it always reads what comes
#: next, which may be the cancelling of one.
IN_FLIGHT_MAX = 256
CLOSE_SECONDS = 90  # after the end of input a worker lets calls finish: 60 s unless a task asked for more
STDERR_SHOWN = 2000  # bytes of a dead worker's stderr that an error repeats


class CapsuleError(RuntimeError):
    """Nothing ran, or nobody knows how it ended.

    error_type  what an envelope would say: "config_error", "build_error", "cancelled", "host_fault"
    detail      more lines for people, such as the traceback of a failed import; or None
    """

    def __init__(self, message, error_type="host_fault", detail=None):
        super().__init__(message)
        self.error_type = error_type
        self.detail = detail

    def __reduce__(self):
        return CapsuleError, (str(self), self.error_type, self.detail)


class Call:
    """One request and the future of its envelope. Everything here happens in its event loop but `answered` and `sent`,
    which are the worker's, under its lock."""

    def __init__(self, loop, request, streams):
        self.id = uuid.uuid4().hex
        self.line = json.dumps({"id": self.id, **request}).encode() + b"\n"
        self.future = loop.create_future()
        self.answered = self.sent = False
        self._loop, self._streams = loop, streams

    def later(self, function, *arguments):
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:
            pass  # the loop is closed: nobody waits

    def succeed(self, envelope):
        if not self.future.done():
            self.future.set_result(envelope)

    def fail(self, error):
        if not self.future.done():
            self.future.set_exception(error)

    def output(self, stream, text):
        function = self._streams.get(stream)
        if function is None or self.future.done():
            return
        try:
            function(text)
        except Exception as error:
            self.fail(error)


class Process:
    """One `capsule worker` with its two threads."""

    def __init__(self, worker):
        self.worker = worker
        self.calls = {}  # sent and not answered, by id
        self.lines = collections.deque()  # to be written
        self.wake = threading.Condition(worker.lock)
        self.closing = False
        self.errors = tempfile.TemporaryFile()
        self.popen = subprocess.Popen(
            [worker.capsule_path, "worker"],
            cwd=worker.cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            start_new_session=True,  # Ctrl-C in a terminal is for the host program, which cancels what it wants to
        )
        for function in (self._write, self._read):
            threading.Thread(target=function, name="capsule worker", daemon=True).start()

    def _write(self):
        while True:
            with self.wake:
                while not self.lines and not self.closing:
                    self.wake.wait()
                lines = b"".join(self.lines)
                self.lines.clear()
            try:
                self.popen.stdin.write(lines)
                self.popen.stdin.flush()
                if not lines:
                    self.popen.stdin.close()
                    return
            except (OSError, ValueError):
                return  # it died: the reader tells

    def _read(self):
        for line in self.popen.stdout:
            try:
                self.worker._received(self, json.loads(line))
            except ValueError:
                self.popen.kill()  # not a worker, whatever it is
        code = self.popen.wait()
        self.popen.stdout.close()
        self.worker._died(self, self._epitaph(code))
        self.errors.close()

    def _epitaph(self, code):
        size = self.errors.seek(0, os.SEEK_END)
        self.errors.seek(max(0, size - STDERR_SHOWN))
        said = self.errors.read().decode(errors="replace").strip()
        return f"capsule worker process exited unexpectedly (code {code})" + (f": {said}" if said else "")


class Worker:
    """What answers the calls of one (capsule_path, cwd): a process, or the next one after it died."""

    def __init__(self, capsule_path, cwd):
        self.capsule_path, self.cwd = capsule_path, cwd
        self.lock = threading.RLock()
        self.process = None
        self.waiting = collections.deque()  # not sent

    def submit(self, call):
        with self.lock:
            self._start()
            self.waiting.append(call)
            self._send_more()

    def cancel(self, call):
        """Takes a call back, or asks for its end when it was sent."""
        with self.lock:
            if call in self.waiting:
                self.waiting.remove(call)
            process = self.process
            if process is not None and process.calls.get(call.id) is call:
                process.lines.append(json.dumps({"cancel": call.id}).encode() + b"\n")
                process.wake.notify()

    def close(self):
        """The end of input, once everything is sent. Answers the process to wait for, or None."""
        with self.lock:
            process, self.process = self.process, None
            if process is None:
                return None
            while self.waiting:
                self._move(process)
            process.closing = True
            process.wake.notify()
            return process

    # Under the lock

    def _start(self):
        if self.process is not None:
            return
        try:
            self.process = Process(self)
        except FileNotFoundError:
            if not os.path.isdir(self.cwd):
                raise
            raise FileNotFoundError(
                f"Capsule CLI not found: {self.capsule_path!r}. Put it on PATH, or give its place as capsule_path."
            ) from None

    def _move(self, process):
        call = self.waiting.popleft()
        call.sent = True
        process.calls[call.id] = call
        process.lines.append(call.line)
        process.wake.notify()

    def _send_more(self):
        while self.waiting and len(self.process.calls) < IN_FLIGHT_MAX:
            self._move(self.process)

    # From the reader of a process

    def _received(self, process, reply):
        with self.lock:
            call = process.calls.get(reply.get("id"))
            if call is None:
                return
            if "stream" in reply:
                call.later(call.output, reply["stream"], reply["data"])
                return
            del process.calls[call.id]
            call.answered = True
            if process is self.process:
                self._send_more()
        if "output" in reply:
            call.later(call.succeed, reply["output"])
        else:
            error = CapsuleError(reply["error"], reply.get("error_type", "host_fault"), reply.get("detail"))
            call.later(call.fail, error)

    def _died(self, process, epitaph):
        failed = {}
        with self.lock:
            lost = list(process.calls.values())
            process.calls.clear()
            process.closing = True
            process.wake.notify()
            if process is self.process:
                self.process = None
                if self.waiting:  # these were never sent
                    try:
                        self._start()
                        self._send_more()
                    except OSError as error:
                        failed = dict.fromkeys(self.waiting, error)
                        self.waiting.clear()
            for call in lost:
                call.answered = True
        for call in lost:
            call.later(call.fail, CapsuleError(epitaph))
        for call, error in failed.items():
            call.later(call.fail, error)


_workers = {}
_workers_lock = threading.Lock()


def worker_for(capsule_path, cwd):
    with _workers_lock:
        key = (capsule_path, cwd)
        if key not in _workers:
            _workers[key] = Worker(capsule_path, cwd)
        return _workers[key]


def workers_close(wait=CLOSE_SECONDS):
    """Ends the input of every worker and waits for them; who does not end is killed."""
    with _workers_lock:
        workers = list(_workers.values())
        _workers.clear()
    processes = [process for process in (worker.close() for worker in workers) if process]
    for process in processes:
        try:
            process.popen.wait(wait)
        except subprocess.TimeoutExpired:
            process.popen.kill()
            process.popen.wait()


def _after_fork():
    """The processes are the parent's; their pipes must not be kept open by a child."""
    global _workers_lock
    for worker in _workers.values():
        process = worker.process
        if process is not None:
            for pipe in (process.popen.stdin, process.popen.stdout):
                try:
                    os.close(pipe.fileno())
                except (OSError, ValueError):
                    pass
    _workers.clear()
    _workers_lock = threading.Lock()


# At the end of the host nothing has to be done: a worker whose reader is gone cancels what runs and ends.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
