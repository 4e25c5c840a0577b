"""Reading documents: HTML, XML, TOML, INI, CSV dialects, addresses, differences."""

import configparser
import csv
import difflib
import html.parser
import io
import tomllib
import urllib.parse
import xml.etree.ElementTree as tree


class _Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        if tag == "a":
            self.found.append(dict(attributes).get("href"))


def html_links():
    parser = _Links()
    parser.feed('<p>text <a href="/x?a=1&amp;b=2">one</a> <A HREF=y>two</a> <a>none</a> <br/> &lt;a&gt;')
    return parser.found


def xml_document():
    root = tree.fromstring("<r a='1'><i n='x'>one</i><i>two &amp; <b/>tail</i></r>")
    return [root.attrib, [item.text for item in root.findall("i")], root.find("i[@n='x']").text, tree.tostring(root).decode()]


def xml_made():
    root = tree.Element("r", {"k": "a\"b"})
    tree.SubElement(root, "i").text = "<ü>"
    return [tree.tostring(root).decode(), tree.tostring(root, encoding="unicode")]


def xml_broken():
    return tree.fromstring("<a><b></a>")


def toml_document():
    return tomllib.loads('title = "x"\n[a.b]\nn = [1, 2.5, true]\n[[list]]\nv = 1\n[[list]]\nv = 0x10\n')


def toml_broken():
    return tomllib.loads("a = \n")


def ini_document():
    parser = configparser.ConfigParser()
    parser.read_string("[a]\nx = 1\nlong = one\n  two\n[DEFAULT]\ny: 2\n")
    return [parser.getint("a", "x"), parser["a"]["long"], dict(parser["a"]), parser.get("a", "z", fallback="none")]


def ini_missing():
    return configparser.ConfigParser()["none"]


def csv_dialects():
    out = io.StringIO()
    csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(["a;b", None, 1.5, True])
    return [out.getvalue(), list(csv.reader(["a\tb"], "excel-tab")), csv.Sniffer().sniff("a;b;c\n1;2;3\n").delimiter]


def addresses():
    parts = urllib.parse.urlsplit("https://user:p%40@example.org:8443/a/../b?x=1&y=%C3%BC#part")
    return [parts.hostname, parts.port, parts.path, urllib.parse.parse_qsl(parts.query), urllib.parse.urljoin("http://h/a/b", "../c"), urllib.parse.urlencode({"q": "a b&", "n": [1, 2]}, doseq=True)]


def bad_address():
    return urllib.parse.urlsplit("http://[::1").hostname


def differences():
    return [list(difflib.ndiff(["a", "b"], ["a", "c"])), difflib.get_close_matches("appel", ["apple", "ape", "peach"]), round(difflib.SequenceMatcher(None, "abcd", "bcde").ratio(), 3)]
