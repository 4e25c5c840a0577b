"""Tracebacks as Python prints them, without the frames of this runtime, and of a size people read.

Frames that repeat in turn are told once, very deep stacks lose their middle, and long lines of source are cut around
what Python points at.
"""

import asyncio
import os
import re
import traceback

#: Frames of one stack that are looked at, from the innermost: the interpreter's own limit of recursion, twice.
FRAME_LIMIT = 2000

#: Frames shown of one stack, repetitions taken out: the outermost and the innermost ones.
FIRST_FRAMES, LAST_FRAMES = 20, 40

#: Longest group of frames whose repetition is seen. (One frame repeated is Python's own business.)
PERIOD_LIMIT = 8

#: Longest line, in characters without marks, and how many of them stand before what is pointed at.
LINE_LIMIT, LINE_BEFORE = 200, 60

#: The directory of this package, whose frames are never the program's.
_OWN = os.path.dirname(os.path.dirname(__file__)) + "/"
#: Code that runs a program's coroutine: not shown above the program's first frame.
_RUNNERS = os.path.dirname(asyncio.__file__) + "/"
_IMPORT = "<frozen importlib"

_INDENT = re.compile(r"[\s|]*")
_POINTER = re.compile(r"[\s|]*[~^][ ~^]*")


def format_traceback(error):
    """The traceback of an exception, of what it is chained to and of what it groups."""
    found = traceback.TracebackException(type(error), error, error.__traceback__, limit=-FRAME_LIMIT, compact=True)
    for each in _with_related(found):
        each.stack = _Stack(_shorten(_of_program(each.stack)))
    return _cut_lines("".join(found.format()).rstrip("\n"))


def _with_related(found):
    left, seen = [found], set()
    while left:
        found = left.pop()
        if found is None or id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        left += (found.__cause__, found.__context__, *(found.exceptions or ()))


def _of_program(stack):
    frames = [frame for frame in stack if not _is_ours(frame.filename)]
    while frames and frames[0].filename.startswith(_RUNNERS):
        frames.pop(0)
    return frames


def _is_ours(filename):
    return filename.startswith(_OWN) or filename.startswith(_IMPORT)


# -- Stacks --


class _Note(traceback.FrameSummary):
    """Stands for frames that are not shown."""

    __slots__ = ("note",)

    def __init__(self, note):
        super().__init__("", 0, "", lookup_line=False)
        self.note = f"  [{note}]\n"


class _Stack(traceback.StackSummary):
    def format_frame_summary(self, frame_summary, **options):
        if isinstance(frame_summary, _Note):
            return frame_summary.note
        return super().format_frame_summary(frame_summary, **options)


def _shorten(frames):
    frames = _fold(frames)
    left_out = len(frames) - FIRST_FRAMES - LAST_FRAMES
    if left_out <= 1 or _folds_later(frames):
        return frames
    return [*frames[:FIRST_FRAMES], _Note(f"{left_out} frames left out"), *frames[-LAST_FRAMES:]]


def _key(frame):
    return frame.filename, frame.lineno, frame.name


def _folds_later(frames):
    """Whether Python will tell most of these frames as one that is repeated."""
    return len({_key(frame) for frame in frames}) <= FIRST_FRAMES


def _fold(frames):
    """The same frames, with groups that follow themselves more than three times shown twice."""
    keys = [_key(frame) for frame in frames]
    folded, at = [], 0
    while at < len(frames):
        period, times = _repetition(keys, at)
        if times > 3:
            folded += frames[at : at + 2 * period]
            folded.append(_Note(f"Previous {period} frames repeated {times - 2} more times"))
            at += times * period
        else:
            folded.append(frames[at])
            at += 1
    return folded


def _repetition(keys, at):
    """The shortest group of two or more different frames that begins here and repeats, and how often it is there."""
    for period in range(2, PERIOD_LIMIT + 1):
        group = keys[at : at + period]
        if keys[at + period : at + 2 * period] != group or len(set(group)) == 1:
            continue
        times = 2
        while keys[at + times * period : at + (times + 1) * period] == group:
            times += 1
        if times > 3:
            return period, times
    return 1, 1


# -- Lines --


def _cut_lines(text):
    """The text with every line at most LINE_LIMIT characters long; a line and what points into it are cut alike."""
    if len(text) <= LINE_LIMIT:
        return text
    lines, cut, at = text.split("\n"), [], 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if len(line) <= LINE_LIMIT:
            cut.append(line)
            continue
        pointer = lines[at] if at < len(lines) and _POINTER.fullmatch(lines[at]) else None
        indent = len(_INDENT.match(line)[0])
        first = indent if pointer is None else max(indent, len(_INDENT.match(pointer)[0]) - LINE_BEFORE)
        cut.append(_window(line, indent, first, "..."))
        if pointer is not None:
            cut.append(_window(pointer, indent, first, "   ").rstrip())
            at += 1
    return "\n".join(cut)


def _window(line, indent, first, mark):
    """The indent of a line and LINE_LIMIT characters from `first` on, with marks where something is missing."""
    start = mark if first > indent else ""
    end = first + LINE_LIMIT - indent
    return line[:indent] + start + line[first + len(start) : end] + (mark if end < len(line) else "")
