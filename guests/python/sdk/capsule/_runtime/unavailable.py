"""What a sandbox of one thread, no processes and no network does not have, said where it is asked for.

The exceptions are those CPython raises on WASI; here they also say why.
"""

import _thread
import errno
import os
import signal
import socket
import threading

NO_THREADS = "can't start new thread: this sandbox has one thread"
NO_PROCESSES = "a sandbox starts no processes"
NO_USERS = "a sandbox has no users"
NO_SIGNALS = "no signals reach a sandbox"
NO_PIPES = "a sandbox has no pipes and no other process to talk to"
NO_NETWORK = "network access is not available in this version"

#: Names other systems have, by the reason why they are missing here.
_MISSING = {
    os: {
        NO_PROCESSES: (
            "WNOHANG execl execle execlp execlpe execv execve execvp execvpe fork forkpty kill killpg nice "
            "posix_spawn posix_spawnp register_at_fork spawnl spawnle spawnlp spawnlpe spawnv spawnve spawnvp spawnvpe "
            "system wait wait3 wait4 waitid waitpid setsid getpgid getppid setpgid"
        ),
        NO_USERS: "chown fchown geteuid getegid getgid getgroups getlogin getuid lchown setegid seteuid setgid setuid",
        NO_PIPES: "mkfifo openpty pipe pipe2 socketpair",
    },
    signal: {NO_SIGNALS: "alarm getitimer pause pthread_kill pthread_sigmask setitimer sigtimedwait sigwait"},
}


def _explaining(module):
    """A module's __getattr__ that adds the reason to the error about a missing name."""
    reasons = {name: reason for reason, names in _MISSING[module].items() for name in names.split()}

    def __getattr__(name):
        text = f"module {module.__name__!r} has no attribute {name!r}"
        if name in reasons:
            raise AttributeError(f"{text}: {reasons[name]}")
        raise AttributeError(text, name=name, obj=module)

    __getattr__.__module__ = module.__name__
    return __getattr__


def _no_thread(*args, **kwargs):
    raise RuntimeError(NO_THREADS)


def _init_socket(self, *args, **kwargs):
    try:
        _socket_init(self, *args, **kwargs)
    except OSError as error:
        if error.errno == errno.ENOTSUP:
            raise OSError(error.errno, NO_NETWORK) from None
        raise


_socket_init = socket.socket.__init__


def install():
    _thread.start_new_thread = _thread.start_new = _no_thread
    _thread.start_joinable_thread = threading._start_joinable_thread = _no_thread
    socket.socket.__init__ = _init_socket
    for module in _MISSING:
        module.__getattr__ = _explaining(module)
