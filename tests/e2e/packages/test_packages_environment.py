"""A virtual environment of the project instead of packages that are resolved."""

import subprocess
import sys

import pytest

from packages_support import OFFLINE

TRY = "try:\n    import one\nexcept ModuleNotFoundError as error:\n    return str(error)\nreturn one.VERSION"
SITE = ".venv/lib/python3.11/site-packages"


@pytest.fixture
def environment(project):
    """A project with an environment in .venv; answers the project."""
    project.write(".venv/pyvenv.cfg", "version = 3.11.7\n")
    project.write(f"{SITE}/one/__init__.py", "VERSION = 1\n")
    project.write(f"{SITE}/one-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: one\nVersion: 1.0\n")
    project.write("capsule.toml", '[python]\nvenv = ".venv"\n')
    return project


def test_a_real_one(project):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", ".venv"], cwd=project.path, check=True)
    (site,) = (project.path / ".venv/lib").glob("python3*/site-packages")
    (site / "one.py").write_text("VERSION = 5\n")
    project.write("capsule.toml", '[python]\nvenv = ".venv"\n')
    project.write("requirements.txt", "nothing-of-this-name\n")
    project.task(TRY)
    assert project.result(env=OFFLINE) == 5


def test_warm_and_never_stale(environment):
    environment.task("import one, one.part\nfrom importlib.metadata import version\nreturn [one.VERSION, one.part.X, one.NAMES, version('one')]", "import one")
    environment.write(f"{SITE}/one/part.py", "X = 1\n")
    environment.write(f"{SITE}/one/__init__.py", "import os\nVERSION = 1\nNAMES = os.path.exists(os.path.dirname(__file__) + '/more.txt')\n"
                      "try:\n    import two\n    VERSION = two.V\nexcept ImportError:\n    pass\n")
    envelope = environment.envelope(env=OFFLINE)
    assert envelope["result"] == [1, 1, False, "1.0"] and envelope["execution"]["snapshot"] == "program"
    environment.write(f"{SITE}/one/more.txt", "")
    assert environment.result() == [1, 1, True, "1.0"]
    environment.write(f"{SITE}/two.py", "V = 7\n")
    assert environment.result() == [7, 1, True, "1.0"]
    environment.write(f"{SITE}/two.py", "V = 8\n")
    assert environment.result() == [8, 1, True, "1.0"]
    environment.write(f"{SITE}/one/part.py", "X = 2\n")
    assert environment.result() == [8, 2, True, "1.0"]
    environment.write("two.py", "V = 9\n")
    assert environment.result()[0] == 9


def test_native_modules_say_why(environment):
    """Where there is a replacement in Python it is taken, as everywhere."""
    environment.write(f"{SITE}/one/__init__.py", "try:\n    from ._speed import VERSION\nexcept ImportError:\n    VERSION = 'slow'\n")
    environment.write(f"{SITE}/one/_speed.cpython-311-x86_64-linux-gnu.so", "\x7fELF")
    environment.write(f"{SITE}/fast.abi3.so", "\x7fELF")
    environment.task("import one\ntry:\n    import fast\nexcept ImportError as error:\n    return [one.VERSION, type(error).__name__, str(error), error.name]")
    assert environment.result() == [
        "slow", "ModuleNotFoundError",
        "No module named 'fast' in a Capsule sandbox: fast.abi3.so is native code, which it cannot load", "fast"]
    environment.task("import one._speed")
    error = environment.failure()
    assert "one/_speed.cpython-311-x86_64-linux-gnu.so is native code" in error["message"]
    environment.task("return 1", "import fast")
    assert "main.py:2:1: ModuleNotFoundError: No module named 'fast' in a Capsule sandbox" in environment.refusal()


def test_it_stays_as_it_is(environment):
    """Through no grant of the project can a task change it, whether the grant lies above it or inside."""
    environment.task("""import os
top = next(d for d in ('/in/.venv/lib/python3.11/site-packages', '/in') if os.path.exists(d + '/one'))
failed = []
changes = {
    'write': lambda: open(top + '/one/__init__.py', 'a'), 'make': lambda: open(top + '/evil.py', 'w'),
    'mkdir': lambda: os.mkdir(top + '/evil'), 'remove': lambda: os.remove(top + '/one/__init__.py'),
    'rename': lambda: os.rename(top + '/one', top + '/two'), 'link': lambda: os.link(top + '/one/__init__.py', top + '/two.py'),
    'symlink': lambda: os.symlink('one', top + '/two'), 'times': lambda: os.utime(top + '/one/__init__.py', (0, 0)),
}
if top != '/in':
    changes |= {'out': lambda: os.link(top + '/one/__init__.py', '/in/copy.py'), 'move': lambda: os.rename('/in/.venv', '/in/other'),
                'into': lambda: os.rename('/in/main.txt', top + '/evil.py'), 'lib': lambda: os.rename('/in/.venv/lib', '/in/lib')}
    open('/in/main.txt', 'w')
for name, change in changes.items():
    try:
        change()
    except OSError:
        failed.append(name)
return sorted(set(changes) - set(failed))""", options="allowed_files=['GRANT::/in']")
    program = (environment.path / "main.py").read_text()
    for grant in (".", SITE):
        environment.write("main.py", program.replace("GRANT", grant))
        assert environment.result() == []
    environment.task("open('/in/one/here.txt', 'w')", options=f"allowed_files=['{SITE}/one::/in/one']")
    assert not environment.envelope()["success"]
    assert sorted(path.name for path in (environment.path / SITE).rglob("*")) == ["METADATA", "__init__.py", "one", "one-1.0.dist-info"]


@pytest.mark.parametrize("venv, reason", [
    ("nowhere", "No such file"),
    (".", "no virtual environment: it has no pyvenv.cfg"),
    ("..", "lies outside the project"),
    ("/", "lies outside the project"),
    ("link", "lies outside the project"),
    ("empty", "has no directory lib/python3.X/site-packages, or several"),
    ("several", "has no directory lib/python3.X/site-packages, or several"),
    ("leading", "its packages lie outside the project"),
])
def test_what_is_none(project, tmp_path, venv, reason):
    outside = tmp_path / "outside/lib/python3.11/site-packages"
    outside.mkdir(parents=True)
    (tmp_path / "outside/pyvenv.cfg").write_text("")
    (project.path / "link").symlink_to("../outside")
    for name in ("empty", "several", "leading"):
        project.write(f"{name}/pyvenv.cfg", "")
    for version in ("3.10", "3.12"):
        (project.path / f"several/lib/python{version}/site-packages").mkdir(parents=True)
    (project.path / "leading/lib/python3.11").mkdir(parents=True)
    (project.path / "leading/lib/python3.11/site-packages").symlink_to(outside)
    project.write("capsule.toml", f'[python]\nvenv = "{venv}"\n')
    project.task("return 1")
    error = project.failure()
    assert error["error_type"] == "config_error" and f'[python] venv "{venv}"' in error["message"] and reason in error["message"]


def test_the_sandboxs_version_among_several(project):
    project.write(".venv/pyvenv.cfg", "")
    project.write(".venv/lib/python3.11/site-packages/one.py", "VERSION = 11\n")
    project.write(".venv/lib/python3.13/site-packages/one.py", "VERSION = 13\n")
    project.write("capsule.toml", '[python]\nvenv = ".venv"\n')
    project.task(TRY)
    assert project.result() == 13


def test_links_out_of_it_lead_nowhere(environment, tmp_path):
    (tmp_path / "secret.py").write_text("VERSION = 'secret'\n")
    (environment.path / SITE / "two.py").symlink_to(tmp_path / "secret.py")
    environment.task("import two\nreturn two.VERSION")
    assert "No module named 'two'" in environment.failure()["message"]
