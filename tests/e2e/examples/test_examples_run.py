"""Every example in both languages: what it prints, what it answers, and what it leaves in its folder."""

import json
import re

import pytest

from examples_support import EXAMPLES

BOTH = pytest.mark.parametrize("language", ["py", "ts"])

TRACEBACK = {
    "py": """\
Your code failed: task_error: could not convert string to float: 'price'
Traceback (most recent call last):
  File "<run_code>", line 2, in <module>
    sum(float(price) * int(count) for _, price, count in rows)
    ~~~^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "<run_code>", line 2, in <genexpr>
    sum(float(price) * int(count) for _, price, count in rows)
        ~~~~~^^^^^^^
ValueError: could not convert string to float: 'price'
Your code failed: compute_exceeded: compute limit of 100000000 units exceeded
It printed, at first: 'lamp\\nlamp\\nlamp\\n'
""",
    "ts": """\
Your code failed: task_error: not a function
TypeError: not a function
    at <run_code>:1:21
      const rows = orders.map((line) => line.split(','));
                          ^
Your code failed: compute_exceeded: compute limit of 100000000 units exceeded
It printed, at first: "article,price,c"
""",
}

VERDICTS = """\
ada.py       AC
bruno.py     WA   case 2
chen.ts      AC
dora.py      TLE  case 4
emil.js      MLE  case 4
fatima.py    RE   case 3
"""

PLUGINS = """\
count_words.py  ok                26
titles.ts       ok                On clocks; A walk by the sea
greet.py        ok                Hello!
snoop.py        task_error        [Errno 44] No such file or directory: '/private/key.txt'
vandal.js       task_error        EPERM: operation not permitted, open '/articles/clocks.en.txt' (write /articles/clocks.en.txt: read-only mount)
loop.py         compute_exceeded  compute limit of 100000000 units exceeded
noisy.py        output_exceeded   output limit of 1048576 bytes exceeded
"""

CLEANED = """\
order,customer,date,amount
1001,Ada Lovelace,2026-03-04,19.90
1002,Grace Hopper,2026-03-04,149.00
1005,Alan Turing,2026-03-06,12.00
"""

REJECTED = """\
order,customer,date,amount,reason
1003,,2026-03-05,5.00,no customer
1004,Alan  Turing,5 March 2026,49.5,no date: 5 March 2026
1006,Grace hopper,2026-13-01,8.00,no date: 2026-13-01
1007,Grace Hopper,2026-03-07,"much, sorry","no amount: much, sorry"
"""

GAMES = """\
cheat.js   against clever.py  won by clever.py  (cheat.js: illegal: 11 of 11)
cheat.js   against greedy.ts  won by greedy.ts  (cheat.js: illegal: 9 of 9)
cheat.js   against sleepy.py  won by sleepy.py  (cheat.js: illegal: 11 of 11)
clever.py  against greedy.ts  won by clever.py  (took the last stick)
clever.py  against sleepy.py  won by clever.py  (sleepy.py: timeout)
greedy.ts  against sleepy.py  won by greedy.ts  (sleepy.py: timeout)
"""

# Name in Python, error_type, limit, used (a pattern where it is up to the interpreter or the clock), allowed.
LIMITS = [
    ("computes", "compute_exceeded", "compute", "100000000", 100_000_000),
    ("waits", "timeout", "timeout", r"\d+", 200),
    ("hoards", "memory_exceeded", "ram", r"\d+", 64 << 20),
    ("starved", "memory_exceeded", "ram", r"\d+", 1 << 20),
    ("fills_the_disk", "disk_exceeded", "tmp", str(65 << 20), 64 << 20),
    ("makes_files", "disk_exceeded", "tmp_inodes", "10001", 10_000),
    ("answers_too_much", "result_too_large", "result", str((16 << 20) + 1), 16 << 20),
    ("nests", "subtasks_exceeded", "depth", "17", 16),
    ("prints", "output_exceeded", "output", str((1 << 20) + 1), 1 << 20),
]


def tree(path):
    """The files of a folder and their contents."""
    files = [file for file in path.rglob("*") if file.is_file() and ".capsule" not in file.parts]
    return {str(file.relative_to(path)): file.read_text() for file in files}


def ran(workspace, file, *arguments):
    """What a run that must succeed printed, and its result."""
    envelope = workspace.envelope(file, *arguments)
    assert envelope["success"], envelope["error"]
    assert envelope["stderr"] == ""
    return envelope["stdout"], envelope["result"]


@BOTH
def test_hello(work, language):
    name = f"hello.{language}"
    work.write(name, (EXAMPLES / name).read_text())
    printed, result = ran(work, name, "Ada")
    assert re.fullmatch(r"Python 3\.13\.5 on wasi speaking\n|JavaScript on \w+ speaking\n", printed)
    assert result == {"greeting": "Hello, Ada!", ("from_sandbox" if language == "py" else "fromSandbox"): True}


@BOTH
def test_agent(example, language):
    printed, result = ran(example("agent"), f"agent.{language}")
    assert printed == TRACEBACK[language]
    assert result == {"answer": 386.8, "printed": "3 orders\n", "attempts": 3}


@BOTH
def test_judge(example, language):
    printed, result = ran(example("judge"), f"judge.{language}")
    assert re.sub(r" +\d+\.\d million units$", "", printed, flags=re.MULTILINE) == VERDICTS
    assert list(result.items()) == [tuple(line.split()[:2]) for line in VERDICTS.splitlines()]


@BOTH
def test_a_verdict_counts_units(example, language):
    """What a submission used is the same in every run, whatever the clock says."""
    judge = example("judge")
    assert ran(judge, f"judge.{language}") == ran(judge, f"judge.{language}")


@BOTH
def test_plugins(example, language):
    host = example("plugins")
    before = tree(host.path)
    printed, result = ran(host, f"plugins.{language}")
    assert printed == PLUGINS and result == {line.split()[0]: line.split()[1] for line in PLUGINS.splitlines()}
    assert tree(host.path) == before, "no plugin may write"


@BOTH
def test_cleanup(example, language):
    folder = example("cleanup")
    before = tree(folder.path)
    printed, result = ran(folder, f"cleanup.{language}")
    assert (printed, result) == ("", {"read": 8, "cleaned": 3, "rejected": 4})
    assert tree(folder.path) == before | {"clean/orders.csv": CLEANED, "clean/rejected.csv": REJECTED}


@BOTH
def test_wordcount(example, language):
    printed, result = ran(example("wordcount"), f"wordcount.{language}")
    assert (printed, result) == ("", {"files": 4, "words": 74, "most": {"the": 15, "at": 6, "and": 4}})


@BOTH
def test_wordcount_ends_with_its_first_failure(example, language):
    folder = example("wordcount")
    for number in range(1000):
        folder.write(f"pages/{number}.txt", "word\n")
    _, result = ran(folder, f"wordcount.{language}", "pages/missing.txt")
    assert list(result) == ["failed"] and "pages/missing.txt" in result["failed"]
    [run] = json.loads(folder.capsule("trace", "--json").stdout)
    subtasks = json.loads(folder.capsule("trace", "--json", run["id"]).stdout)["subtasks"]
    assert sum(subtask["state"] == "completed" for subtask in subtasks) < 500
    assert [subtask["error_type"] for subtask in subtasks if subtask["state"] == "failed"] == ["task_error"]


@BOTH
def test_nim(example, language):
    printed, result = ran(example("nim"), f"nim.{language}")
    assert printed == GAMES
    assert result == {"cheat.js": 0, "clever.py": 3, "greedy.ts": 2, "sleepy.py": 1}


@BOTH
def test_limits(example, language):
    printed, result = ran(example("limits"), f"limits.{language}")
    names = [name if language == "py" else re.sub(r"_(\w)", lambda found: found[1].upper(), name) for name, *_ in LIMITS]
    lines = printed.splitlines()
    assert len(lines) == len(LIMITS)
    for line, name, (_, error_type, limit, used, allowed) in zip(lines, names, LIMITS):
        assert re.fullmatch(rf"{name} +{error_type} +{limit} +{used} of +{allowed}", line)
    assert result == {name: error_type for name, (_, error_type, *_) in zip(names, LIMITS)}
