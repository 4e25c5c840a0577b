"""The comparison itself: what counts as a difference, and what an explanation covers."""

import pytest
from compare import Difference, ExplanationError, differences, explain, load_explanations
from observe import diagnostics, reduce_envelope, split
from values import dump, load

PAGE = "It says that\nsome things differ."
EXECUTION = '{"task_name":"main","duration_ms":3,"retries":0,"fuel_consumed":5,"ram_used":7,"host_requests":[]%s}'


def observation(result="1", error="null", success="true", more="", inside="", execution=EXECUTION, **other):
    envelope = f'{{"success":{success},"result":{result},"error":{error},"execution":{execution % inside if "%s" in execution else execution}{more}}}'
    return {"exit": 0, "envelope": reduce_envelope(envelope, "/p"), "stdout": "", "stderr": "", "files": {}} | other


def found(reference, ours):
    return [(difference.field, difference.reference, difference.ours) for difference in differences("p/c", reference, ours)]


def test_the_same_is_the_same():
    assert found(observation(), observation()) == []


def test_amounts_count_by_type_alone():
    other = EXECUTION.replace(":3", ":99").replace(":5", ":1").replace(":7", ":8")
    assert found(observation(), observation(execution=other)) == []
    assert found(observation(), observation(execution=EXECUTION.replace(":3", ":3.5"))) == [("execution.duration_ms", '"integer"', '"fraction"')]
    assert found(observation(), observation(execution=EXECUTION.replace(":3", ':"3"'))) == [("execution.duration_ms", '"integer"', '"3"')]


def test_keys_of_ours_follow_those_of_the_reference():
    assert found(observation(), observation(more=',"stdout":""', inside=',"run_id":"x"')) == []
    swapped = EXECUTION.replace('"task_name":"main","duration_ms":3', '"duration_ms":3,"task_name":"main"')
    assert [field for field, _, _ in found(observation(), observation(execution=swapped))] == ["keys.execution"]
    assert [field for field, _, _ in found(observation(inside=',"x":1'), observation())] == ["keys.execution"]


@pytest.mark.parametrize("a, b", [("1", "1.0"), ("1e22", "1e+22"), ("-0.0", "0.0"), ('{"a":1,"b":2}', '{"b":2,"a":1}'), ("null", '"null"'),
                                  ("1180591620717411303424", "1.1805916207174113e21")])
def test_results_are_compared_as_they_are_spelled(a, b):
    assert found(observation(a), observation(b)) == [("result", a, b)]


def test_blanks_and_escapes_are_no_difference():
    assert found(observation('{"a": "\\u00fc"}'), observation('{"a":"ü"}')) == []


def test_envelopes_inside_a_result_may_have_more_keys():
    theirs = f'{{"inner":{{"success":true,"result":{{"x":1}},"error":null,"execution":{EXECUTION % ""}}}}}'
    more = EXECUTION % ',"run_id":"x"'
    ours = f'{{"inner":{{"success":true,"result":{{"x":1}},"error":null,"execution":{more},"stdout":"s"}}}}'
    assert found(observation(theirs), observation(ours)) == []
    assert [field for field, _, _ in found(observation(theirs), observation(ours.replace('{"x":1}', '{"x":1,"y":2}')))] == ["result"]


def test_other_fields():
    assert found(observation(exit=0), observation(exit=1)) == [("exit", "0", "1")]
    assert found(observation(files={"a": "x"}), observation(files={"b": "x"})) == [("files/a", "x", "(none)"), ("files/b", "(none)", "x")]
    failed = observation("null", '{"error_type":"task_error","message":"m"}', "false")
    assert ("error_type", "task_error", "(none)") in found(failed, observation("null"))
    assert found(failed, observation("null", '{"error_type":"task_error","message":"m","limit":null}', "false")) == []
    nothing = observation() | {"envelope": None}
    assert found(nothing, observation()) == [("envelope", "(none)", "success: 1")]
    assert found(nothing, failed) == [("envelope", "(none)", "task_error: m")]


def explanations(**table):
    given = {"case": "p/*", "field": "result", "reason": "why", "says": "some things differ", "reference": "1"} | table
    text = "[[explained]]\n" + "".join(f"{key} = {'true' if value is True else repr(value)}\n" for key, value in given.items() if value is not None)
    return load_explanations(text, PAGE)


def test_an_explanation_covers_what_it_names():
    known = explanations(ours="2|3")
    assert explain(Difference("p/c", "result", "1", "2"), known) and known[0].used == 1
    for other in (("q/c", "result", "1", "2"), ("p/c", "message", "1", "2"), ("p/c", "result", "11", "2"), ("p/c", "result", "1", "4")):
        assert not explain(Difference(*other), known)


def test_an_explanation_of_order_covers_order_alone():
    known = explanations(reference=None, order=True)
    assert explain(Difference("p/c", "result", '{"a":[{"x":1,"y":2}]}', '{"a":[{"y":2,"x":1}]}'), known)
    for ours in ('{"a":[{"y":2,"x":3}]}', '{"a":[]}', "text"):
        assert not explain(Difference("p/c", "result", '{"a":[{"x":1,"y":2}]}', ours), known)


@pytest.mark.parametrize("table, says", [({"says": "nothing of the kind"}, "does not say"), ({"reference": None}, "any difference"), ({"unknown": "x"}, "unknown")])
def test_incomplete_explanations_are_refused(table, says):
    with pytest.raises(ExplanationError, match=says):
        explanations(**table)


def test_texts_without_time_and_place():
    assert diagnostics("✓ Environment ready (0.00s)\n2026-01-02T03:04:05.678Z ERROR bad /p/x\nline\n", "/p") == "NOW ERROR bad PROJECT/x\nline\n"
    assert split("a\u2028b\nc") == ["a\u2028b\n", "c"] and split("a\n") == ["a\n"] and split("") == []


def test_numbers_keep_their_spelling():
    text = '[1,1.0,-0,1e5,1E+5,123456789012345678901234567890,0.1000]'
    assert dump(load(text)) == text
    with pytest.raises(ValueError):
        load("[NaN]")
