"""Standard input, output and error as a program finds them.

Output is written through: what was printed reaches the host before the next statement, so a kill loses nothing.
"""

import gc
import io
import sys

import _capsule


class _OutputFile(io.FileIO):
    """A descriptor that takes all of what it is given."""

    def write(self, data):
        return _write(self.fileno(), data)

    def seekable(self):
        return False


class _InputFile(io.FileIO):
    """Descriptor 0. What it is gets decided at run time, long after this object was made."""

    def seekable(self):
        return False


_write = _capsule.write_output
_BUFFERING = (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom, io.BufferedRWPair)


def _output(descriptor, name, errors):
    raw = _OutputFile(descriptor, "w", closefd=False)
    raw.name = name
    stream = io.TextIOWrapper(raw, "utf-8", errors, newline="\n", write_through=True)
    stream.mode = "w"
    return stream


def install():
    """Replaces the streams the interpreter made. Once, when the image is built."""
    raw = _InputFile(0, "r", closefd=False)
    raw.name = "<stdin>"
    sys.stdin = sys.__stdin__ = io.TextIOWrapper(io.BufferedReader(raw), "utf-8", "surrogateescape")
    sys.stdin.mode = "r"
    sys.stdout = sys.__stdout__ = _output(1, "<stdout>", "surrogateescape")
    sys.stderr = sys.__stderr__ = _output(2, "<stderr>", "backslashreplace")
    _capsule.install_print(sys.stdout)
    _capsule.watch_files(io.FileIO)


def flush_all():
    """Flushes what a program leaves behind: its streams, and files it did not close.

    Raises nothing; a file that cannot be written any more is told on standard error, as the interpreter would.
    """
    if _capsule.files_written():
        streams = [found for found in gc.get_objects() if issubclass(type(found), _BUFFERING)]
        streams.sort(key=lambda stream: not isinstance(stream, io.TextIOWrapper))
        for stream in streams:
            _flush(stream)
    _flush(sys.stdout)
    _flush(sys.stderr)


def _flush(stream):
    flush = getattr(stream, "flush", None)
    if flush is None or getattr(stream, "closed", False):
        return
    try:
        flush()
    except Exception as error:
        try:
            sys.__stderr__.write(f"{type(error).__name__} while flushing {getattr(stream, 'name', stream)!r}: {error}\n")
        except Exception:
            pass
