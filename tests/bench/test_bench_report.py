"""What becomes of figures: text, Markdown, JSON, the drawing, blocks in documents. No figure is judged here."""

import json
import math
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"
sys.path.insert(0, str(BENCH))

from measure.process import Failed, run, run_json  # noqa: E402
from measure.rounds import Contestant, interleave  # noqa: E402
from parts.suite import Suite  # noqa: E402
from report import chart, documents, results  # noqa: E402
from report.table import Column, Table, as_markdown, as_text  # noqa: E402

MACHINE = {"cpu": "Abacus", "cores": 2, "memory_gb": 1, "kernel": "6", "virtual": True, "load": 0.5, "date": "2026-11-27 07:00 UTC", "quick": False}


@pytest.fixture
def table():
    made = Table("start", "A <process>, in ms", [Column("ms", "median"), Column("ratio", "× native", 1)], chart="ms")
    made.add("capsule run", ms=1234.5, ratio=0.5)
    made.add("native", ms=math.nan, ratio="cannot")
    made.add("peer", "it is | not there")
    made.notes.append("A note.")
    return made


def test_text_and_markdown_show_figures_dashes_words_and_reasons(table):
    text, markdown = as_text(table), as_markdown(table)
    assert "1,234.50" in text and "it is | not there" in text and "A note." in text
    assert "| capsule run | 1,234.50 | 0.5 |" in markdown
    assert "| native | – | cannot |" in markdown
    assert "| peer | it is \\| not there |  |" in markdown


def test_json_keeps_the_tables_of_other_runs(tmp_path, table):
    path = tmp_path / "bench.json"
    results.write(path, {"start": table}, {"start": MACHINE})
    other = Table("calls", "Calls", [Column("us", "µs")])
    tables, machines = results.read(path)
    tables["calls"], machines["calls"] = other, MACHINE
    results.write(path, tables, machines)
    again, where = results.read(path)
    assert list(again) == ["start", "calls"] and where["start"] == MACHINE
    assert as_markdown(again["start"]) == as_markdown(table)
    assert "NaN" not in path.read_text() and json.loads(path.read_text())


def test_chart_is_well_formed_and_has_a_bar_for_each_figure(table):
    root = ElementTree.fromstring(chart.draw([table]))
    bars = [e for e in root.iter("{http://www.w3.org/2000/svg}rect") if e.get("fill") in (chart.OURS, chart.THEIRS)]
    assert len(bars) == 1 and bars[0].get("fill") == chart.OURS
    assert any("<process>" in (e.text or "") for e in root.iter("{http://www.w3.org/2000/svg}text"))


def test_documents_get_the_blocks_they_name(table):
    text = "a\n<!-- bench:start -->\nold\n<!-- /bench:start -->\nb\n<!-- bench:calls -->\nkept\n<!-- /bench:calls -->\n<!-- bench:machine -->\n<!-- /bench:machine -->\n"
    new, missing = documents.rewrite(text, {"start": table}, {"start": MACHINE})
    assert "old" not in new and "1,234.50" in new and "kept" in new and missing == ["calls"]
    assert "- start: 2 cores of Abacus" in new
    assert documents.rewrite(new, {"start": table}, {"start": MACHINE})[0] == new


def test_contestants_take_turns_and_one_that_fails_drops_out():
    order = []

    def fails():
        raise Failed("no")

    def once(name):
        return lambda: order.append(name) or 1.0

    taken = interleave([Contestant("a", once("a")), Contestant("b", fails), Contestant("c", None, "gone"), Contestant("d", once("d"), most_rounds=1)], 2)
    assert order == ["a", "d", "a", "d", "a"]
    assert taken["a"].values == [1.0, 1.0] and taken["b"].reason == "no" and taken["c"].reason == "gone" and len(taken["d"].values) == 1


def test_a_command_that_fails_says_its_last_words():
    with pytest.raises(Failed, match="ended with 3: last"):
        run([sys.executable, "-c", "print('first'); print('last'); raise SystemExit(3)"])
    assert run_json([sys.executable, "-c", "print('x'); print('[1]')"]) == [1]
    with pytest.raises(Failed):
        run_json([sys.executable, "-c", "print('x')"])


def test_suite_compares_minima_and_leaves_out_what_a_contestant_cannot():
    def measurer(seconds, cannot=()):
        def measure(program, _):
            if program in cannot:
                raise Failed("NotImplementedError: yield")
            return {"seconds": [seconds * 2, seconds], "answer": 7}
        return measure

    suite = Suite({"capsule": (measurer(3), ""), "native": (measurer(2), ""), "subset": (measurer(4, ["b"]), ""), "absent": (None, "not installed")}, "native")
    suite.run(["a", "b"], 1, 2)
    table = suite.table("python", "Work", ["a", "b"])
    assert as_text(table).count("cannot") == 2 and "subset cannot run b: NotImplementedError: yield" in as_text(table)
    rows = {row.label: row for row in suite.summary("s", "Work", ["a", "b"]).rows}
    assert rows["capsule"].values == {"ratio": pytest.approx(1.5), "programs": 2}
    assert rows["subset"].values["programs"] == 1 and rows["absent"].reason == "not installed"


def test_suite_refuses_answers_that_differ():
    suite = Suite({"a": (lambda *_: {"seconds": [1], "answer": 1}, ""), "b": (lambda *_: {"seconds": [1], "answer": 2}, "")}, "a")
    with pytest.raises(SystemExit, match="the answers differ"):
        suite.run(["x"], 1, 1)
