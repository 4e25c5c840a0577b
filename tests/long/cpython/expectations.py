"""The failures that are known and why they are there: expected.toml.

    [reasons]
    processes = "starts another interpreter: a sandbox is one process"

    [failures.test_os]
    "SpawnTests.test_spawnl" = "processes"

    [not_run.test_os]                 a test that would end or stall every sandbox
    [modules]                         a module that cannot be imported
    test_x = "processes"
"""

import tomllib

SECTIONS = ("reasons", "failures", "not_run", "modules")


class ExpectationError(Exception):
    """The file is not what it should be."""


class Expectations:
    def __init__(self, path):
        with open(path, "rb") as file:
            content = tomllib.load(file)
        unknown = set(content) - set(SECTIONS)
        if unknown:
            raise ExpectationError(f"{path}: unknown section {sorted(unknown)[0]!r}; there are {', '.join(SECTIONS)}")
        self.reasons = content.get("reasons", {})
        self._failures = content.get("failures", {})
        self._not_run = content.get("not_run", {})
        self._modules = content.get("modules", {})
        self._check(path)

    def _check(self, path):
        used = set(self._modules.values())
        for tests in (*self._failures.values(), *self._not_run.values()):
            used.update(tests.values())
        for key in sorted(used - set(self.reasons)):
            raise ExpectationError(f"{path}: no reason is called {key!r}")
        for key in sorted(set(self.reasons) - used):
            raise ExpectationError(f"{path}: nothing has the reason {key!r}")

    def failures(self, module):
        """Tests of a module that fail, with the key of the reason."""
        return self._failures.get(module, {})

    def not_run(self, module):
        return self._not_run.get(module, {})

    def module(self, name):
        """Why a module cannot be imported, or None."""
        return self._modules.get(name)

    def named_modules(self):
        return {*self._failures, *self._not_run, *self._modules}


def compare(module, expected, whole=True):
    """What differs between a module's outcome and what is expected of it, a line each. `whole`: all its tests ran."""
    known = expected.module(module.name)
    if module.status == "error":
        return [] if known else [f"cannot be run: {module.reason}"]
    if known:
        return [f"was expected to be no use ({known}), but can be imported now"]
    failures = expected.failures(module.name)
    problems = []
    for name, test in module.tests.items():
        if test.bad and name not in failures:
            problems.append(f"{name}: {test.outcome}, and nothing in expected.toml explains it\n{_indent(test)}")
        elif not test.bad and name in failures:
            problems.append(f"{name}: was expected to fail ({failures[name]}), but {test.outcome} now")
    if whole:
        missing = [name for name in failures if name not in module.tests]
        problems += [f"{name}: was expected to fail, but there is no such test" for name in missing]
    return problems


def _indent(test):
    lines = (test.detail or test.reason or "").rstrip().split("\n")
    return "\n".join(f"      {line}" for line in lines[-12:])


def proposal(modules, expected):
    """Lines for expected.toml that would cover what is not explained yet."""
    lines = []
    for module in modules:
        found = [name for name, test in module.tests.items() if test.bad and name not in expected.failures(module.name)]
        if found:
            lines.append(f'[failures."{module.name}"]' if "." in module.name else f"[failures.{module.name}]")
            lines += [f"{_quote(name)} = ''" for name in found]
    return "\n".join(lines)


def _quote(text):
    return f"'{text}'" if '"' in text else f'"{text}"'
