"""What a person sees of a long step.

On a terminal one line is rewritten in place: the stage, the seconds it has
taken, and the newest line of its log.  A log line of the form `[n/m] text`
is a step counter and stays on show until the next one.  Elsewhere there is
one line when a stage begins and one when it ends.
"""

import os
import re
import shutil
import sys
import time

STEP = re.compile(r"^\[\d+/\d+\]")
TAIL_BYTES = 4096


class Progress:
    """The progress of one stage, told on standard error."""

    def __init__(self, name, log):
        self.name = name
        self.log = log
        self.began = time.monotonic()
        self.step = ""
        self.offset = 0
        self.live = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def begin(self):
        if not self.live:
            say(f"{self.name}: begins (log: {self.log})")

    def refresh(self):
        if not self.live:
            return
        text = f"setup: {self.name} {self.seconds()} s  {self.newest_line()}"
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write("\r\033[K" + text[:width])
        sys.stderr.flush()

    def end(self, outcome):
        if self.live:
            sys.stderr.write("\r\033[K")
        say(f"{self.name}: {outcome} after {self.seconds()} s")

    def seconds(self):
        return int(time.monotonic() - self.began)

    def newest_line(self):
        """The last step counter if there was one, else the last whole line."""
        lines = self.new_lines()
        steps = [line for line in lines if STEP.match(line)]
        if steps:
            self.step = steps[-1]
        elif lines and not STEP.match(self.step):
            self.step = lines[-1]
        return self.step

    def new_lines(self):
        try:
            with open(self.log, "rb") as file:
                end = file.seek(0, os.SEEK_END)
                file.seek(max(self.offset, end - TAIL_BYTES))
                data = file.read()
        except OSError:
            return []
        self.offset = end - (len(data) - data.rfind(b"\n") - 1)
        text = data[: data.rfind(b"\n") + 1].decode("utf-8", "replace")
        printable = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
        return [line.strip() for line in printable.splitlines() if line.strip()]


def say(text):
    """One line to the user; standard error, so that output of commands stays clean."""
    sys.stderr.write(f"setup: {text}\n")
    sys.stderr.flush()


def log_tail(path, count=30):
    """The last lines of a log, for a failure's report."""
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 65536))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-count:])
