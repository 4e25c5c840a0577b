"""Figures into documents: what stands between <!-- bench:NAME --> and <!-- /bench:NAME --> becomes the table of that name."""

import re

from measure.machine import sentence
from report.table import as_markdown

BLOCK = re.compile(r"(<!-- bench:([a-z-]+) -->\n).*?(<!-- /bench:\2 -->)", re.DOTALL)
MACHINE = "machine"  # the block that tells where and when it was measured


def rewrite(text, tables, machines):
    """The text with new figures, and the names of blocks for which there are none: these stay as they are."""
    missing = []

    def one(match):
        opening, name, closing = match.groups()
        if name == MACHINE and machines:
            return f"{opening}{places(machines)}\n{closing}"
        if name not in tables:
            missing.append(name)
            return match[0]
        return f"{opening}{as_markdown(tables[name])}\n{closing}"

    return BLOCK.sub(one, text), missing


def places(machines):
    """A line for each machine or moment; quick runs are named, for they repeat little."""
    lines = {}
    for name, machine in machines.items():
        lines.setdefault((machine["date"], sentence(machine), machine.get("quick", False)), []).append(name)
    return "\n".join(f"- {', '.join(names)}: {where}{' (a quick run)' if quick else ''}" for (_, where, quick), names in lines.items())
