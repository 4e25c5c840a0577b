"""Runs one module of CPython's test suite inside a sandbox and writes what happens to /report.

/cpython   CPython's package `test`, read-only
/work      a writable directory, the tests' working directory and place for temporary files
/report    plan.json, what to run, and events.jsonl, one line for everything that happens

A line is written when a test starts and another when it has ended, so that whoever reads them knows how far a run
came that was stopped from outside.
"""

import gc
import importlib
import io
import json
import os
import sys
import tempfile
import threading
import traceback
import unittest

from capsule import task

#: Characters of a traceback, and of a reason for skipping, that are kept.
DETAIL_LIMIT = 4000
REASON_LIMIT = 300

#: From best to worst: a test with subtests ends as the worst of them.
OUTCOMES = ("passed", "skipped", "unexpected", "failed", "error")

# A test may replace what these names mean while it runs.
_FileIO, _dumps, _format = io.FileIO, json.dumps, traceback.format_exception


def _report(**event):
    with _FileIO("/report/events.jsonl", "a") as file:
        file.write(_dumps(event).encode() + b"\n")


class Recorder(unittest.TestResult):
    """Writes one event for the start and one for the end of every test."""

    def __init__(self):
        super().__init__()
        self._running = None

    def startTest(self, test):
        super().startTest(test)
        self._running = {"end": test.id(), "outcome": None, "reason": None, "detail": None}
        _report(start=test.id())

    def stopTest(self, test):
        running, self._running = self._running, None
        # A test that reports nothing has subtests which were all skipped.
        _report(**running | {"outcome": running["outcome"] or "skipped"})
        super().stopTest(test)

    def _note(self, test, outcome, reason=None, detail=None):
        if self._running is None:  # a fixture of a class or module
            _report(end=test.id(), outcome=outcome, reason=reason, detail=detail, fixture=True)
            return
        known = self._running["outcome"]
        if known is None or OUTCOMES.index(outcome) > OUTCOMES.index(known):
            self._running |= {"outcome": outcome, "reason": reason, "detail": detail}

    def addSuccess(self, test):
        self._note(test, "passed")

    def addExpectedFailure(self, test, error):
        self._note(test, "passed")

    def addUnexpectedSuccess(self, test):
        self._note(test, "unexpected", detail="CPython expects this test to fail")

    def addSkip(self, test, reason):
        self._note(test, "skipped", reason=str(reason)[:REASON_LIMIT])

    def addFailure(self, test, error):
        self._note(test, "failed", detail=_detail(error))

    def addError(self, test, error):
        self._note(test, "error", detail=_detail(error))

    def addSubTest(self, test, subtest, error):
        if error is not None:
            failed = issubclass(error[0], test.failureException)
            self._note(test, "failed" if failed else "error", detail=f"{subtest}\n{_detail(error)}")


def _detail(error):
    try:
        return "".join(_format(*error))[-DETAIL_LIMIT:]
    except Exception as problem:
        return f"{error[0].__name__}, whose traceback cannot be shown: {problem!r}"


_make_link = os.symlink


def _symlink(src, dst, target_is_directory=False, *, dir_fd=None):
    """os.symlink for tests, most of which make links with the absolute path of their working directory.

    A sandbox refuses those. What such a link leads to is tested all the same when it is made as a relative one.
    """
    target = os.fspath(src)
    if dir_fd is None and os.path.isabs(target):
        folder = os.path.dirname(os.path.abspath(os.fsdecode(dst)))
        relative = os.path.relpath(os.fsdecode(target), os.path.realpath(folder))
        src = os.fsencode(relative) if isinstance(target, bytes) else relative
    _make_link(src, dst, target_is_directory, dir_fd=dir_fd)


def _excepthook(error):
    """threading.excepthook as a function with a signature, which a test wants and CPython's own runner provides."""
    threading.__excepthook__(error)


def _set_up(plan):
    """What CPython's own test runner does before it runs a module."""
    sys.path.insert(0, "/cpython")
    os.makedirs("/work/tmp", exist_ok=True)
    tempfile.tempdir = "/work/tmp"
    os.environ["TMPDIR"] = "/work/tmp"
    os.chdir("/work")
    from test import support
    from test.support import os_helper, socket_helper

    # CPython's tests find out by making an absolute link, and skip all tests with links when that is refused.
    os.symlink = _symlink
    os.supports_dir_fd.add(_symlink)
    os_helper._can_symlink = True
    if "sockets" in plan["given"]:
        support.has_socket_support = socket_helper.has_gethostname = True
    threading.excepthook = _excepthook
    support.verbose = 0
    support.use_resources = plan["given"]
    support.record_original_stdout(sys.stdout)
    import random

    random.seed(0)


def _flatten(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from _flatten(test)
        elif test is not None:
            yield test


def _load(name):
    """The tests of a module, or None when it is skipped as a whole or cannot be imported."""
    try:
        module = importlib.import_module(f"test.{name}")
        loader = unittest.TestLoader()
        return list(_flatten(loader.loadTestsFromModule(module)))
    except unittest.SkipTest as skipped:
        _report(module="skipped", reason=str(skipped)[:REASON_LIMIT])
    except Exception as error:
        _report(module="error", reason=f"{type(error).__name__}: {error}"[:REASON_LIMIT], detail=_detail(sys.exc_info()))
    return None


@task(name="main", compute=10**14, ram="2GB")
def main(name):
    with open("/report/plan.json", encoding="utf-8") as file:
        plan = json.load(file)
    _set_up(plan)
    tests = _load(name)
    if tests is None:
        return
    leave_out, only = set(plan["leave_out"]), set(plan["only"])
    tests = [test for test in tests if test.id() not in leave_out and (not only or test.id() in only)]
    recorder = Recorder()
    unittest.TestSuite(tests).run(recorder)
    gc.collect()
    _report(complete=True)
