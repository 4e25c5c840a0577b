"""What a task's value becomes in the envelope, and what is refused."""

import pytest


@pytest.mark.parametrize(
    "expression, value",
    [
        ("undefined", None),
        ("null", None),
        ("0", 0),
        ("-0", 0),
        ('"é€😀\\u0000\\n"', "é€😀\x00\n"),
        ("[1, undefined, () => 1, null]", [1, None, None, None]),
        ("{ a: undefined, b: () => 1, c: Symbol('x'), d: 1 }", {"d": 1}),
        ("new Date(0)", "1970-01-01T00:00:00.000Z"),
        ("{ m: new Map([[1, 2]]), s: new Set([1]), r: /x/, e: new Error('x') }", {"m": {}, "s": {}, "r": {}, "e": {}}),
        ("{ toJSON: () => [1] }", [1]),
        ("[new Number(1), new String('a'), new Boolean(false)]", [1, "a", False]),
        ("Buffer.from('a')", {"type": "Buffer", "data": [97]}),
        ("new Uint8Array([1, 2])", {"0": 1, "1": 2}),
        ("Promise.resolve({ then: undefined, x: 1 })", {"x": 1}),
        ("{ then(resolve: any) { resolve('thenable'); } }", "thenable"),
        ("9007199254740991", 9007199254740991),
        ("1e21", 1e21),
        ("1.7976931348623157e308", 1.7976931348623157e308),
        ("{ error_type: 'x', message: 'y' }", {"error_type": "x", "message": "y"}),
        ("{ result: 5 }", {"result": 5}),
        ("{ z: 1, a: 2 }", {"z": 1, "a": 2}),
        ("({ x: 'null', y: '\\\\ud800' })", {"x": "null", "y": "\\ud800"}),
    ],
)
def test_value(main, expression, value):
    done = main(f"return ({expression}) as any;")
    assert done.value == value and str(done["result"]) == str(value)


@pytest.mark.parametrize(
    "expression, texts",
    [
        ("10n", ["result is a BigInt (10n)"]),
        ("{ a: [1, { b: 2n }] }", ["result.a[1].b is a BigInt"]),
        ("NaN", ["result is NaN"]),
        ("{ x: { y: [0, Infinity] } }", ["result.x.y[1] is Infinity"]),
        ("{ 'odd key': -Infinity }", ['result["odd key"] is -Infinity']),
        ("() => 1", ["result is a function"]),
        ("Symbol('s')", ["result is a symbol"]),
        ("(() => { const a: any = { list: [] }; a.list.push({ up: a }); return a; })()", ["result.list[0].up", "cycle"]),
        ("{ text: '\\ud800' }", ["result.text", "surrogate"]),
        ("{ '\\udc00': 1 }", ["surrogate"]),
        ("new Number(NaN)", ["NaN"]),
    ],
)
def test_refused(main, expression, texts):
    done = main(f"return ({expression}) as any;")
    assert done.error_type == "not_serializable" and done.code == 1
    for text in texts:
        assert text in done.message


def test_toJSON_that_throws_is_the_tasks_failure(main):
    done = main("return { toJSON() { throw new TypeError('mine'); } };")
    assert done.error_type == "task_error" and done.message == "mine"


def test_deep_result(main):
    done = main("let a: any = 1; for (let i = 0; i < 1e5; i++) a = [a]; return a;", options='compute: "HIGH"')
    assert done.error_type in ("not_serializable", "task_error", "compute_exceeded")


def test_large_result(main):
    done = main("return 'x'.repeat(5e6);")  # far within the class MEDIUM
    assert len(done.value) == 5_000_000


def test_result_too_large(main):
    done = main("return 'x'.repeat(20e6);", options='ram: "256MB", compute: "HIGH"')
    assert done.error_type == "result_too_large"
