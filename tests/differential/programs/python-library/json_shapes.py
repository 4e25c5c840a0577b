"""The module json: every option, odd texts, odd values."""

import collections
import decimal
import json


def separators():
    return [json.dumps([1, {"a": 2}], separators=(",", ":")), json.dumps({"a": [1]}, indent=2), json.dumps([], indent="\t")]


def ascii_or_not():
    return [json.dumps("é😀\u2028"), json.dumps("é😀\u2028", ensure_ascii=False), json.dumps("</script>\x7f\x00")]


def sorted_keys():
    return json.dumps({"b": 1, "a": {"d": 1, "c": 2}}, sort_keys=True)


def skipped_keys():
    return json.dumps({(1, 2): "x", "a": 1}, skipkeys=True)


def refused_keys():
    return json.dumps({(1, 2): "x"})


def own_default():
    return json.dumps({"s": {3}, "c": 1j}, default=str)


def no_default():
    return json.dumps({"s": {3}})


def special_numbers():
    return json.dumps([float("nan"), float("-inf"), 1e400])


def special_refused():
    return json.dumps(float("nan"), allow_nan=False)


def parsed_numbers():
    return [json.loads(text) for text in ("1", "-0", "1.0", "1E2", "12345678901234567", "1e-2")]


def parsed_as_decimal():
    return str(json.loads("[0.1, 1]", parse_float=decimal.Decimal, parse_int=float))


def hooks():
    return [json.loads('{"b": 1, "a": 2}', object_pairs_hook=list), json.loads('{"a": {"b": 1}}', object_hook=lambda table: sorted(table))]


def duplicate_keys():
    return json.loads('{"a": 1, "a": 2}')


def surrogate_pair():
    return [json.loads('"\\ud83d\\ude00"'), len(json.loads('"\\ud83d"'))]


def bad_texts():
    found = []
    for text in ("", "{", "[1,]", '{"a" 1}', "'a'", "nul", '"\n"', "1 2", "\ufeff1", '{"a": 1,}'):
        try:
            found.append(json.loads(text))
        except ValueError as error:
            found.append(str(error))
    return found


def bytes_text():
    return [json.loads('"ü"'.encode("utf-16")), json.loads(b"[1]")]


def cycle():
    value = {}
    value["self"] = value
    return json.dumps(value)


def several_texts():
    decoder = json.JSONDecoder()
    return [decoder.raw_decode('{"a": 1} rest'), list(collections.OrderedDict(json.loads('{"z": 1, "a": 2}')))]
