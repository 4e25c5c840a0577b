"""Cleans up a messy CSV file: what comes in stays as it is, and only one task may write.

`main` reads inbox/ and can write nothing; `clean` gets one row and no files at all, so that a row made to break the parser breaks
one row; `save` writes clean/ and does not see inbox/. Rows that cannot be understood end in rejected.csv with the reason.

    capsule run --project examples/cleanup examples/cleanup/cleanup.py
"""

import csv
import datetime
import re

from capsule import task

DATE_FORMATS = ("%Y-%m-%d", "%d.%m.%Y")


def parse_date(text):
    for date_format in DATE_FORMATS:
        try:
            return datetime.datetime.strptime(text.strip(), date_format).date().isoformat()
        except ValueError:
            pass
    raise ValueError(f"no date: {text}")


def parse_amount(text):
    found = re.fullmatch(r"(?:€ ?)?(\d+)(?:[.,](\d{1,2}))?(?: ?EUR)?", text.strip())
    if not found:
        raise ValueError(f"no amount: {text}")
    return f"{found[1]}.{(found[2] or '').ljust(2, '0')}"


@task(compute="LOW", ram="64MB", timeout="5s")
async def clean(row):
    order, customer, date, amount = row
    name = " ".join(customer.split()).title()
    if not name:
        raise ValueError("no customer")
    return [int(order), name, parse_date(date), parse_amount(amount)]


@task(compute="LOW", allowed_files=[{"path": "clean", "mode": "read-write"}])
async def save(name, header, rows):
    with open(f"clean/{name}", "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    return len(rows)


@task(name="main", allowed_files=[{"path": "inbox", "mode": "read-only"}])
async def main():
    with open("inbox/orders.csv", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter=";") if row][1:]
    ends = await clean.map(rows)
    good = {end["result"][0]: end["result"] for end in ends if end["success"]}  # one of each number
    bad = [[*row, end["error"]["message"]] for row, end in zip(rows, ends) if not end["success"]]
    header = ["order", "customer", "date", "amount"]
    cleaned = await save.value("orders.csv", header, sorted(good.values()))
    rejected = await save.value("rejected.csv", [*header, "reason"], bad)
    return {"read": len(rows), "cleaned": cleaned, "rejected": rejected}
