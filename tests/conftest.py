"""For every test: signals as a terminal would give them, and a cache that all tests of a session share."""

import signal

import pytest


def pytest_configure(config):
    # A shell starts background jobs with SIGINT ignored, nohup ignores SIGHUP, and children inherit that; the programs
    # under test must see the defaults. A handler of ours becomes the default in every child that is executed.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """A folder for CAPSULE_CACHE: what one test has built the others need not."""
    return tmp_path_factory.mktemp("cache")
