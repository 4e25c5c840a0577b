"""Text, numbers and dates."""

import argparse
import base64
import binascii
import calendar
import configparser
import csv
import datetime
import decimal
import difflib
import fractions
import html
import io
import json
import locale
import math
import pprint
import re
import shlex
import statistics
import string
import struct
import textwrap
import tomllib
import unicodedata
import urllib.parse
import zoneinfo


def regular_expressions():
    assert re.findall(r"(\w+)@(\w+)\.com", "a@b.com c@d.com") == [("a", "b"), ("c", "d")]
    assert re.sub(r"(?P<x>\d+)", lambda m: str(int(m["x"]) * 2), "a1b22") == "a2b44"
    assert re.fullmatch(r"(?i)ÄÖ+", "äöö")
    assert re.split(r"\s*,\s*", "a , b,c") == ["a", "b", "c"]
    assert re.compile(r"(?<=a)b{2,3}?(?!b)", re.VERBOSE).search("abbb").span() == (1, 4)


def numbers():
    assert 2**200 == int("1606938044258990275541962092341162602522202993782792835301376")
    assert math.isclose(math.lgamma(10.5), 13.940625219403763)
    assert round(2.675, 2) == 2.67 and f"{0.1:.20f}" == "0.10000000000000000555"
    assert float.fromhex("0x1.8p1") == 3.0 and (0.1 + 0.2) == 0.30000000000000004
    decimal.getcontext().prec = 50
    assert str(decimal.Decimal(2).sqrt()) == "1.4142135623730950488016887242096980785696718753769"
    assert fractions.Fraction("0.125") + fractions.Fraction(1, 3) == fractions.Fraction(11, 24)
    assert statistics.stdev([1, 2, 3, 4]) == 1.2909944487358056
    assert complex("1+2j") * 1j == -2 + 1j
    assert pow(3, -1, 7) == 5 and math.isqrt(10**40) == 10**20


def dates():
    moment = datetime.datetime(2024, 2, 29, 12, 30, tzinfo=datetime.timezone.utc)
    assert moment.isoformat() == "2024-02-29T12:30:00+00:00"
    assert datetime.datetime.fromisoformat("2024-02-29T12:30:00Z") == moment
    assert (moment + datetime.timedelta(days=366)).date() == datetime.date(2025, 3, 1)
    assert moment.strftime("%A %d %B %Y %j") == "Thursday 29 February 2024 060"
    assert datetime.datetime.strptime("2024-060", "%Y-%j").day == 29
    berlin = moment.astimezone(zoneinfo.ZoneInfo("Europe/Berlin"))
    assert berlin.isoformat() == "2024-02-29T13:30:00+01:00"
    assert datetime.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo("America/New_York")).utcoffset().total_seconds() == -14400
    assert len(zoneinfo.available_timezones()) > 400
    assert calendar.monthrange(2024, 2) == (3, 29)


def formats():
    assert json.loads(json.dumps({"a": [1, 2.5, "é\u2028", None, True]})) == {"a": [1, 2.5, "é\u2028", None, True]}
    rows = list(csv.DictReader(io.StringIO('a,b\n1,"x, ""y"""\n')))
    assert rows == [{"a": "1", "b": 'x, "y"'}]
    config = configparser.ConfigParser()
    config.read_string("[s]\nk = %(other)s!\nother = v")
    assert config["s"]["k"] == "v!"
    assert tomllib.loads("a = 1\n[t]\nd = 2024-01-01")["t"]["d"] == datetime.date(2024, 1, 1)
    assert struct.unpack("<hIq", struct.pack("<hIq", -1, 2**31, -(2**40))) == (-1, 2**31, -(2**40))
    assert base64.b64encode(b"\0\xff") == b"AP8=" and base64.b85decode(base64.b85encode(b"xyz")) == b"xyz"
    assert binascii.crc32(b"hello") == 907060870
    assert urllib.parse.parse_qs(urllib.parse.urlsplit("http://h:1/p?a=1&a=%C3%A9").query) == {"a": ["1", "é"]}
    assert html.unescape("&lt;&eacute;&#x41;") == "<éA"


def texts():
    assert textwrap.fill("aaa bbb ccc", 7) == "aaa bbb\nccc"
    assert string.Template("$a ${b}").substitute(a=1, b=2) == "1 2"
    assert unicodedata.normalize("NFD", "é") == "e\u0301" and unicodedata.name("π") == "GREEK SMALL LETTER PI"
    assert "straße".upper() == "STRASSE" and "İ".lower() == "i̇" and "ǆ".title() == "ǅ"
    assert "\N{SNOWMAN}" == "☃" and b"\xe9".decode("latin-1") == "é"
    assert "héllo".encode("utf-16-le").decode("utf-16-le") == "héllo"
    assert "ü".encode("idna") == b"xn--tda" and "日本".encode("shift_jis").decode("shift_jis") == "日本"
    assert shlex.split("a 'b c' d\\ e") == ["a", "b c", "d e"]
    assert list(difflib.unified_diff(["a\n"], ["b\n"]))[-1] == "+b\n"
    assert pprint.pformat({"b": 1, "a": list(range(40))}).startswith("{'a': [0,\n")
    assert f"{1234567.891:,.2f}|{'x':^5}|{255:#x}|{3!r:>4}" == "1,234,567.89|  x  |0xff|   3"
    assert locale.getlocale() is not None


def arguments():
    parser = argparse.ArgumentParser(prog="p", exit_on_error=False)
    parser.add_argument("--n", type=int, default=1)
    parser.add_argument("names", nargs="*")
    found = parser.parse_args(["--n", "3", "a", "b"])
    assert (found.n, found.names) == (3, ["a", "b"])
    assert "--n N" in parser.format_help()


def main():
    parts = [regular_expressions, numbers, dates, formats, texts, arguments]
    for part in parts:
        part()
    return [part.__name__ for part in parts]
