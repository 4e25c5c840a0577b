"""JSON in both directions."""

import json


def work(turns=40):
    record = [{"id": i, "name": f"item {i}", "tags": ["a", "b", str(i)], "price": i * 1.25, "ok": i % 2 == 0} for i in range(400)]
    size = 0
    for _ in range(turns):
        text = json.dumps(record)
        size += len(text) + len(json.loads(text))
    return size
