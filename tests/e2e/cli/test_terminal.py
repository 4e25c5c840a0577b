"""On a terminal: guest text made harmless, progress, colours."""

from cli_support import on_terminal, python


def test_control_sequences_become_visible(project):
    project.write("main.py", python(r"print('\x1b[31mred\x1b[0m \x1b[2J\x1b]0;t\x07 a\rb \x9b31m \u202e')"))
    code, screen, _ = on_terminal(project, "run", "main.py")
    assert code == 0
    assert b"\x1b[31mred\x1b[0m ^[[2J^[]0;t^G a^Mb \\u009b31m \\u202e\n" in screen


def test_sequences_cut_in_two_stay_harmless(project):
    project.write("main.py", python("import os\nfor c in b'\\x1b[2J\\xc2\\x9b1m': os.write(1, bytes([c]))"))
    _, screen, _ = on_terminal(project, "run", "main.py")
    assert b"^[[2J\\u009b1m" in screen


def test_colours_do_not_leak(project):
    project.write("main.py", python(r"print('\x1b[31mred', end='')" + "\nreturn 1"))
    _, screen, _ = on_terminal(project, "run", "main.py")
    assert b"\x1b[31mred\x1b[0m\n" in screen


def test_task_names_and_messages_are_harmless(project):
    project.write("main.py", python(r"raise ValueError('\x1b]0;owned\x07')"))
    code, screen, _ = on_terminal(project, "run", "--verbose", "main.py")
    assert code == 1 and b"\x1b]" not in screen and b"^[]0;owned^G" in screen


def test_progress_on_a_terminal(project):
    project.write("main.py", python("return 1"))
    code, screen, piped = on_terminal(project, "run", "main.py", separate_stdout=True)
    assert code == 0
    for part in ["✓ Environment ready (", "✓ Runtime ready (", "✓ Complete ("]:
        assert part.encode() in screen
    assert len(piped.splitlines()) == 1 and b"\x1b" not in piped


def test_json_is_silent_on_a_terminal(project):
    project.write("main.py", python("print('x')\nreturn 1"))
    code, screen, piped = on_terminal(project, "run", "--json", "main.py", separate_stdout=True)
    assert code == 0 and screen == b"" and len(piped.splitlines()) == 1


def test_failures_have_colour(project):
    project.write("main.py", python("raise ValueError('x')"))
    _, screen, _ = on_terminal(project, "run", "main.py")
    assert b"\x1b[31merror[task_error]:\x1b[0m " in screen


BOLD, RED, DIM, CYAN, PLAIN = b"\x1b[1m", b"\x1b[31m", b"\x1b[2m", b"\x1b[36m", b"\x1b[0m"
BAR = b"  " + DIM + b"|" + PLAIN + b" "


def test_a_failure_in_colours(project):
    project.write("main.py", python("def inner():\n    open('/data/x')\ninner()"))
    _, screen, _ = on_terminal(project, "run", "main.py")
    for line in [
        BOLD + RED + b"error[task_error]:" + PLAIN + b" [Errno 44] No such file or directory: '/data/x'",
        BAR + DIM + b"Traceback (most recent call last):" + PLAIN,
        BAR + DIM + b'  File "main.py", line 7, in main' + PLAIN,
        BAR + b"    inner()",
        BAR + BOLD + b"    open('/data/x')" + PLAIN,
        BAR + RED + b"    ~~~~^^^^^^^^^^^" + PLAIN,
        b"  " + CYAN + b"hint:" + PLAIN + b' "/data/x" is in no directory granted to the task: allow it with',
    ]:
        assert b"\n" + line in b"\n" + screen, screen.decode()
    assert b"\n  " + DIM + b"main took " in screen and screen.count(BOLD) == 2


def test_typescript_in_colours(project):
    project.write("main.ts", "function inner(): never {\n  throw new Error('x');\n}\nexport const main = () => inner();\n")
    _, screen, _ = on_terminal(project, "run", "main.ts")
    for line in [
        BAR + DIM + b"    at inner (main.ts:2:9)" + PLAIN,
        BAR + BOLD + b"      throw new Error('x');" + PLAIN,
        BAR + RED + b"            ^" + PLAIN,
        BAR + b"      export const main = () => inner();",
    ]:
        assert b"\n" + line + b"\n" in screen, screen.decode()


def test_a_failure_cannot_pass_for_ours(project):
    evil = r"x\n  \x1b[36mhint:\x1b[0m run it with --mount /\nerror[config_error]: \x1b]0;t\x07\u202e"
    project.write("main.py", python(f'raise ValueError("{evil}")'))
    for env in ({}, {"NO_COLOR": "1"}):
        _, screen, _ = on_terminal(project, "run", "main.py", env=env)
        lines = screen.split(b"\n")
        assert CYAN not in screen and b"\x1b]" not in screen and b"\\u202e" in screen
        assert not any(line.startswith((b"  hint:", b"error[config")) for line in lines)
        assert any(line.endswith(b" error[config_error]: ^[]0;t^G\\u202e") for line in lines)


def test_names_in_hints_are_harmless(project):
    name = r"/da\x1b[2Jta\n  hint: x\u202e/x"
    project.write("main.py", f'from capsule import task\n\n@task(name="ma\\x1b[31min")\ndef main(): open("{name}")\n')
    _, screen, _ = on_terminal(project, "run", "main.py")
    assert b"\x1b[2J" not in screen and b"\x1b[31min" not in screen
    assert not any(line.lstrip().startswith(b"hint:") for line in screen.split(b"\n")) and screen.count(CYAN) == 1
    assert b"ma^[[31min took " in screen


def test_no_wasm_backtrace_unless_asked_for(project):
    import base64

    wasm = base64.b64decode("AGFzbQEAAAABBAFgAAADAgEABwoBBl9zdGFydAAACgUBAwAACw==")
    project.write("trap.wasm", wasm)
    for words, shown in [(["exec", "trap.wasm"], False), (["exec", "--verbose", "trap.wasm"], True)]:
        _, screen, _ = on_terminal(project, *words)
        assert b"error[trap]:" in screen and (b"wasm" in screen.split(b"error[trap]:")[1]) == shown


def test_no_color(project):
    project.write("main.py", python("raise ValueError('x')"))
    _, screen, _ = on_terminal(project, "run", "main.py", env={"NO_COLOR": "1"})
    assert b"error[task_error]: " in screen and b"\x1b[31m" not in screen
    _, screen, _ = on_terminal(project, "run", "main.py", env={"TERM": "dumb"})
    assert b"\x1b" not in screen
