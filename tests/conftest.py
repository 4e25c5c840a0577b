"""For every test: signals as a terminal would give them."""

import signal


def pytest_configure(config):
    # A shell starts background jobs with SIGINT ignored, nohup ignores SIGHUP, and children inherit that; the programs
    # under test must see the defaults. A handler of ours becomes the default in every child that is executed.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
