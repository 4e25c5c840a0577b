"""Bad input: one clear line each, the right exit code, and nothing left behind."""

import os

import pytest

from cli_support import python

HELLO = python("return 'hello'")


def refused(project, *words, code=2, error_type=None, says):
    """Runs twice: for people the line on stderr, for programs the envelope. Nothing may be left behind."""
    before = project.files()
    outcome = project.run("run", *words)
    assert outcome.code == code, outcome
    assert outcome.out == ""
    first = outcome.err.splitlines()[0]
    assert first.startswith("error[") and says in first, outcome.err
    outcome = project.run("run", "--json", *words)
    assert outcome.code == code
    envelope = outcome.envelope
    assert envelope["success"] is False and envelope["result"] is None
    assert says in envelope["error"]["message"]
    if error_type:
        assert envelope["error"]["error_type"] == error_type
    assert outcome.err == ""
    assert project.files() == before
    return envelope


def test_missing_file(project):
    refused(project, "missing.py", says="missing.py", error_type="build_error")


def test_directory(project):
    (project.path / "folder.py").mkdir()
    refused(project, "folder.py", says="folder.py")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_file(project):
    project.write("secret.py", HELLO).chmod(0)
    refused(project, "secret.py", says="secret.py")


def test_binary_file(project):
    project.write("binary.py", b"\x00\x01\x7fELF\xff\xfe" * 100)
    refused(project, "binary.py", says="binary.py", error_type="build_error")


def test_text_that_is_not_utf8(project):
    project.write("latin.py", b"x = '\xe9'\n")
    refused(project, "latin.py", says="latin.py", error_type="build_error")


def test_fifo(project):
    os.mkfifo(project.path / "pipe.py")
    refused(project, "pipe.py", says="pipe.py")


@pytest.mark.parametrize("name", ["script.rb", "script", "script.PY~", "script.cwasm"])
def test_wrong_extension(project, name):
    project.write(name, HELLO)
    refused(project, name, says=name)


def test_syntax_error_in_python(project):
    project.write("broken.py", "from capsule import task\n\ndef main(:\n    pass\n")
    envelope = refused(project, "broken.py", says="broken.py", error_type="build_error")
    assert "3" in envelope["error"]["message"]


def test_syntax_error_in_typescript(project):
    project.write("broken.ts", 'import { task } from "@capsule-run/sdk";\nconst x: number = ;\n')
    envelope = refused(project, "broken.ts", says="broken.ts:2", error_type="build_error")
    assert envelope["error"]["message"].count("\n") == 0


def test_import_that_fails(project):
    project.write("failing.py", "import nowhere_to_be_found\n")
    envelope = refused(project, "failing.py", says="nowhere_to_be_found", error_type="build_error")
    assert "Traceback" in envelope["error"]["traceback"]


@pytest.mark.parametrize(
    "options, says",
    [
        ('ram="lots"', 'invalid ram "lots"'),
        ('timeout="soon"', 'invalid timeout "soon"'),
        ('timeout="10"', 'invalid timeout "10"'),
        ('compute="HUGE"', 'invalid compute "HUGE"'),
        ("compute=-1", "invalid compute -1"),
        ("max_retries=-1", "invalid max_retries -1"),
        ('max_retries="3"', 'invalid max_retries "3"'),
        ('allowed_files=["/etc"]', "Absolute paths are not allowed: /etc"),
        ('allowed_files=["../x"]', "Path escapes project directory: ../x"),
        ('allowed_files="data"', 'invalid allowed_files "data"'),
        ('env_variables=["A=B"]', 'invalid env_variables "A=B"'),
    ],
)
def test_option_values(project, options, says):
    project.write("main.py", python("return 1", options))
    envelope = refused(project, "main.py", says=says, error_type="config_error")
    assert 'task "main"' in envelope["error"]["message"]


def test_unknown_option(project):
    project.write("main.py", python("return 1", 'memory="1GB"'))
    refused(project, "main.py", says="memory")


def test_unknown_option_in_typescript_is_named(project):
    project.write(
        "main.ts", 'import { task } from "@capsule-run/sdk";\nexport const main = task({ name: "main", ram: "lots" }, () => 1);\n'
    )
    refused(project, "main.ts", says='invalid ram "lots"', error_type="config_error")


def test_ram_below_what_the_guest_needs_is_the_tasks_failure(project):
    project.write("main.py", python("return 1", 'ram="1KB"'))
    outcome = project.run("run", "--json", "main.py")
    assert outcome.code == 1 and outcome.envelope["error"]["error_type"] == "memory_exceeded"


@pytest.mark.parametrize(
    "mount, says",
    [
        ("/etc", "Absolute paths are not allowed: /etc"),
        ("../outside", "Path escapes project directory: ../outside"),
        ("missing", "Path does not exist: missing"),
        ("main.py", "Not a directory: main.py"),
        ("link", "Path escapes project directory: link"),
        (".capsule", "Path belongs to Capsule itself"),
        ("", "Empty path"),
    ],
)
def test_mounts(project, mount, says):
    project.write("main.py", HELLO)
    (project.path / "link").symlink_to("/tmp")
    refused(project, f"--mount={mount}", "main.py", says=says, error_type="config_error")


@pytest.mark.parametrize(
    "text, says",
    [
        ("[workflow", "capsule.toml: line 1"),
        (b"\xff\xfe", "capsule.toml: not valid UTF-8"),
        ("[tasks]\ndefault_ram = 'lots'", 'invalid default_ram "lots"'),
        ("[limits]\nmax_rum = '1GB'", 'did you mean "max_ram"'),
        ("[workflow]\nentrypoint = 7", "entrypoint"),
    ],
)
def test_broken_configuration(project, text, says):
    project.write("main.py", HELLO)
    project.write("capsule.toml", text)
    refused(project, "main.py", says=says, error_type="config_error")


def test_broken_environment_file(project):
    project.write("main.py", python("import os\nreturn os.environ['A']", 'env_variables=["A"]'))
    project.write(".env", "A=1\nnot a definition\n")
    refused(project, "main.py", says=".env: line 2: expected NAME=VALUE", error_type="config_error")


def test_no_file_and_no_configuration(project):
    refused(project, says="No file given", error_type="config_error")
    project.write("capsule.toml", "[tasks]\n")
    refused(project, says="No [workflow] section found in capsule.toml")
    project.write("capsule.toml", "[workflow]\nname = 'x'\n")
    refused(project, says="No 'entrypoint' field found in [workflow] section of capsule.toml")
    project.write("capsule.toml", "[workflow]\nentrypoint = 'gone.py'\n")
    refused(project, says="gone.py")


def test_missing_project(project):
    project.write("main.py", HELLO)
    refused(project, "--project", "nowhere", "main.py", says="nowhere")


def test_arguments_that_are_not_utf8(project):
    project.write("main.py", HELLO)
    refused(project, "main.py", "fine", b"caf\xe9", says="argument 2 is not valid UTF-8", error_type="config_error")


@pytest.mark.parametrize(
    "text, says",
    [
        ("", "Failed to parse --args-file"),
        ('["a"', "Failed to parse --args-file"),
        ('{"a": 1}', "expected a JSON array of strings"),
        ('["a", 7]', "item 2 is no string"),
        ('["a\\u0000b"]', "item 1 holds a NUL"),
        (b'["\xff"]', "Failed to parse --args-file"),
    ],
)
def test_args_file(project, text, says):
    project.write("main.py", HELLO)
    project.write("args.json", text)
    refused(project, "--args-file", "args.json", "main.py", says=says, error_type="config_error")


def test_args_file_that_is_not_there(project):
    project.write("main.py", HELLO)
    refused(project, "--args-file", "gone.json", "main.py", says="Failed to read --args-file 'gone.json'")
    refused(project, "--args-file", ".", "main.py", says="is a directory")


@pytest.mark.parametrize("flag, value", [("ram", "lots"), ("timeout", "soon"), ("timeout", "0"), ("compute", "HUGE")])
def test_ceilings(project, flag, value):
    project.write("main.py", HELLO)
    refused(project, f"--max-{flag}", value, "main.py", says=f'invalid max-{flag} "{value}"', error_type="config_error")


def test_two_tasks_of_one_name(project):
    project.write("twice.py", python("return 1") + "\n" + python("return 2").replace("from capsule import task", ""))
    refused(project, "twice.py", says="main")


@pytest.mark.parametrize("value", ["b'bytes'", "{1, 2}", "float('nan')", "float('inf')", "object()", "'\\ud800'"])
def test_result_that_is_not_serializable(project, value):
    project.write("main.py", python(f"return {value}"))
    outcome = project.run("run", "--json", "main.py")
    assert outcome.code == 1 and outcome.envelope["error"]["error_type"] == "not_serializable", outcome


def test_stdin_file_that_is_not_there(project):
    project.write("main.py", HELLO)
    refused(project, "--stdin", "gone.txt", "main.py", says="cannot read --stdin 'gone.txt'")
