"""Commands and flags: what is accepted, what is suggested, and exit code 2 for the rest."""

import json

import pytest


def test_version(project):
    outcome = project.run("-V")
    assert (outcome.code, outcome.out, outcome.err) == (0, "capsule 0.1.0\n", "")
    assert project.run("--version").out == outcome.out


def test_help_names_every_command(project):
    outcome = project.run("-h")
    assert outcome.code == 0 and outcome.err == ""
    for command in "run build exec explain trace cache doctor init completion help".split():
        assert f"\n  {command} " in outcome.out
    assert project.run("--help").out == project.run("help").out == outcome.out


def test_no_command_is_a_usage_error(project):
    outcome = project.run()
    assert outcome.code == 2 and outcome.out == "" and "Usage: capsule COMMAND" in outcome.err


@pytest.mark.parametrize("command", "run build exec explain trace cache doctor init completion help".split())
def test_help_of_a_command(project, command):
    outcome = project.run("help", command)
    assert outcome.code == 0 and f"Usage: capsule {command}" in outcome.out and "--help" in outcome.out
    assert project.run(command, "--help").out == outcome.out
    assert project.run(command, "-h").out == outcome.out


@pytest.mark.parametrize(
    "words, message",
    [
        (["rnu"], "unknown command 'rnu', did you mean 'run'?"),
        (["frobnicate"], "unknown command 'frobnicate'"),
        (["frob"], "unknown command 'frob'\n"),  # nothing is near
        (["run", "--xyzzy", "f.py"], "unknown flag '--xyzzy'\n"),
        (["help", "rnu"], "unknown command 'rnu'"),
        (["run", "--jsn", "f.py"], "unknown flag '--jsn', did you mean '--json'?"),
        (["run", "--verbose=1", "f.py"], "--verbose takes no value"),
        (["run", "--mount"], "--mount needs a value"),
        (["run", "--args-file", "a", "f.py", "b"], "--args-file and ARGS exclude each other"),
        (["run", "--max-ram", "1GB", "--max-ram", "2GB", "f.py"], "--max-ram is given twice"),
        (["run", "--jobs", "0", "f.py"], 'invalid --jobs "0"'),
        (["run", "--jobs", "lots", "f.py"], 'invalid --jobs "lots"'),
        (["run", "--jobs", "1025", "f.py"], 'invalid --jobs "1025": the number is too large, accepted is 1 to 1024'),
        (["run", ""], "the file's name is empty"),
        (["exec"], "missing FILE"),
        (["trace", "a", "b"], "one argument too many: 'b'"),
        (["trace", "--limit", "many"], 'invalid --limit "many"'),
        (["cache"], "missing ls|prune"),
        (["cache", "drop"], "unknown action 'drop'"),
        (["cache", "prune", "--keep", "lots"], 'invalid --keep "lots"'),
        (["completion", "tcsh"], "unknown shell 'tcsh'"),
        (["init", "--lang", "cobol"], "unknown language 'cobol'"),
        (["doctor", "--verbose"], "unknown flag '--verbose'"),
    ],
)
def test_mistakes(project, words, message):
    outcome = project.run(*words)
    assert outcome.code == 2, outcome
    assert message in outcome.err and outcome.out == ""
    assert project.files() == []


def test_a_mistake_with_json_is_an_envelope(project):
    outcome = project.run("run", "--nonsense", "--json", "f.py")
    assert outcome.code == 2
    error = outcome.envelope["error"]
    assert error["error_type"] == "config_error" and "--nonsense" in error["message"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_every_command_and_flag(project, shell):
    script = project.run("completion", shell).out
    for word in ["run", "explain", "json", "max-ram", "no-trace", "prune"]:
        assert word in script


def test_bash_completion_completes(project):
    script = project.write("complete.bash", project.run("completion", "bash").out)
    probe = f"""source {script}
ask() {{ COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _capsule; echo "${{COMPREPLY[*]}}"; }}
ask capsule ru
ask capsule run --max
ask capsule cache p
cd {project.path}
ask capsule run "a fi"
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    project.write("a file.py", "")
    project.write("a file too.py", "")
    import subprocess

    answer = subprocess.run(["bash", "--norc", "-c", probe], capture_output=True, text=True, timeout=30)
    words, files = answer.stdout.splitlines()[:3], answer.stdout.splitlines()[4:]
    assert words == ["run", "--max-ram --max-timeout --max-compute --max-output", "prune"], answer
    assert sorted(files) == ["a file too.py", "a file.py"], answer


def test_envelope_of_a_program_that_is_not_there_has_every_key(project):
    envelope = project.run("run", "--json", "missing.py").envelope
    assert list(envelope) == [
        "success", "result", "error", "execution", "stdout", "stderr", "stdout_truncated", "stderr_truncated",
    ]  # fmt: skip
    assert list(envelope["execution"])[:6] == [
        "task_name", "duration_ms", "retries", "fuel_consumed", "ram_used", "host_requests",
    ]  # fmt: skip
    assert json.dumps(envelope["error"]["message"]).count("missing.py") == 1
