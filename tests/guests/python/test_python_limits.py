"""What a hostile or careless program meets at its limits."""

import pytest


def task(options, body):
    return f"from capsule import task\n@task(name='main', {options})\ndef main():\n    print('before')\n    {body}\n"


@pytest.mark.parametrize(
    "options, body, error_type",
    [
        ("compute='LOW'", "while True: pass", "compute_exceeded"),
        ("compute='LOW'", "10**10**8", "compute_exceeded"),
        ("compute='LOW'", "__import__('re').match(r'(a+)+$', 'a' * 40 + 'b')", "compute_exceeded"),
        ("compute='LOW'", "sorted(range(10**8))", None),
        ("timeout='300ms'", "__import__('time').sleep(60)", "timeout"),
        ("timeout='300ms', compute='HIGH'", "while True: pass", "timeout"),
        ("timeout='300ms'", "__import__('asyncio').run(__import__('asyncio').sleep(60))", "timeout"),
        ("ram='64MB'", "x = bytearray(200_000_000)", "memory_exceeded"),
        ("ram='64MB', compute='HIGH'", "x = []\n    while True: x.append(bytes(100_000))", "memory_exceeded"),
        ("ram='64MB', compute='HIGH'", "x = {}\n    while True: x[len(x)] = str(len(x))", "memory_exceeded"),
        ("ram='64MB', compute='HIGH'", "x = 'a'\n    while True: x += x", "memory_exceeded"),
        ("compute='HIGH'", "while True: print('x' * 1000)", "output_exceeded"),
    ],
)
def test_limit(run, options, body, error_type):
    done = run(task(options, body))
    assert not done["success"]
    assert done.error_type in ((error_type,) if error_type else ("compute_exceeded", "memory_exceeded"))
    assert done["stdout"].startswith("before\n")


def test_memory_error_can_be_caught(run):
    source = task("ram='64MB'", "try:\n        x = bytearray(200_000_000)\n    except MemoryError:\n        x = 'caught'\n    return x")
    assert run(source).value == "caught"


def test_memory_error_has_a_traceback(run):
    done = run(task("ram='64MB', compute='HIGH'", "x = [bytes(1000) for _ in range(10**9)]"), name="dir/job.py")
    assert done.error_type == "memory_exceeded"
    assert "dir/job.py" in (done.traceback or "dir/job.py")


def test_an_empty_task_fits_into_20_megabytes(run):
    assert run(task("ram='20MB'", "return 1")).value == 1


def test_recursion_error_is_ordinary(run):
    source = """
        def f(n): return f(n + 1)
        def main():
            try:
                f(0)
            except RecursionError as error:
                return str(error)
    """
    assert run(source).value == "maximum recursion depth exceeded"


@pytest.mark.parametrize("depth", [10_000, 200_000])
@pytest.mark.parametrize(
    "call",
    [
        "json.loads('[' * depth)",
        "json.dumps(nest(lambda x: [x]))",
        "repr(nest(lambda x: [x]))",
        "repr(nest(lambda x: {1: x}))",
        "hash(nest(lambda x: (x,)))",
        "nest(lambda x: [x]) == nest(lambda x: [x])",
        "copy.deepcopy(nest(lambda x: [x]))",
        "pickle.dumps(nest(lambda x: [x]))",
        "ast.parse('(' * depth)",
        "ast.parse('-' * depth + '1')",
        "ast.literal_eval('[' * depth + ']' * depth)",
        "eval('+'.join('1' * depth))",
        "re.compile('(' * depth + ')' * depth)",
        "ast.dump(nest_ast())",
        "xml.etree.ElementTree.tostring(xml.etree.ElementTree.fromstring('<a>' * depth + '</a>' * depth))",
    ],
)
def test_recursion_through_c(run, call, depth):
    source = f"""
        import ast, copy, json, pickle, re, xml.etree.ElementTree
        from capsule import task
        depth = {depth}
        def nest(wrap):
            x = 0
            for _ in range(depth):
                x = wrap(x)
            return x
        def nest_ast():
            x = ast.Constant(1)
            for _ in range(depth):
                x = ast.UnaryOp(ast.USub(), x)
            return ast.Expression(x)
        @task(name="main", compute="HIGH", ram="1GB")
        def main():
            try:
                {call}
            except (RecursionError, MemoryError, SyntaxError, ValueError, re.error) as error:
                return type(error).__name__
            return "done"
    """
    assert run(source).value


def test_raised_recursion_limit_ends_at_a_limit(run):
    source = """
        import sys
        from capsule import task
        def f(n): return f(n + 1)
        class Sorted:
            def __init__(self, n): self.n = n
            def __lt__(self, other): return sorted([Sorted(self.n + 1), Sorted(0)]) and True
        @task(name="main", compute="HIGH", ram="256MB")
        def main(what):
            sys.setrecursionlimit(10**9)
            return f(0) if what == "python" else sorted([Sorted(0), Sorted(0)])
    """
    for what in ("python", "sort"):
        done = run(source, what)
        assert done.error_type in ("task_error", "memory_exceeded", "stack_exceeded"), what


def test_uncaught_memory_error_keeps_output(run):
    done = run(task("ram='64MB'", "print('a')\n    x = bytearray(200_000_000)"))
    assert done["stdout"] == "before\na\n"
    assert done.error_type == "memory_exceeded"
