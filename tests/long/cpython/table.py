"""The page docs/python-tests.md, made from the results of a whole run. The same results make the same bytes."""

import collections
import re

#: Reasons for skipping fewer tests than this are counted together.
RARE = 5

INTRODUCTION = """\
# CPython's own tests in the sandbox

`make test-cpython` runs these modules of CPython {version}'s test suite inside sandboxes, each module in a fresh one with an
empty writable directory, and checks this page, which `make table-cpython` writes. The suite comes unchanged from
the source that the guest is built from.

- *Ran* counts tests that ran, *failed* those of them that `tests/long/cpython/expected.toml` explains, one by one. A
  failure without an explanation fails the run, as does an explained one that passes.
- *Skipped* are those CPython's tests skip by themselves, because they see where they run, or because they ask for time and
  space (`cpu`, `largefile`) that only some modules are given.
- Tests that make a symbolic link by an absolute path, as most do, get a relative one instead: a sandbox refuses absolute
  links, and what lies behind the link is tested all the same.
"""

TOTALS = "{modules} modules: {ran} tests ran, {passed} passed, {failed} failed as explained, {skipped} were skipped by CPython{not_run}.\n"


class Page:
    def __init__(self, groups, modules, expected, version):
        """`groups`: titles with names of modules; `modules`: the results by name."""
        self._groups, self._modules, self._expected, self._version = groups, modules, expected, version

    def text(self):
        parts = [INTRODUCTION.format(version=self._version), self._totals()]
        parts += [self._group(title, names) for title, names in self._groups]
        parts += [self._failures(), self._not_run(), self._whole(), self._skips()]
        return "\n".join(part for part in parts if part)

    def _all(self):
        return [self._modules[name] for _, names in self._groups for name in names]

    def _totals(self):
        modules = self._all()
        ran = sum(module.ran for module in modules)
        passed = sum(module.count("passed") for module in modules)
        left_out = sum(len(self._expected.not_run(module.name)) for module in modules)
        return TOTALS.format(
            modules=len(modules), ran=ran, passed=passed, failed=ran - passed,
            skipped=sum(module.count("skipped") for module in modules),
            not_run=f", {left_out} are not run" if left_out else "",
        )  # fmt: skip

    def _group(self, title, names):
        lines = [f"## {title}", "", "| module | ran | passed | failed | skipped |", "|---|---:|---:|---:|---:|"]
        for name in names:
            module = self._modules[name]
            if module.status == "run":
                passed, skipped = module.count("passed"), module.count("skipped")
                lines.append(f"| `{name}` | {module.ran} | {passed} | {module.ran - passed} | {skipped} |")
            else:
                lines.append(f"| `{name}` | - | - | - | {'all' if module.status == 'skipped' else '-'} |")
        return "\n".join(lines) + "\n"

    def _failures(self):
        found = collections.defaultdict(lambda: [0, set()])
        for module in self._all():
            for name, key in self._expected.failures(module.name).items():
                if name in module.tests:
                    found[key][0] += 1
                    found[key][1].add(module.name)
        rows = [(count, self._expected.reasons[key], names) for key, (count, names) in found.items()]
        return _section("Why tests fail", "reason", [(count, text, names) for count, text, names in rows])

    def _not_run(self):
        rows = []
        for module in self._all():
            for name, key in self._expected.not_run(module.name).items():
                rows.append(f"| `{module.name}` | `{name}` | {self._expected.reasons[key]} |")
        if not rows:
            return ""
        return "\n".join(["## Tests that are not run", "", "| module | test | reason |", "|---|---|---|", *rows]) + "\n"

    def _whole(self):
        rows = []
        for module in self._all():
            if module.status == "skipped":
                rows.append(f"| `{module.name}` | skipped by CPython: {_cell(module.reason)} |")
            elif module.status == "error":
                key = self._expected.module(module.name)
                rows.append(f"| `{module.name}` | {self._expected.reasons.get(key, _cell(module.reason))} |")
        if not rows:
            return ""
        return "\n".join(["## Modules of which nothing runs", "", "| module | reason |", "|---|---|", *rows]) + "\n"

    def _skips(self):
        found = collections.defaultdict(lambda: [0, set()])
        for module in self._all():
            for test in module.tests.values():
                if test.outcome == "skipped":
                    entry = found[_cell(test.reason or "every part of it is skipped")]
                    entry[0] += 1
                    entry[1].add(module.name)
        rows = [(count, text, names) for text, (count, names) in found.items() if count >= RARE]
        rare = [count for count, _ in found.values() if count < RARE]
        page = _section("Why CPython skips tests", "reason", rows)
        if rows and rare:
            page += f"\nOther reasons, each of fewer than {RARE} tests: {len(rare)}, of {sum(rare)} tests together.\n"
        return page


def _section(title, what, rows):
    if not rows:
        return ""
    lines = [f"## {title}", "", f"| tests | {what} | in |", "|---:|---|---|"]
    for count, text, names in sorted(rows, key=lambda row: (-row[0], row[1])):
        lines.append(f"| {count} | {text} | {_places(names)} |")
    return "\n".join(lines) + "\n"


def _places(names):
    tops = sorted({name.partition(".")[0] for name in names})
    shown = ", ".join(f"`{name}`" for name in tops[:4])
    return shown if len(tops) <= 4 else f"{shown} and {len(tops) - 4} more"


def _cell(text):
    """A reason as one line of a table, without what differs from run to run."""
    line = re.sub(r"0x[0-9a-f]+", "0x…", " ".join(text.split()))
    return line.replace("|", "\\|").replace("<", "&lt;")
