"""What a sandbox of one thread, no processes and no network does not have, said where it is asked for.

The exceptions are those CPython raises on WASI; here they also say why.
"""

import _socket
import _thread
import errno
import functools
import os
import signal
import socket
import threading

from . import refusals

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


# -- The network --


def network_denied(what, reason=NO_NETWORK):
    """The text of a refusal of the network. what: what was not done."""
    return f"network_denied: {what}: {reason}"


def _init_socket(self, *args, **kwargs):
    try:
        _socket_init(self, *args, **kwargs)
    except OSError as error:
        if error.errno == errno.ENOTSUP:
            text = network_denied("no socket was opened")
            raise refusals.mark_network(OSError(error.errno, text), None) from None
        raise


def _looking_up(function):
    """A function of the socket module that looks up a name, told apart from a name that is unknown."""

    @functools.wraps(function)
    def look_up(host, *args, **kwargs):
        try:
            return function(host, *args, **kwargs)
        except socket.gaierror as error:
            if error.errno != socket.EAI_FAIL:
                raise
            name = host[0] if isinstance(host, tuple) and host else host
            name = name.decode("ascii", "replace") if isinstance(name, bytes) else name
            refused = socket.gaierror(error.errno, network_denied(f"{name} was not looked up", error.strerror))
            raise refusals.mark_network(refused, name) from None

    return look_up


def _create_connection(address, *args, **kwargs):
    try:
        return _connect(address, *args, **kwargs)
    except OSError as error:
        refusals.name_host(error, address[0])
        raise


_socket_init = socket.socket.__init__
_connect = socket.create_connection


def _explain_network():
    socket.socket.__init__ = _init_socket
    socket.create_connection = functools.wraps(_connect)(_create_connection)
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo"):
        function = getattr(_socket, name, None)
        if function is None:
            continue
        explaining = _looking_up(function)
        setattr(_socket, name, explaining)
        if getattr(socket, name) is function:
            setattr(socket, name, explaining)


def install():
    _thread.start_new_thread = _thread.start_new = _no_thread
    _thread.start_joinable_thread = threading._start_joinable_thread = _no_thread
    _explain_network()
    for module in _MISSING:
        module.__getattr__ = _explaining(module)
