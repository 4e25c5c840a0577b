"""Regular expressions."""

import re


def groups():
    found = re.match(r"(?P<user>\w+)@(?P<host>[\w.]+)(:(\d+))?", "me@example.org")
    return [found.groupdict(), found.groups("none"), found.span("host"), found.lastgroup]


def substitutions():
    return [re.sub(r"(\w)(\w*)", lambda m: m[1].upper() + m[2], "two words"), re.sub(r"(?P<a>x)", r"<\g<a>\g<1>>", "axb"), re.subn("a", "b", "banana", count=2)]


def splits():
    return [re.split(r"[,;]\s*", "a, b;c"), re.split(r"(-)", "a-b-c", maxsplit=1), re.split("x*", "axb")]


def flags():
    return [re.findall("^a", "a\nA", re.M | re.I), bool(re.match("a.b", "a\nb", re.S)), re.sub(r"(?x) a  # a letter", "b", "a a")]


def look_around():
    return [re.findall(r"(?<=\$)\d+", "$5 €6 $7"), re.findall(r"\b\w+(?=!)", "stop! go"), re.findall(r"(?<!un)done", "done undone")]


def unicode_words():
    return [re.findall(r"\w+", "naïve Größe 日本 a_1"), re.findall(r"\d", "1٣"), re.findall(r"\w+", "naïve", re.A)]


def greedy_and_lazy():
    return [re.search("<.+>", "<a><b>")[0], re.search("<.+?>", "<a><b>")[0], re.search("a{2,3}+", "aaaa")[0], re.search("(?>a|ab)c", "abc")]


def conditional():
    return [bool(re.fullmatch(r"(<)?a(?(1)>)", text)) for text in ("a", "<a>", "<a")]


def scanner():
    return [(m.lastgroup, m[0]) for m in re.finditer(r"(?P<number>\d+)|(?P<name>[a-z]+)|(?P<other>\S)", "x = 10+y")]


def bad_expression():
    return re.compile("(a")


def bad_reference():
    return re.sub("a", r"\2", "a")


def bad_look_behind():
    return re.compile("(?<=a+)b")


def bytes_and_text():
    return re.match("a", b"a")


def backtracking():
    return bool(re.match("(a+)+$", "a" * 18 + "b"))


def escapes():
    return [re.escape("a.b*c"), re.findall(r"\x41|\u0042", "AB"), re.split(r"\W+", "a--b")]
