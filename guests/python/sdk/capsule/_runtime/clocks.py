"""What the library remembers of the time it was imported, in an image that may be years old."""

import logging
import time


class _ProgramStart:
    """logging's start time: the moment the image was mapped, found out when a record needs it.

    The host rebases the monotonic clock when it maps an image, so what it has advanced since is the age of the run.
    """

    def __init__(self, monotonic):
        self._monotonic = monotonic
        self._start = None

    def __rsub__(self, now):
        if self._start is None:
            self._start = now - (time.monotonic_ns() - self._monotonic)
        return now - self._start


def install():
    logging._startTime = _ProgramStart(time.monotonic_ns())
