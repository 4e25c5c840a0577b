"""What a sandbox of one thread, no processes and no network does not have, said where it is asked for.

The exceptions are those CPython raises on WASI; here they also say why.
"""

import _thread
import threading

NO_THREADS = "can't start new thread: this sandbox has one thread"
NO_PROCESSES = "processes cannot be started in this sandbox"
NO_NETWORK = "network access is not available in this version"


def _no_thread(*args, **kwargs):
    raise RuntimeError(NO_THREADS)


def install():
    _thread.start_new_thread = _thread.start_new = _no_thread
    _thread.start_joinable_thread = threading._start_joinable_thread = _no_thread
