"""A table of figures: the one form in which every part hands over what it measured."""

import math
from dataclasses import dataclass, field


@dataclass
class Column:
    key: str
    label: str
    digits: int = 2  # after the point


@dataclass
class Row:
    label: str
    values: dict                # column key -> number or text; a missing one is shown as a dash
    reason: str = ""            # shown in place of the figures: why there are none


@dataclass
class Table:
    name: str                   # of its block in the documents: <!-- bench:NAME -->
    title: str                  # unit included
    columns: list
    rows: list = field(default_factory=list)
    chart: str = ""             # key of the column that is drawn; "": none
    notes: list = field(default_factory=list)

    def add(self, label, reason="", **values):
        self.rows.append(Row(label, values, reason))


def figure(value, digits):
    """A number as it is shown, with a comma at thousands; text as it is; a dash for none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, str):
        return value
    return f"{value:,.{digits}f}"


def cells(table, row):
    return [figure(row.values.get(column.key), column.digits) for column in table.columns]


def as_text(table):
    """For a terminal."""
    first = max([len(row.label) for row in table.rows] + [20])
    widths = [max(len(column.label), 9, *(len(cells(table, row)[i]) for row in table.rows if not row.reason), 0)
              for i, column in enumerate(table.columns)]
    lines = [table.title, "  " + " " * first + "".join(f"  {column.label:>{width}}" for column, width in zip(table.columns, widths))]
    for row in table.rows:
        figures = f"  {row.reason}" if row.reason else "".join(f"  {cell:>{width}}" for cell, width in zip(cells(table, row), widths))
        lines.append(f"  {row.label:{first}}{figures}")
    return "\n".join(lines + [f"  {note}" for note in table.notes])


def as_markdown(table):
    """For a document; the title is the caller's to write, with its unit."""
    lines = ["| | " + " | ".join(column.label for column in table.columns) + " |", "|---|" + "---|" * len(table.columns)]
    for row in table.rows:
        figures = [row.reason.replace("|", "\\|")] + [""] * (len(table.columns) - 1) if row.reason else cells(table, row)
        lines.append(f"| {row.label} | " + " | ".join(figures) + " |")
    return "\n".join(lines + [f"\n{note}" for note in table.notes])


def as_object(table):
    """For JSON; read back by from_object."""
    clean = {key: getattr(table, key) for key in ("name", "title", "chart", "notes")}
    clean["columns"] = [{"key": c.key, "label": c.label, "digits": c.digits} for c in table.columns]
    clean["rows"] = [{"label": r.label, "values": {k: none_for_nan(v) for k, v in r.values.items()}, "reason": r.reason} for r in table.rows]
    return clean


def none_for_nan(value):
    return None if isinstance(value, float) and not math.isfinite(value) else value


def from_object(clean):
    return Table(clean["name"], clean["title"], [Column(**c) for c in clean["columns"]], [Row(**r) for r in clean["rows"]],
                 clean["chart"], clean["notes"])
