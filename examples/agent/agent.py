"""Evaluates code that a model wrote, and tells the model what came of it until the answer is there.

Each answer runs in a sandbox of its own, with no files and little of everything else. The value of its last expression is the
answer; a traceback or a limit goes back to the model as text. A list of canned answers stands for the model here.

    capsule run examples/agent/agent.py
"""

from capsule import run_code, task

QUESTION = "What did the orders cost together? Their text is in `orders`, a line each: article, price, count."
ORDERS = "article,price,count\nlamp,19.90,2\ndesk,149.00,1\nchair,49.50,4\n"
CANNED_ANSWERS = [
    "rows = [line.split(',') for line in orders.splitlines()]\nsum(float(price) * int(count) for _, price, count in rows)",
    "import csv\nrows = list(csv.DictReader(orders.splitlines()))\nwhile rows:\n    print(rows[0]['article'])",
    "import csv\nrows = list(csv.DictReader(orders.splitlines()))\nprint(len(rows), 'orders')\n"
    "sum(float(row['price']) * int(row['count']) for row in rows)",
]


def ask_model(conversation):
    """Replace it with a call of your model. It sees the whole conversation, tracebacks included."""
    return CANNED_ANSWERS[sum(message["role"] == "assistant" for message in conversation)]


def report(end):
    """What the model is told about a failure."""
    error = end["error"]
    lines = [f"Your code failed: {error['error_type']}: {error['message']}"]
    if error["traceback"]:
        lines.append(error["traceback"])
    if end["stdout"]:
        lines.append(f"It printed, at first: {end['stdout'][:15]!r}")
    return "\n".join(lines)


@task(name="main", compute="HIGH")
def main():
    conversation = [{"role": "user", "content": QUESTION}]
    for attempt in range(1, 6):
        code = ask_model(conversation)
        end = run_code(code, {"orders": ORDERS}, compute="LOW", ram="64MB", timeout="5s")
        if end["success"]:
            return {"answer": end["result"], "printed": end["stdout"], "attempts": attempt}
        conversation += [{"role": "assistant", "content": code}, {"role": "user", "content": report(end)}]
        print(conversation[-1]["content"])
    return {"answer": None, "attempts": attempt}
