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


def test_no_color(project):
    project.write("main.py", python("raise ValueError('x')"))
    _, screen, _ = on_terminal(project, "run", "main.py", env={"NO_COLOR": "1"})
    assert b"error[task_error]: " in screen and b"\x1b[31m" not in screen
    _, screen, _ = on_terminal(project, "run", "main.py", env={"TERM": "dumb"})
    assert b"\x1b" not in screen
