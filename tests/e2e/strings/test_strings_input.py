"""Where a string comes from, what is refused of it, and what it reads as its stdin."""

import pytest

MOST = 4 * 1024 * 1024
READ = {
    "py": ["import sys; sys.stdin.read()", "import sys; ''.join(sys.stdin)", "import sys; sys.stdin.buffer.read().decode()",
           "input() + '\\n' + input() + '\\n'", "open(0).read()", "import os; os.read(0, 100).decode()"],
    "js": [
        "require('fs').readFileSync(0, 'utf8')",
        "let text = ''; for await (const part of process.stdin) text += part; text",
        "let text = ''; process.stdin.setEncoding('utf8'); process.stdin.on('data', (d) => (text += d)); "
        "new Promise((r) => process.stdin.on('end', () => r(text)))",
        "import { createInterface } from 'node:readline'; let lines = []; "
        "for await (const line of createInterface({ input: process.stdin })) lines.push(line + '\\n'); lines.join('')",
        "import { text } from 'node:stream/consumers'; await text(process.stdin)",
    ],
}
CASES = [(lang, code) for lang in READ for code in READ[lang]]


@pytest.mark.parametrize("lang, code", CASES)
def test_stdin_reaches_a_string(strings, lang, code):
    outcome = strings.piped("eins\nzwei \u00e9\n", "--json", "--stdin", "-", "--lang", lang, f"--code={code}")
    assert outcome.envelope["error"] is None, outcome.envelope["error"]
    assert outcome.envelope["result"] == "eins\nzwei \u00e9\n"


@pytest.mark.parametrize("lang, code", [("py", READ["py"][0]), ("js", READ["js"][0]), ("js", READ["js"][2])])
def test_without_the_flag_stdin_is_empty(strings, lang, code):
    assert strings.piped("text", "--json", "--lang", lang, f"--code={code}").envelope["result"] == ""


def file_with(lang, code):
    """A program whose task main does what the string does."""
    *before, last = code.split("; ")
    if lang == "py":
        lines = "".join(f"    {line}\n" for line in [*before, f"return {last}"])
        return "main.py", f"from capsule import task\n@task\ndef main():\n{lines}"
    imports = [line for line in before if line.startswith("import ")]
    lines = ";\n".join(line for line in before if line not in imports)
    head = "import { task } from '@capsule-run/sdk';\n" + "".join(f"{line};\n" for line in imports)
    return "main.js", f"{head}export const main = task({{ name: 'main' }}, async () => {{\n{lines};\nreturn {last};\n}});\n"


@pytest.mark.parametrize("lang, code", CASES)
def test_stdin_reaches_a_task_of_a_file(strings, lang, code):
    name, text = file_with(lang, code)
    strings.write(name, text)
    outcome = strings.piped("eins\nzwei \u00e9\n", "--json", "--stdin", "-", name)
    assert outcome.envelope["error"] is None, outcome.envelope["error"]
    assert outcome.envelope["result"] == "eins\nzwei \u00e9\n"
    assert strings.piped("text", "--json", name).envelope["result"] in ("", None) or "input()" in code


def test_a_file_as_stdin(strings):
    strings.write("in.txt", "from a file")
    assert strings.value(READ["py"][0], "--stdin", "in.txt") == "from a file"
    assert strings.piped(READ["py"][0], "--json", "--stdin", "in.txt", "-").envelope["result"] == "from a file"


def test_much_input_is_bounded_by_ram_alone(strings):
    code = "import sys\nn = 0\nwhile block := sys.stdin.buffer.read(1 << 16):\n    n += len(block)\nn"
    big = b"0123456789abcde\n" * (4 << 20)  # 64 MiB
    assert strings.piped(big, "--json", "--ram", "48MB", "--stdin", "-", f"--code={code}").envelope["result"] == len(big)
    error = strings.piped(big, "--json", "--ram", "48MB", "--stdin", "-", "-c", "len(open(0).read())").envelope["error"]
    assert error["error_type"] == "memory_exceeded"


def test_the_program_on_stdin(strings):
    outcome = strings.piped("import sys\nprint('hi')\nsys.argv", "--json", "-", "a", "--b")
    assert outcome.envelope["result"] == ["<stdin>", "a", "--b"] and outcome.envelope["stdout"] == "hi\n"
    assert strings.piped("1 + 1", "-", "--json").envelope["result"] == 2
    assert strings.piped("process.argv[1]", "--json", "--lang=js", "-").envelope["result"] == "/<stdin>"
    assert 'File "<stdin>", line 1' in strings.piped("1/0", "--json", "-").envelope["error"]["traceback"]
    assert strings.piped("let x: = 1", "--lang", "ts", "-").err.startswith("error[build_error]: <stdin>:1:8: ")


def test_a_program_on_stdin_finds_its_own_stdin_empty(strings):
    assert strings.piped("import sys; sys.stdin.read()", "--json", "-").envelope["result"] == ""
    outcome = strings.piped("1", "--stdin", "-", "-")
    assert outcome.code == 2 and "--stdin - and a program on stdin exclude each other" in outcome.err


def test_an_empty_program_on_stdin_is_refused(strings):
    outcome = strings.piped("", "-")
    assert outcome.code == 2 and outcome.err == "error[config_error]: the program on stdin is empty\n"


def refused(outcome, text):
    assert outcome.code == 2 and outcome.out == "", outcome
    assert text in outcome.err, outcome.err


def test_no_value(strings):
    refused(strings.run("run", "-c"), "--code needs a value CODE")
    refused(strings.run("run", "-c", "--verbose"), "--code needs a value CODE")


def test_languages(strings):
    for lang in ("python", "py", "javascript", "js", "typescript", "ts"):
        assert strings.value("40 + 2", lang=lang) == 42
    for lang in ("ruby", "", "PY", "tsx"):
        refused(strings.run("run", "--lang", lang, "-c", "1"), f'unknown language "{lang}": expected py, js or ts')


@pytest.mark.parametrize("lang", ["py", "js", "ts"])
def test_text_that_is_refused(strings, lang):
    refused(strings.piped(b"1 + \x00 1", "--lang", lang, "-"), "<stdin> holds a NUL character (byte 5)")
    refused(strings.piped(b"'\xff'", "--lang", lang, "-"), "<stdin> is not valid UTF-8 (byte 2)")
    refused(strings.run("run", "--lang", lang, "-c", b"'\xed\xa0\x80'"), "<string> is not valid UTF-8 (byte 2)")


@pytest.mark.parametrize("lang", ["py", "js", "ts"])
def test_the_most_a_string_may_hold(strings, lang):
    comment = {"py": "#", "js": "//", "ts": "//"}[lang]
    text = f"7 {comment}"
    text += "x" * (MOST - len(text))
    assert strings.piped(text, "--json", "--lang", lang, "-").envelope["result"] == 7
    refused(strings.piped(text + "x", "--lang", lang, "-"), f"<stdin> is larger than {MOST} bytes")


def test_an_endless_program_is_refused_at_its_limit(strings):
    with open("/dev/zero", "rb") as zero:
        refused(strings.run("run", "-", stdin=zero), f"<stdin> is larger than {MOST} bytes")


DEEP = [("py", "-" * 100_000 + "1"), ("py", "lambda:" * 50_000 + "1"), ("py", "+".join(["1"] * 200_000)), ("py", "x" + ".y" * 100_000),
        ("js", "(" * 20_000 + "1" + ")" * 20_000), ("js", "[" * 200_000), ("ts", "[" * 200_000)]


@pytest.mark.parametrize("lang, text", DEEP, ids=[f"{lang}-{text[:7]}" for lang, text in DEEP])
def test_text_that_is_nested_too_deeply(strings, lang, text):
    error = strings.piped(text, "--json", "--lang", lang, "-").envelope["error"]
    assert error["error_type"] == "build_error" and error["message"].startswith("<stdin>:"), error


def test_a_marked_text_and_a_shebang(strings):
    assert strings.piped("#!/usr/bin/env capsule\n5", "--json", "-").envelope["result"] == 5
    assert strings.piped("#!/usr/bin/env capsule\n5", "--json", "--lang=js", "-").envelope["result"] == 5
    assert strings.piped("#!/usr/bin/env capsule\n5 as any", "--json", "--lang=ts", "-").envelope["result"] == 5


def test_a_script_that_is_a_file_prints(strings):
    strings.write("plain.py", "print('one')\nx = 1\n")
    strings.write("plain.ts", "const x: string = 'one';\nsetTimeout(() => console.log('two'), 2);\nconsole.log(x);\n")
    strings.write("quiet.py", "x = 1\n")
    for name, out in (("plain.py", "one\n"), ("plain.ts", "one\ntwo\n"), ("quiet.py", "")):
        for _ in range(2):
            outcome = strings.run("run", name, "arg")
            assert (outcome.code, outcome.out, outcome.err) == (0, out, ""), name
        envelope = strings.run("run", "--json", name).envelope
        assert envelope["success"] and envelope["result"] is None and envelope["stdout"] == out
