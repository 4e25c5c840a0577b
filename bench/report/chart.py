"""Tables as one drawing: horizontal bars, a table below the other. SVG, written by hand as it is only rectangles and text."""

import math
from xml.sax.saxutils import escape

from report.table import figure

WIDTH, LABELS, BARS, LINE, GAP = 860, 330, 420, 20, 18  # pixels
OURS, THEIRS, TEXT, FAINT = "#2f6fb0", "#b9bec4", "#1f2328", "#6e7781"
FONT = 'font-family="sans-serif" font-size="12"'


def draw(tables):
    """The text of an SVG file with every table that names a column to draw."""
    parts, y = [], GAP
    for table in tables:
        if table.chart:
            drawn, y = one_table(table, y)
            parts += drawn
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}">',
                      f'<rect width="{WIDTH}" height="{y}" fill="#ffffff"/>', *parts, "</svg>"]) + "\n"


def one_table(table, y):
    column = next(column for column in table.columns if column.key == table.chart)
    numbers = [value for row in table.rows if (value := number(row, column))]
    # Where the longest is many times the shortest, bars grow with the logarithm, and that is said.
    logarithmic = bool(numbers) and max(numbers) > 50 * min(numbers)
    scale = "; logarithmic" if logarithmic else ""
    parts = [words(10, y + 12, f"{table.title}: {column.label}{scale}", weight="bold")]
    y += LINE + 4
    for row in table.rows:
        value = number(row, column)
        length = bar_length(value, numbers, logarithmic) if value else 0
        shown = figure(row.values.get(column.key), column.digits) if value else row.reason[:60] or "–"
        parts.append(words(LABELS - 8, y + 13, row.label, anchor="end"))
        if length:
            parts.append(f'<rect x="{LABELS}" y="{y + 2}" width="{length:.1f}" height="{LINE - 6}" fill="{colour(row.label)}"/>')
        parts.append(words(LABELS + length + 6, y + 13, shown, fill=TEXT if value else FAINT))
        y += LINE
    return parts, y + GAP


def number(row, column):
    value = row.values.get(column.key)
    return value if isinstance(value, (int, float)) and value > 0 else None


def bar_length(value, numbers, logarithmic):
    if not logarithmic:
        return BARS * value / max(numbers)
    least = min(numbers) / 2
    return BARS * math.log(value / least) / math.log(max(numbers) / least)


def colour(label):
    return OURS if label.startswith("capsule ") or label == "capsule" else THEIRS


def words(x, y, text, anchor="start", weight="normal", fill=TEXT):
    return f'<text x="{x:.1f}" y="{y}" {FONT} text-anchor="{anchor}" font-weight="{weight}" fill="{fill}">{escape(text)}</text>'
