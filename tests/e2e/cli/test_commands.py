"""build, exec, explain, trace, cache, doctor, init."""

import json
import tomllib

import pytest

from cli_support import TOP, python


# ---- build and exec ----


def test_build_prints_nothing_in_a_pipe(project):
    project.write("main.py", python("return 1"))
    outcome = project.run("build", "main.py")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert project.files() == ["main.py"]


def test_build_of_a_broken_program(project):
    project.write("main.py", "def main(:\n")
    outcome = project.run("build", "main.py")
    assert outcome.code == 2 and outcome.err.startswith("error[build_error]: ") and outcome.out == ""


def test_export_and_exec(project):
    project.write("helper.py", "VALUE = 42\n")
    project.write("main.py", "import helper\n" + python("print(args)\nreturn helper.VALUE", 'timeout="20s"'))
    outcome = project.run("build", "--export", "main.py")
    assert outcome.code == 0 and outcome.out == "main.wasm\n"
    assert (project.path / "main.wasm").read_bytes()[:8] == b"\0asm\1\0\0\0"
    (project.path / "main.py").unlink()
    (project.path / "helper.py").unlink()
    outcome = project.run("exec", "--json", "main.wasm", "a", "--json")
    assert outcome.code == 0 and outcome.envelope["result"] == 42
    assert outcome.envelope["stdout"] == "('a', '--json')\n"


def test_exec_applies_the_declared_policy(project):
    project.write("main.py", python("import time\ntime.sleep(30)", 'timeout="300ms"'))
    assert project.run("build", "--export", "main.py").code == 0
    outcome = project.run("exec", "--json", "main.wasm")
    assert outcome.code == 1 and outcome.envelope["error"]["error_type"] == "timeout"


@pytest.mark.parametrize("words", [["build", "--export", "main.py"], ["init", "new"], ["trace"], ["doctor"], ["help"]])
def test_what_cannot_be_printed_is_told(project, words):
    project.write("main.py", python("return 1"))
    with open("/dev/full", "wb") as full:
        outcome = project.run(*words, stdout=full)
    assert outcome.code == 70 and "cannot write to stdout: No space left on device" in outcome.err


def test_export_of_the_entrypoint(project):
    project.write("src/main.py", python("return 1"))
    project.write("capsule.toml", "[workflow]\nentrypoint = 'src/main.py'\n")
    outcome = project.run("build", "--export")
    assert outcome.code == 0 and (project.path / "src" / "main.wasm").exists()


@pytest.mark.parametrize(
    "name, content, says",
    [
        ("main.py", b"x = 1\n", "Unsupported file type: 'main.py'"),
        ("main.cwasm", b"\x7fELF", "Unsupported file type: 'main.cwasm'"),
        ("foreign.wasm", b"\0asm\1\0\0\0", "foreign.wasm"),
        ("broken.wasm", b"not wasm at all", "broken.wasm"),
        ("empty.wasm", b"", "empty.wasm"),
        ("missing.wasm", None, "missing.wasm"),
    ],
)
def test_exec_refuses(project, name, content, says):
    if content is not None:
        project.write(name, content)
    before = project.files()
    outcome = project.run("exec", name)
    assert outcome.code == 2 and says in outcome.err.splitlines()[0] and outcome.out == ""
    outcome = project.run("exec", "--json", name)
    assert outcome.code == 2 and says in outcome.envelope["error"]["message"]
    assert project.files() == before


# ---- explain ----


def test_explain(project):
    project.write("capsule.toml", "[limits]\nmax_ram = '1GB'\n")
    (project.path / "data").mkdir()
    project.write(
        "main.py", python("pass", 'ram="2GB", timeout="90s", allowed_files=["./data:ro"], env_variables=["KEY"]')
    )
    outcome = project.run("explain", "main.py")
    assert outcome.code == 0
    text = " ".join(outcome.out.split())
    for part in ["compute 2000000000 units (MEDIUM)", "ram 1 GB", "timeout 1m 30s", "./data as /data, read-only",
                 "env_variables KEY", "note ram 2 GB lowered to 1 GB (operator's max_ram)"]:  # fmt: skip
        assert part in text, outcome.out
    assert project.files() == ["capsule.toml", "main.py"]


def test_names_of_tasks_cannot_forge_lines(project):
    project.write("main.py", 'from capsule import task\n\n@task(name="evil\\n01FORGED\\x1b[2J")\ndef main():\n    pass\n')
    assert project.run("run", "main.py").code == 0
    for words in [["explain", "main.py"], ["trace"]]:
        text = project.run(*words).out
        assert "evil^J01FORGED^[[2J" in text and "\n01FORGED" not in text
    assert "[evil^J01FORGED^[[2J]" in project.run("run", "--verbose", "main.py").err


def test_explain_json(project):
    project.write("main.py", python("pass", 'ram="2GB"'))
    outcome = project.run("explain", "--json", "--max-ram", "1GB", "main.py")
    described = json.loads(outcome.out)
    assert described["default"] == "main" and described["tasks"][0]["effective"]["ram"] == 1 << 30


# ---- trace ----


def test_trace(project):
    project.write("main.py", python("return args[0]"))
    assert project.run("trace").out == "No runs recorded here yet.\n"
    assert project.run("trace", "--json").out == "[]\n"
    assert not (project.path / ".capsule").exists()
    for word in ["one", "two"]:
        assert project.run("run", "main.py", word).code == 0
    assert project.run("run", "main.py").code == 1
    runs = json.loads(project.run("trace", "--json").out)
    assert [run["state"] for run in runs] == ["failed", "completed", "completed"]
    assert len(json.loads(project.run("trace", "--json", "--limit", "2").out)) == 2
    listing = project.run("trace").out
    assert runs[0]["id"] in listing and "task_error" in listing
    whole = project.run("trace", runs[1]["id"])
    assert whole.code == 0 and '"result": "two"' in whole.out
    assert json.loads(project.run("trace", "--json", runs[1]["id"]).out)["envelope"]["result"] == "two"


def test_trace_of_nothing(project):
    outcome = project.run("trace", "NOSUCHRUN")
    assert outcome.code == 2 and "NOSUCHRUN" in outcome.err
    assert "error[config_error]: there is no run 'NOSUCHRUN'" in outcome.err
    assert project.run("trace", "../../etc").code == 2
    outcome = project.run("trace", "--json", "NOSUCHRUN")
    assert outcome.code == 2 and outcome.envelope["error"]["error_type"] == "config_error" and outcome.err == ""


# ---- cache ----


def test_cache(project, tmp_path_factory):
    environment = {"CAPSULE_CACHE": str(tmp_path_factory.mktemp("own-cache"))}
    project.write("main.py", python("return 1"))
    assert json.loads(project.run("cache", "ls", "--json", env=environment).out) == []
    assert project.run("build", "main.py", env=environment).code == 0
    entries = json.loads(project.run("cache", "ls", "--json", env=environment).out)
    assert len(entries) == 1 and entries[0]["language"] == "python"
    assert "main.py" in project.run("cache", "ls", env=environment).out
    assert project.run("cache", "prune", "--keep", "1GB", env=environment).out == "0.0 MB removed\n"
    assert json.loads(project.run("cache", "prune", "--json", env=environment).out)["removed_bytes"] > 0
    assert json.loads(project.run("cache", "ls", "--json", env=environment).out) == []


# ---- doctor ----


def test_doctor(project):
    outcome = project.run("doctor", "--json")
    checks = json.loads(outcome.out)
    assert checks and all(set(check) >= {"check", "ok", "level", "text", "cost"} for check in checks)
    assert outcome.code == (1 if any(check["level"] == "error" for check in checks) else 0)
    for line in project.run("doctor").out.splitlines():
        assert line[0] in "✓!✗ "


def test_doctor_without_guests(project):
    outcome = project.run("doctor", env={"CAPSULE_GUESTS": str(project.path / "nowhere")})
    assert outcome.code == 1 and "✗" in outcome.out


# ---- init ----


@pytest.mark.parametrize("language, entry", [("python", "main.py"), ("typescript", "main.ts")])
def test_init_makes_a_project_that_runs(project, language, entry):
    outcome = project.run("init", "--lang", language, "My Project")
    assert outcome.code == 0 and f"created {entry}" in outcome.out
    directory = project.path / "My Project"
    configuration = tomllib.loads((directory / "capsule.toml").read_text())
    assert configuration["workflow"] == {"name": "my-project", "version": "0.1.0", "entrypoint": entry}
    outcome = project.run("run", "--json", "--project", str(directory), "--", str(directory / entry), "Ada")
    assert outcome.code == 0 and outcome.envelope["result"] == {"greeting": "Hello, Ada!"}
    assert project.run("explain", str(directory / entry)).code == 0


def test_init_files_are_well_formed(project):
    assert project.run("init").code == 0
    tomllib.loads((project.path / "pyproject.toml").read_text())
    for stub in ["typings/capsule/__init__.pyi", "typings/capsule/http.pyi", "main.py"]:
        compile((project.path / stub).read_text(), stub, "exec")
    assert project.run("init", "--lang", "typescript", "ts").code == 0
    for name in ["package.json", "tsconfig.json"]:
        json.loads((project.path / "ts" / name).read_text())


def test_init_never_overwrites(project):
    project.write("main.py", "# mine\n")
    (project.path / "pyproject.toml").symlink_to("elsewhere.toml")
    outcome = project.run("init")
    assert outcome.code == 0 and "kept    main.py" in outcome.out and "kept    pyproject.toml" in outcome.out
    assert (project.path / "main.py").read_text() == "# mine\n"
    assert not (project.path / "elsewhere.toml").exists()
    again = project.run("init")
    assert again.code == 0 and "created" not in again.out


def test_init_where_it_cannot(project):
    project.write("file", "x")
    assert project.run("init", "file").code == 2
    assert project.run("init", "no/such/parent").code == 2


# ---- documentation ----


def test_every_flag_and_command_is_documented(project):
    docs = (TOP / "docs" / "cli.md").read_text()
    for command in "run build exec explain trace cache doctor init completion help".split():
        text = project.run("help", command).out
        assert f"### {command}\n" in docs
        assert text.split("\n\nFlags:\n")[0].split("Usage: ")[1].splitlines()[0] in docs
        for line in text.split("\nFlags:\n")[1].splitlines():
            flag = line.strip().split()[0].rstrip(",")
            if flag.startswith("--"):
                assert f"`{flag}" in docs, flag
