"""JavaScript and TypeScript strings: what their value is, and what they find around them."""

import pytest

VALUES = [
    ("1 + 2", 3),
    ("const x = 5", None),
    ("const x = 5; x", 5),
    ("5; let x = 6", None),
    ("if (true) { 5 }", None),
    ("if (true) 5", None),
    ("for (const n of [1]) n", None),
    ("function f() { return 1 }", None),
    ("function f() { return 1 } f()", 1),
    ("class A {}", None),
    ("", None),
    ("// nothing", None),
    ("'a text'", "a text"),
    ("`a ${1 + 1}`", "a 2"),
    ("({ a: [1, null], b: undefined })", {"a": [1, None]}),
    ("undefined", None),
    ("null", None),
    ("7;;", 7),
    ("5\n/ 2", 2.5),
    ("await new Promise((r) => setTimeout(r, 1, 4))", 4),
    ("(async () => { await null; return 9 })()", 9),
    ("import { join } from 'node:path';\njoin('a', 'b')", "a/b"),
    ("import fs from 'fs';\nimport os from 'node:os';\n[typeof fs.readFileSync, os.platform()]", ["function", "linux"]),
    ("const { sep } = await import('node:path'); sep", "/"),
    ("require('path').sep", "/"),
    ("export const x = 1; x + 1", 2),
    ("this === undefined", True),
    ("import.meta.filename", "/<string>"),
    ("using x = { [Symbol.dispose]() {} }; 12", 12),
    ("eval('1 + 1')", 2),
    ("x: for (;;) break x\n6", 6),
    ("var done = 3; done", 3),
]


@pytest.mark.parametrize("lang", ["js", "ts"])
@pytest.mark.parametrize("code, value", VALUES)
def test_value_is_that_of_the_last_expression(strings, lang, code, value):
    assert strings.value(code, lang=lang) == value


@pytest.mark.parametrize("code, value", [
    ("1 === 1", True), ("'a' + 'b'", "ab"), ("!0", True), ("typeof 5", "number"), ("5; undefined", None),
    ("const f = (x) => x; f(1); 2 === 3", False),
])
def test_constants_are_values_in_typescript_too(strings, code, value):
    assert strings.value(code, lang="js") == strings.value(code, lang="ts") == value


def test_type_arguments_are_no_comparisons(strings):
    assert strings.value("const number = 1; const f = <T,>(x: T) => x; f<number>(5)", lang="ts") == 5
    assert strings.value("var f = function (x) { return x }\nvar n = 2\nf<number>(5)", lang="ts") == 5


TYPED = """
import fs from "node:fs";
import type { Stats } from "node:fs";
interface Point { x: number; y?: string }
enum Colour { Red = 1, Blue }
const p: Point = { x: 1 };
function twice<T>(value: T): [T, T] { return [value, value]; }
@(() => {}) class Marked {}
twice<number>(p.x as number)!.length + Colour.Blue satisfies number;
"""


def test_typescript(strings):
    assert strings.value(TYPED, lang="ts") == 4
    assert strings.value(TYPED, lang="ts") == 4  # out of the cache
    assert strings.value(TYPED, "--no-cache", lang="ts") == 4
    assert strings.value("type X = number; 5 as X", lang="typescript") == 5


def test_javascript_is_not_typescript(strings):
    assert strings.error("const x: number = 1", lang="js")["error_type"] == "build_error"


def test_a_translation_of_one_text_is_not_used_for_another(strings):
    assert [strings.value(f"({n} as number)", lang="ts") for n in (1, 2, 1)] == [1, 2, 1]


def test_prints_are_streamed(strings):
    outcome = strings.run("run", "--lang", "js", "-c", "console.log('one'); console.error('two'); [1]")
    first, last = outcome.out.splitlines()
    assert outcome.code == 0 and first == "one" and '"result":[1]' in last and outcome.err == "two\n"


def test_the_loop_runs_to_its_end(strings):
    envelope = strings.string("setTimeout(() => console.log('later'), 5); console.log('now'); 3", lang="js")
    assert envelope["stdout"] == "now\nlater\n" and envelope["result"] == 3
    envelope = strings.string("process.on('exit', () => console.log('bye')); 3", lang="js")
    assert envelope["stdout"] == "bye\n"


def test_arguments_are_process_argv(strings):
    assert strings.value("process.argv", lang="js", args=("a", "--json")) == ["capsule", "/<string>", "a", "--json"]


@pytest.mark.parametrize("lang", ["js", "ts"])
def test_an_error_has_its_place_and_line(strings, lang):
    error = strings.error("function f(x) {\n\treturn x.y.z;\n}\n\nf({});", lang=lang)
    assert error["error_type"] == "task_error" and "undefined" in error["message"]
    lines = error["traceback"].splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("    at f (<string>:2:"))
    assert lines[at + 1].strip() == "return x.y.z;" and lines[at + 2].strip() == "^"
    mark = lines[at + 2].index("^")
    assert lines[at + 1][mark:].startswith(("x.y.z", "y.z", "z"))
    assert "    at <string>:5:1" in error["traceback"]


def test_a_long_line_is_cut_around_its_place(strings):
    trace = strings.error("let b;" + " " * 5000 + "f(b.x); " + "1;" * 5000, lang="js")["traceback"]
    lines = trace.splitlines()
    at = next(i for i, line in enumerate(lines) if "at <string>:1:" in line)
    shown, mark = lines[at + 1:at + 3]
    assert len(shown) <= 180 and shown[mark.index("^"):].startswith(("f(b.x)", "b.x"))


@pytest.mark.parametrize("lang, place", [("js", "<string>:2:11: "), ("ts", "<string>:2:11: ")])
def test_a_syntax_error_has_line_and_mark(strings, lang, place):
    outcome = strings.run("run", "--lang", lang, "-c", "const x = 1;\nconst y = = 2")
    assert outcome.code == 2 and outcome.out == "", outcome.err
    assert outcome.err.startswith(f"error[build_error]: {place}")
    assert "const y = = 2\n" in outcome.err and "^" in outcome.err


@pytest.mark.parametrize("lang", ["js", "ts"])
@pytest.mark.parametrize("code", ["return 1", "let x; let x", "import x from 'nowhere'; x", "import x from './helper.js'; x", "await = 1", "{"])
def test_what_cannot_be_compiled_never_runs(strings, lang, code):
    strings.write("helper.js", "export default 1\n")
    envelope = strings.string(f"console.log('ran');\n{code}", lang=lang)
    assert envelope["error"]["error_type"] == "build_error" and envelope["stdout"] == "", envelope
    assert str(strings.path) not in str(envelope)


def test_values_that_are_no_json(strings):
    for code in ("() => 1", "10n", "0 / 0", "const a = []; a.push(a); a", "Symbol('x')"):
        assert strings.error(code, lang="js")["error_type"] == "not_serializable", code


def test_failures(strings):
    assert strings.error("throw new TypeError('no')", lang="js")["message"] == "no"
    assert strings.error("Promise.reject(new Error('no'))", lang="js")["message"] == "no"
    assert strings.error("Promise.reject(new Error('no')); 1", lang="js")["message"] == "no"
    assert strings.error("setTimeout(() => { throw new Error('no') }); 1", lang="js")["message"] == "no"
    assert strings.error("new Promise(() => {})", lang="js")["error_type"] == "task_error"
    error = strings.error("process.exit(3)", lang="js")
    assert (error["error_type"], error["exit_code"]) == ("exit", 3)
    assert strings.string("process.exit(0); 5", lang="js")["success"]
