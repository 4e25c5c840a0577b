"""Building, splitting and counting text; a small template renderer."""

TEMPLATE = "Dear {name}, your order {order} of {count} {thing} ships on {day}.\n"


def work(turns=12000):
    out = []
    for i in range(turns):
        out.append(TEMPLATE.format(name=f"name{i % 50}", order=i, count=i % 9, thing="pear" if i % 3 else "fig", day=i % 31))
    text = "".join(out)
    counts = {}
    for word in text.replace(",", "").replace(".", "").split():
        counts[word] = counts.get(word, 0) + 1
    return [len(text), len(counts), counts["pear"]]
