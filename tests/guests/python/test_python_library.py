"""The standard library: each program checks a part of it from inside and answers with the names of what it checked."""

import pathlib

import pytest

PROGRAMS = pathlib.Path(__file__).parent / "programs"


@pytest.mark.parametrize("name", ["asyncio_all", "library_text", "library_data", "library_files", "recursion"])
def test_program(project, name):
    (project.path / "data").mkdir()
    done = project.run((PROGRAMS / f"{name}.py").read_text(), name=f"{name}.py")
    assert len(done.value) > 2


MISSING = {
    "import threading; threading.Thread(target=print).start()": ("RuntimeError", "can't start new thread: this sandbox has one"),
    "import subprocess; subprocess.run(['ls'])": ("OSError", "wasi does not support processes"),
    "import os; os.fork()": ("AttributeError", "module 'os' has no attribute 'fork': a sandbox starts no processes"),
    "import os; os.system('ls')": ("AttributeError", "'system': a sandbox starts no processes"),
    "import os; os.getuid()": ("AttributeError", "'getuid': a sandbox has no users"),
    "import signal; signal.alarm(1)": ("AttributeError", "'alarm': no signals reach a sandbox"),
    "import ctypes": ("ModuleNotFoundError", "_ctypes"),
    "import ssl": ("ModuleNotFoundError", "_ssl"),
    "import fcntl": ("ModuleNotFoundError", "WASI has no file locks"),
    "import pwd": ("ModuleNotFoundError", "a sandbox has no user database"),
    "import socket; socket.socket()": ("OSError", "network access is not available in this version"),
    "import socket; socket.create_connection(('example.com', 80), 1)": ("gaierror", "not available in this sandbox"),
    "import urllib.request; urllib.request.urlopen('http://example.com')": ("URLError", "not available in this sandbox"),
    "from concurrent.futures import ThreadPoolExecutor as T; T().submit(print)": ("RuntimeError", "can't start new thread"),
    "import multiprocessing; multiprocessing.Pool(2)": ("AttributeError", "no pipes"),
    "import tkinter": ("ModuleNotFoundError", "there is no display in a sandbox"),
    "import os; os.nothing": ("AttributeError", "module 'os' has no attribute 'nothing'"),
}


@pytest.mark.parametrize("statement", MISSING)
def test_what_cannot_exist_says_why(run, statement):
    kind, text = MISSING[statement]
    source = f"""
        def main():
            try:
                {statement}
            except BaseException as error:
                return [type(error).__name__, str(error)]
    """
    found_kind, found_text = run(source).value
    assert found_kind == kind
    assert text in found_text


def test_library_modules_all_import(run):
    source = """
        import importlib, pkgutil, sys
        HOST_ONLY = {"antigravity", "this", "turtle", "turtledemo", "idlelib", "tkinter", "nt", "winreg", "winsound", "msvcrt"}
        def main():
            failed = {}
            for name in sorted(sys.stdlib_module_names - HOST_ONLY):
                if name.startswith("_"):
                    continue
                try:
                    importlib.import_module(name)
                except ModuleNotFoundError as error:
                    failed[name] = str(error)
            return failed
    """
    failed = run(source).value
    assert set(failed) == {
        "ctypes", "curses", "ensurepip", "fcntl", "grp", "pty", "pwd", "readline", "resource", "ssl", "syslog", "termios", "tty",
    }
    assert all("in a Capsule sandbox: " in text for text in failed.values())


def test_nothing_of_the_host_is_shown(run):
    source = """
        import getpass, os, platform, socket, sys
        def main():
            try:
                user = getpass.getuser()
            except OSError as error:
                user = str(error)
            return [user, socket.gethostname(), platform.node(), list(os.uname())[:2], os.getpid(), os.cpu_count(),
                    os.getcwd(), sys.prefix, sys.executable, dict(os.environ)]
    """
    assert run(source).value == [
        "No username set in the environment", "localhost", "(none)", ["wasi", "(none)"], 42, 1, "/", "/.capsule", "", {},
    ]


def test_modules_beside_the_program(project):
    project.write("dir/helper.py", "import json\nVALUE = json.dumps([1])\n")
    project.write("dir/package/__init__.py", "from .inner import deep\n")
    project.write("dir/package/inner.py", "from . import sub\ndeep = sub.__name__\n")
    project.write("dir/package/sub/__init__.py", "")
    project.write("dir/space/part.py", "x = 'namespace'\n")
    source = """
        import helper, package, space.part
        def main():
            import late
            return [helper.VALUE, package.deep, space.part.x, late.x]
    """
    project.write("dir/late.py", "x = 'at run time'\n")
    assert project.run(source, name="dir/job.py").value == ["[1]", "package.sub", "namespace", "at run time"]


def test_a_module_beside_the_program_shadows_the_library(project):
    project.write("calendar.py", "x = 'mine'\n")
    project.write("json/__init__.py", "x = 'my json'\n")
    project.write("logging/readme.txt", "a folder, not a package")
    source = "import calendar, json, logging\ndef main(): return [calendar.x, json.x, logging.INFO]"
    assert project.run(source).value == ["mine", "my json", 20]


def test_changed_modules_are_seen(project):
    project.write("helper.py", "VALUE = 1\n")
    source = "import helper\ndef main(): return helper.VALUE"
    assert project.run(source).value == 1
    project.write("helper.py", "VALUE = 2\n")
    assert project.run(None).value == 2
    project.write("calendar.py", "VALUE = 3\n")
    assert project.run("import calendar\ndef main(): return calendar.VALUE").value == 3


def test_only_python_files_of_the_project_are_visible(project):
    for name in (".env", "notes.txt", ".git/config", "secret.key"):
        project.write(name, "secret")
    source = """
        import os
        def main():
            seen = []
            for folder in ("/.capsule/app", "/", "."):
                try:
                    seen += os.listdir(folder)
                except OSError:
                    pass
            return seen
    """
    seen = project.run(source).value
    assert not {".env", "notes.txt", ".git", "secret.key"} & set(seen)


def test_standard_input_is_readable(run):
    source = """
        import sys
        def main(): return [input("? "), sys.stdin.readline(), sys.stdin.read()]
    """
    done = run(source, stdin="one\ntwo é\nthree\n".encode())
    if not done["success"]:
        pytest.skip(f"standard input is not given to tasks: {done.message}")
    assert done.value == ["one", "two é\n", "three\n"]
    assert done["stdout"] == "? "


def test_functions_that_stand_in_belong_to_their_modules(run):
    source = """
        import gettext, shutil, signal
        def main():
            found = [value for module in (gettext, shutil, signal) for value in vars(module).values() if callable(value)]
            return [repr(value) for value in found if getattr(value, "__module__", "").startswith("capsule.")]
    """
    assert run(source).value == []
