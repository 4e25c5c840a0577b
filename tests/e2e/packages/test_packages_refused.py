"""What is refused: hostile requirements, packages that are not pure Python, no pip, no index; one clear error each."""

import os

import pytest

import wheels
from packages_support import OFFLINE

WHO = "is set by who runs the program"


def refusal_of(project, line, **options):
    project.write("requirements.txt", line + "\n")
    project.task("return 1")
    return project.refusal(env=OFFLINE, **options)


@pytest.mark.parametrize("line, reason", [
    ("-e .", "option -e is not accepted: an editable package would run its own code on the host"),
    ("--editable=git+https://example.org/x", "option --editable is not accepted: an editable package would run"),
    ("-i https://example.org/simple", WHO),
    ("--index-url=https://example.org/simple", WHO),
    ("--extra-index-url https://example.org/simple", WHO),
    ("--find-links wheels", WHO),
    ("-f .", WHO),
    ("--no-index", WHO),
    ("--trusted-host example.org", WHO),
    ("--no-binary :all:", "only wheels are installed"),
    ("--pre", "option --pre is not accepted: -r FILE, --require-hashes and --hash=sha256:... are"),
    ("-c other.txt", "option -c is not accepted"),
    ("--use-feature=fast-deps", "option --use-feature is not accepted"),
    ("git+https://example.org/x.git", "a URL is not accepted"),
    ("one @ https://example.org/one-1.0-py3-none-any.whl", "a URL is not accepted"),
    ("one @ file:///etc/passwd", "a URL is not accepted"),
    ("https://example.org/one.whl", "a URL is not accepted"),
    ("./one", "a path is not accepted"),
    ("../one-1.0-py3-none-any.whl", "a path is not accepted"),
    ("/etc/passwd", "a path is not accepted"),
    ("~/one", "a path is not accepted"),
    ("one-1.0-py3-none-any.whl", "a file is not accepted"),
    ("one.tar.gz", "a file is not accepted"),
    ("one==${HOME}", "a variable of the environment is not accepted"),
    ("one --config-settings=x=y", "no option but --hash=sha256:... is accepted"),
    ("one --global-option=--x", "no option but --hash=sha256:... is accepted"),
    ("one==1.0 --hash=md5:0123", "no option but --hash=sha256:... is accepted"),
    ("one==1.0; python_version > '3' --install-option=x", "no option but --hash=sha256:... is accepted"),
    ("one two", "not of the form"),
    ("one=1.0", "not of the form"),
    ("one[", "not of the form"),
    ("one==1.0,", "not of the form"),
    ("one; os_name == `x`", "not of the form"),
    ("\x1b[31mone", "not of the form"),
])
def test_lines(project, line, reason):
    message = refusal_of(project, line)
    assert message.startswith("requirements.txt:1: ") and reason in message and "\x1b" not in message


def test_the_line_is_told(project):
    assert refusal_of(project, "# one\none \\\n  >=1\n\n-e .").startswith("requirements.txt:5: ")
    project.write("more.txt", "\n\n--pre\n")
    assert refusal_of(project, "\n-r more.txt").startswith("requirements.txt:2: more.txt:3: ")


@pytest.mark.parametrize("text, reason", [
    ('[project]\ndependencies = ["one @ file:///x"]\n', 'pyproject.toml: requirement "one @ file:///x": a URL is not accepted'),
    ('[project]\ndependencies = "one"\n', "pyproject.toml: [project] dependencies is not a list"),
    ("[project]\ndependencies = [1]\n", "pyproject.toml: [project] dependencies is not a list of strings"),
    ("[project\n", "pyproject.toml:1:"),
])
def test_pyproject(project, text, reason):
    project.write("pyproject.toml", text)
    project.task("return 1")
    assert reason in project.refusal(env=OFFLINE)


@pytest.mark.parametrize("text, reason", [
    ('packages = "one"', "expected a list of requirements"),
    ("packages = [1]", "expected a list of requirements"),
    ("venv = 1", "expected the directory of a virtual environment"),
    ('venv = ""', "expected the directory of a virtual environment"),
    ('package = ["one"]', 'unknown key "package": packages and venv are known'),
    ('packages = ["one"]\nvenv = ".venv"', "packages and venv exclude each other"),
    (f"packages = {['one'] * 257}", "packages: 257 entries, at most 256 are accepted"),
])
def test_capsule_toml(project, text, reason):
    project.write("capsule.toml", f"[python]\n{text}\n")
    project.task("return 1")
    error = project.failure(env=OFFLINE)
    assert error["error_type"] == "config_error" and "[python]" in error["message"] and reason in error["message"]


def test_a_requirement_in_capsule_toml(project):
    project.write("capsule.toml", '[python]\npackages = ["one", "-e ."]\n')
    project.task("return 1")
    assert "[python] packages: requirement \"-e .\": " in project.refusal(env=OFFLINE)


def test_files_outside(project, tmp_path):
    """Whichever way leads there, nothing of them is shown."""
    secret = tmp_path / "secret.txt"
    secret.write_text("secret==1.0 oops\n")
    for line in ("-r ../secret.txt", f"-r {secret}", "-r link.txt", "-r ./../project/link.txt"):
        link = project.path / "link.txt"
        link.unlink(missing_ok=True)
        link.symlink_to(secret)
        message = refusal_of(project, line)
        assert "lies outside the project" in message and "oops" not in message
    (project.path / "requirements.txt").unlink()
    (project.path / "requirements.txt").symlink_to(secret)
    assert "requirements.txt lies outside the project" in project.refusal(env=OFFLINE)
    assert "the name of a file is accepted" in refusal_of_file(project, "-r https://example.org/x.txt")
    assert "No such file" in refusal_of_file(project, "-r nowhere.txt")


def refusal_of_file(project, line):
    (project.path / "requirements.txt").unlink(missing_ok=True)
    return refusal_of(project, line)


NO_PYTHON = "there is no python3"


def test_limits_of_files(project):
    """At each limit the next step is reached, which is pip."""
    most = 1 << 20
    assert NO_PYTHON in refusal_of(project, "one\n" + "#" * (most - 5))
    assert f"requirements.txt has more than {most} bytes" in refusal_of(project, "one\n" + "#" * (most - 4))
    line = "one==1.0" + " --hash=sha256:" + "0" * ((64 << 10) - 23)
    assert NO_PYTHON in refusal_of(project, line)
    assert f"a requirement of {(64 << 10) + 1} bytes, at most {64 << 10} are accepted" in refusal_of(project, line + "0")
    names = [f"one>={number}" for number in range(257)]
    assert NO_PYTHON in refusal_of(project, "\n".join(names[:256]))
    assert "more than 256 requirements" in refusal_of(project, "\n".join(names))
    for number in range(2, 17):
        project.write(f"r{number}.txt", f"-r r{number + 1}.txt\n" if number < 16 else "one\n")
    assert NO_PYTHON in refusal_of(project, "-r r2.txt")
    project.write("r16.txt", "-r r17.txt\n")
    project.write("r17.txt", "one\n")
    assert "more than 16 requirements files" in refusal_of(project, "-r r2.txt")
    assert "more than 16 requirements files" in refusal_of(project, "-r requirements.txt")


def test_not_text(project):
    project.task("return 1")
    for data in (b"one\xff\n", b"one\0two\n"):
        (project.path / "requirements.txt").write_bytes(data)
        assert project.refusal(env=OFFLINE) == "requirements.txt is not UTF-8 text"
    (project.path / "requirements.txt").unlink()
    (project.path / "requirements.txt").mkdir()
    assert "requirements.txt" in project.refusal(env=OFFLINE)
    os.rmdir(project.path / "requirements.txt")
    os.mkfifo(project.path / "requirements.txt")
    assert "requirements.txt" in project.refusal(env=OFFLINE)


def test_without_pip(project, tmp_path):
    project.write("requirements.txt", "one\n")
    project.task("return 1")
    assert "install one with pip, or name it with CAPSULE_PYTHON" in project.refusal(env=OFFLINE)
    for name in ("./python3", "nowhere", str(tmp_path)):
        assert f'CAPSULE_PYTHON "{name}" is neither the absolute path of a Python nor one on PATH' in project.refusal(env={"CAPSULE_PYTHON": name})
    bare = tmp_path / "bare"
    bare.write_text("#!/bin/sh\nexit 77\n")
    bare.chmod(0o755)
    message = project.refusal(env={"CAPSULE_PYTHON": str(bare)})
    assert "has no pip to install packages with" in message and "ensurepip" in message
    bare.write_text("#!/bin/sh\necho 'ERROR: first' >&2; echo 'ERROR: second' >&2; exit 1\n")
    error = project.failure(env={"CAPSULE_PYTHON": str(bare)})
    assert error["message"] == "pip: first"
    bare.write_text("#!/bin/sh\nexit 1\n")
    assert project.refusal(env={"CAPSULE_PYTHON": str(bare)}) == "pip failed and did not say why"
    bare.write_text("#!/nowhere\n")
    assert project.failure(env={"CAPSULE_PYTHON": str(bare)})["message"].startswith("pip cannot be started")
    assert project.packages() == []


def test_no_index(project):
    project.write("requirements.txt", "one\n")
    project.task("return 1")
    message = project.refusal(env={"PIP_FIND_LINKS": None, "PIP_NO_INDEX": None, "PIP_RETRIES": "1",
                                   "PIP_INDEX_URL": "http://127.0.0.1:9/simple/"})
    assert message == ("package one: the package index cannot be reached; check the network, or name an index or a directory of "
                       "wheels with PIP_INDEX_URL or PIP_FIND_LINKS")


def test_packages_that_cannot_be_had(project):
    """Each names package, version and reason, the one that another package needs too."""
    native = {"native_one/__init__.py": "", "native_one/_speed.cpython-313-x86_64-linux-gnu.so": b"\x7fELF"}
    project.wheel("native_one", "1.0", native, tag="cp313-cp313-manylinux_2_17_x86_64")
    project.wheel("native_one", "2.0", native, tag="cp313-cp313-manylinux_2_17_x86_64")
    project.wheel("hidden", "3.0", {"hidden/__init__.py": "", "hidden/deep/_x.abi3.so": b"\x7fELF"})
    project.wheel("above", "4.0", requires=["native-one"])
    wheels.make_source(project.wheels, "source", "5.0", "raise SystemExit('ran')")
    project.task("return 1")
    for line, message in {
        "Native.One==1.0": "package Native.One 1.0 has no pure-Python wheel, only native code (such as "
                           "native_one-1.0-cp313-cp313-manylinux_2_17_x86_64.whl), which a sandbox cannot load; see "
                           "docs/python-packages.md for what can be done",
        "above": "above needs native-one: package native-one 2.0 has no pure-Python wheel",
        "hidden": "package hidden 3.0 contains native code (hidden/deep/_x.abi3.so), which a sandbox cannot load",
        "source": "package source 5.0 is published as source only, and building it would run its code on the host: no wheel",
        "above>=5": "package above: there is nothing that fits above>=5",
    }.items():
        project.write("requirements.txt", line + "\n")
        refusal = project.refusal()
        assert refusal.startswith(message), refusal
    assert project.packages() == []
