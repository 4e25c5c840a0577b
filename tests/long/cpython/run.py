"""Runs modules of CPython's own test suite inside sandboxes and compares what happens with expected.toml.

    run.py [options] [MODULE]...      MODULE: a line of modules.txt, or the package of some of them; none: all

Exit code 0: every test passed, was skipped by CPython or failed as explained, and the page is what it should be.
"""

import argparse
import concurrent.futures
import pathlib
import re
import sys

from expectations import ExpectationError, Expectations, compare, proposal
from sandbox import HERE, Module, Suite, run_module
from table import Page

TOP = HERE.parents[2]


def parse_arguments():
    parser = argparse.ArgumentParser(description="Runs modules of CPython's test suite inside sandboxes.")
    parser.add_argument("--capsule", type=pathlib.Path, default=TOP / "build" / "capsule", help="the command to test")
    parser.add_argument("--source", type=pathlib.Path, default=TOP / "build" / "deps" / "cpython-src" / "Lib" / "test",
                        help="CPython's Lib/test")  # fmt: skip
    parser.add_argument("--work", type=pathlib.Path, default=TOP / "build" / "tests" / "cpython", help="a directory of ours")
    parser.add_argument("--modules", type=pathlib.Path, default=HERE / "modules.txt", help="the list of modules")
    parser.add_argument("--expected", type=pathlib.Path, default=HERE / "expected.toml", help="the explained failures")
    parser.add_argument("--jobs", type=int, default=2, help="modules that run at once (default: 2)")
    parser.add_argument("--test", action="append", default=[], metavar="ID", help="only this test of the module; may be repeated")
    parser.add_argument("--saved", action="store_true", help="do not run, compare what the last runs saved")
    parser.add_argument("--propose", action="store_true", help="print lines for expected.toml that are missing")
    parser.add_argument("--page", type=pathlib.Path, help="the page that a whole run must make, byte for byte")
    parser.add_argument("--write", action="store_true", help="write the page instead of comparing it")
    parser.add_argument("names", nargs="*", metavar="MODULE")
    return parser.parse_args()


def read_groups(path):
    """The list of modules as titles with names, and what each is given. A comment after an empty line is a title."""
    groups, given, blank = [], {}, False
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# ") and blank:
            groups.append((line[2:], []))
        elif line and not line.startswith("#"):
            name, *words = line.split()
            groups[-1][1].append(name)
            given[name] = words
        blank = not line
    return groups, given


def choose(names, wanted):
    """The modules that are wanted, in the order of the list."""
    if not wanted:
        return names
    for word in wanted:
        if not any(name == word or name.startswith(word + ".") for name in names):
            raise SystemExit(f"run.py: {word!r} is not in the list of modules")
    return [name for name in names if any(name == word or name.startswith(word + ".") for word in wanted)]


def python_version(source):
    """The version of CPython that the suite belongs to."""
    text = (source.parents[1] / "Include" / "patchlevel.h").read_text(encoding="utf-8")
    return re.search(r'#define PY_VERSION\s+"([^"]+)"', text).group(1)


def results_of(arguments, suite, expected, names, given):
    """Runs the modules, tells about each when it is done, and answers them in the order of `names`."""
    saved = {name: suite.work / "results" / f"{name}.json" for name in names}
    if arguments.saved:
        return [Module.load(path) for path in saved.values()]
    suite.prepare()
    (suite.work / "results").mkdir(exist_ok=True)

    def run(name):
        module = run_module(suite, name, given[name], expected.not_run(name), arguments.test)
        if not arguments.test:
            module.save(saved[name])
        return module

    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        runs = [pool.submit(run, name) for name in names]
        for number, done in enumerate(concurrent.futures.as_completed(runs), 1):
            print(f"[{number}/{len(names)}] {summary(done.result())}", flush=True)
    return [run.result() for run in runs]


def summary(module):
    if module.status != "run":
        return f"{module.name}: {module.status}: {module.reason}"
    failed = module.ran - module.count("passed")
    counts = f"{module.ran} ran, {module.count('passed')} passed, {failed} failed, {module.count('skipped')} skipped"
    return f"{module.name}: {counts} ({module.seconds:.0f} s)"


def report_problems(modules, expected, whole):
    """Tells what is not as expected; answers how much that is."""
    count = 0
    for module in modules:
        for problem in compare(module, expected, whole):
            count += 1
            print(f"{module.name}: {problem}", file=sys.stderr)
    return count


def settle_page(path, text, write):
    """Writes the page, or answers False when it is not what it should be."""
    if write:
        path.write_text(text, encoding="utf-8")
        return True
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return True
    print(f"{path.name} is not what this run makes of it: `make table-cpython` writes it", file=sys.stderr)
    return False


def main():
    arguments = parse_arguments()
    groups, given = read_groups(arguments.modules)
    listed = [name for _, names in groups for name in names]
    try:
        expected = Expectations(arguments.expected)
    except (ExpectationError, ValueError) as error:
        print(f"run.py: {error}", file=sys.stderr)
        return 2
    strangers = sorted(expected.named_modules() - set(listed))
    if strangers:
        print(f"run.py: {arguments.expected}: {strangers[0]!r} is not in the list of modules", file=sys.stderr)
        return 2
    names = choose(listed, arguments.names)
    suite = Suite(arguments.capsule.absolute(), arguments.source, arguments.work.absolute())
    modules = results_of(arguments, suite, expected, names, given)
    if arguments.propose:
        print(proposal(modules, expected))
    problems = report_problems(modules, expected, whole=not arguments.test)
    good = problems == 0
    if arguments.page and names == listed and not arguments.test and (good or arguments.write):
        page = Page(groups, {module.name: module for module in modules}, expected, python_version(arguments.source))
        good = settle_page(arguments.page, page.text(), arguments.write) and good
    print(f"{len(modules)} modules, {sum(module.ran for module in modules)} tests ran, {problems} not as expected")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
