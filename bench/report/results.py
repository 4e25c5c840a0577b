"""build/bench.json: the machine and every table. A run of some parts replaces these and keeps the others."""

import json

from report.table import as_object, from_object


def read(path):
    """name -> Table, and name -> the machine that it was measured on."""
    if not path.exists():
        return {}, {}
    kept = json.loads(path.read_text(encoding="utf-8"))["tables"]
    return {clean["name"]: from_object(clean) for clean in kept}, {clean["name"]: clean["machine"] for clean in kept}


def write(path, tables, machines):
    kept = [{**as_object(table), "machine": machines[name]} for name, table in tables.items()]
    path.write_text(json.dumps({"tables": kept}, indent=1) + "\n", encoding="utf-8")
