"""Values that cross the border, exactly, and values that cannot."""

import json

import pytest

EXACT = {
    "none": ("None", None),
    "true": ("True", True),
    "big integer": ("2**70", 2**70),
    "negative big integer": ("-2**200", -(2**200)),
    "float": ("0.1", 0.1),
    "small float": ("5e-324", 5e-324),
    "text": ("'é 😀 \\x00 \\n \"'", 'é 😀 \x00 \n "'),
    "tuple": ("(1, (2, 3))", [1, [2, 3]]),
    "keys": ("{1: 'a', None: 'b', True: 'c', 2.5: 'd'}", {"1": "c", "null": "b", "2.5": "d"}),
    "nested": ("{'a': [{}, [], '', 0]}", {"a": [{}, [], "", 0]}),
    "int enum": ("__import__('enum').IntEnum('E', 'x').x", 1),
    "named tuple": ("__import__('collections').namedtuple('P', 'x y')(1, 2)", [1, 2]),
    "dict that looks like a failure": ("{'error_type': 'x', 'message': 'y'}", {"error_type": "x", "message": "y"}),
    "dict with a result": ("{'result': 1}", {"result": 1}),
}


@pytest.mark.parametrize("case", EXACT)
def test_exact(run, case):
    expression, expected = EXACT[case]
    if case == "keys":  # 1 and True are one key in Python
        expression = "{1: 'c', None: 'b', 2.5: 'd'}"
    assert run(f"def main(): return {expression}").value == expected


def test_key_order_is_kept(run):
    assert list(run("def main(): return {k: 1 for k in 'zebra'}").value) == ["z", "e", "b", "r", "a"]


def test_integer_beyond_the_digit_limit(run):
    assert run("def main(): return {'n': 10**6000}").value == {"n": 10**6000}


REFUSED = {
    "bytes": ("b'x'", "Object of type bytes is not JSON serializable (at result)"),
    "set in a dict": ("{'a': [0, {1}]}", 'Object of type set is not JSON serializable (at result["a"][1])'),
    "own class": ("[[type('Thing', (), {})()]]", "Object of type Thing is not JSON serializable (at result[0][0])"),
    "nan": ("{'a': [1, float('nan')]}", 'NaN is not JSON serializable (at result["a"][1])'),
    "infinity": ("float('-inf')", "-Infinity is not JSON serializable (at result)"),
    "lone surrogate": ("['a\\ud800b']", "Text with the lone surrogate U+D800 is not JSON serializable (at result[0])"),
    "lone surrogate in a key": ("{'\\udc00': 1}", "Text with the lone surrogate U+DC00 is not JSON serializable"),
    "tuple as key": ("{(1, 2): 3}", "Keys must be str, int, float, bool or None, not tuple (at result[(1, 2)])"),
    "decimal": ("__import__('decimal').Decimal(1)", "Object of type Decimal is not JSON serializable (at result)"),
    "function": ("print", "Object of type builtin_function_or_method is not JSON serializable (at result)"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(run, case):
    expression, message = REFUSED[case]
    done = run(f"def main(): return {expression}")
    assert done.error_type == "not_serializable"
    assert message in done.message
    assert done.code == 1


def test_circular(run):
    done = run("def main():\n    a = {}\n    a['self'] = [a]\n    return a")
    assert done.error_type == "not_serializable"
    assert 'Circular reference detected (at result["self"][0])' in done.message


def test_too_deep(run):
    done = run("def main():\n    a = None\n    for _ in range(100000): a = [a]\n    return a")
    assert done.error_type in ("task_error", "not_serializable")
    assert "recursion" in done.message


def test_large_result(run):
    assert len(run("def main(): return 'x' * 5_000_000").value) == 5_000_000


def test_result_above_the_limit(run):
    assert run("def main(): return 'x' * 20_000_000").error_type == "result_too_large"


def test_output_is_not_mistaken_for_a_result(run):
    done = run("import os\ndef main():\n    os.write(1, b'{\"success\": false}\\n')\n    return 1")
    assert done.value == 1
    assert done["stdout"] == '{"success": false}\n'


def test_print_and_descriptor_are_one_stream(run):
    source = """
        import os, sys
        def main():
            print("a", end="")
            os.write(1, b"b")
            sys.stdout.write("c")
            sys.stdout.buffer.write(b"d")
            print("e", 1, None, 2.5, [1], sep="-")
            print("to stderr", file=sys.stderr)
            print("f", flush=True)
    """
    done = run(source)
    assert done["stdout"] == "abcde-1-None-2.5-[1]\nf\n"
    assert done["stderr"] == "to stderr\n"
    assert done.value is None


def test_print_is_still_print(run):
    source = """
        import io, sys, contextlib
        class Noisy:
            def __str__(self):
                print("inner")
                return "noisy"
        def main():
            print(Noisy())
            buffer = io.StringIO()
            print("x", "y", file=buffer)
            with contextlib.redirect_stdout(buffer):
                print("redirected", sep=None, end=None)
            problems = []
            for bad in ({"sep": 1}, {"end": b""}, {"nothing": 1}):
                try:
                    print("a", **bad)
                except TypeError as error:
                    problems.append(str(error))
            print(*range(3), sep="")
            print(print.__name__, print.__module__)
            return [buffer.getvalue(), problems]
    """
    done = run(source)
    written, problems = done.value
    assert written == "x y\nredirected\n"
    assert [text.split(",")[0] for text in problems[:2]] == ["sep must be None or a string", "end must be None or a string"]
    assert done["stdout"].startswith("inner\nnoisy\n012\n")
    assert done["stdout"].endswith("print builtins\n")


def test_streams_left_unflushed(project):
    (project.path / "data").mkdir()
    source = """
        import io, sys, atexit
        from capsule import task
        @task(name="main", allowed_files=["./data"])
        def main():
            global left
            left = open("data/left.txt", "w")
            left.write("not flushed")
            sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8")
            print("through another wrapper")
            atexit.register(print, "at exit")
    """
    done = project.run(source)
    assert done.value is None
    assert done["stdout"] == "through another wrapper\nat exit\n"
    assert (project.path / "data" / "left.txt").read_text() == "not flushed"


def test_arguments_and_results_are_valid_json(run):
    done = run("import json\ndef main(text): return json.loads(text)", json.dumps({"π": [1, 2.5, None, "\u2028"]}))
    assert done.value == {"π": [1, 2.5, None, "\u2028"]}
