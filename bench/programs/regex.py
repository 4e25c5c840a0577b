"""Regular expressions over a log."""

import re

LINE = re.compile(r"(?P<ip>\d+\.\d+\.\d+\.\d+) - (?P<user>\w+) \[(?P<when>[^\]]+)\] \"(?P<verb>[A-Z]+) (?P<path>\S+)\" (?P<status>\d{3})")


def work(lines=12000):
    log = "\n".join(f'10.0.{i % 256}.{i % 7} - user{i % 13} [24/Nov/2026:10:{i % 60:02}] "GET /path/{i}" {200 + i % 5}' for i in range(lines))
    hits = sum(int(match["status"]) for match in LINE.finditer(log))
    return hits + len(re.sub(r"user(\d+)", r"<\1>", log))
