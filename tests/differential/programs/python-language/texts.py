"""Texts: slices, methods, formats, encodings, Unicode."""


def methods():
    return ["a,b,,c".split(","), " a b ".split(), "x".join("abc"), "aXb".swapcase(), "title case".title(), "abc".find("z"), "aaa".replace("a", "b", 2)]


def slices():
    text = "hello"
    return [text[1:3], text[::-1], text[-3:], text[10:], text[:0]]


def formats():
    return ["%s %5.2f|%-4d|%x" % ("a", 3.14159, 42, 255), "{0} {1!r:>5} {name}".format("a", "b", name="n"), f"{'x':*^7}", f"{3!s:>3}", f"{{}}"]


def format_self():
    value = [1, 2]
    return [f"{value=}", f"{len(value)=:>3}"]


def nested_format():
    width, digits = 10, 3
    return f"{3.14159265:{width}.{digits}f}|"


def unicode_lengths():
    return [len("é"), len("e\u0301"), len("👨‍👩‍👧"), len("𝒳"), "𝒳".encode("utf-16-le").hex(), [ord(c) for c in "aé€😀"]]


def case_folding():
    return ["STRASSE".casefold() == "straße".casefold(), "ﬁ".upper(), "İ".lower(), "ΑΣ".lower(), "ǆ".title()]


def encodings():
    return ["ü€".encode().hex(), "ü".encode("latin-1").hex(), "ü".encode("utf-16").hex(), b"\xfc".decode("cp1252"), "日本".encode("shift_jis").hex()]


def encode_error():
    return "€".encode("latin-1")


def decode_error():
    return b"ab\xff".decode()


def error_handlers():
    return [b"a\xffb".decode(errors="replace"), "a€".encode("ascii", "xmlcharrefreplace").decode(), "a€".encode("ascii", "namereplace").decode()]


def unknown_encoding():
    return "x".encode("klingon")


def predicates():
    return [["²".isdigit(), "²".isdecimal(), "½".isnumeric()], "a b".isprintable(), "\t".isspace(), "abc1".isalnum(), "Ab".istitle(), "ª".isidentifier()]


def translation():
    return "hello".translate(str.maketrans({"h": "j", "l": None, "o": "0"}))


def lines():
    return ["a\r\nb\x0bc\u2028d".splitlines(), "a\nb\n".splitlines(keepends=True), "a\n".split("\n")]


def comparison():
    return ["a" < "B", "Z" < "a", sorted(["é", "z", "e"]), "a" * 3, "b" in "abc", "10" < "9"]


def bad_index():
    return "abc"[5]


def bad_concatenation():
    return "a" + 1


def bad_format():
    return f"{'a':d}"
