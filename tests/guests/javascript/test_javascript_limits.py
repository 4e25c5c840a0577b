"""What a hostile or careless program meets at its limits."""

import pytest


@pytest.mark.parametrize(
    "options, body, error_type",
    [
        ('compute: "LOW"', "for (;;);", "compute_exceeded"),
        ('compute: "LOW"', "/^(a+)+$/.test('a'.repeat(40) + 'b');", "compute_exceeded"),
        ('compute: "LOW"', "const x = 3n ** 100000n; for (;;) x * x;", "compute_exceeded"),
        ('compute: "LOW"', "for (;;) await null;", "compute_exceeded"),
        ('compute: "LOW"', "const f = () => Promise.resolve().then(f); await f();", "compute_exceeded"),
        ('compute: "LOW"', "const f = () => { process.nextTick(f); }; f(); await new Promise(() => {});", "compute_exceeded"),
        ('compute: "LOW"', "setInterval(() => {}, 0); for (;;) await new Promise((r) => setImmediate(r));", None),
        ('compute: "LOW"', "[].concat(...new Array(1e9));", None),
        ('compute: "LOW"', "const a = Array.from({ length: 1e6 }, Math.random); for (;;) a.sort();", "compute_exceeded"),
        ('compute: "LOW"', "require('crypto').pbkdf2Sync('a', 'b', 2147483647, 64, 'sha512');", "compute_exceeded"),
        ('timeout: "300ms"', "await new Promise((r) => setTimeout(r, 60000));", "timeout"),
        ('timeout: 300', "await new Promise((r) => setTimeout(r, 60000));", "timeout"),
        ('timeout: "300ms", compute: "HIGH"', "for (;;);", "timeout"),
        ('timeout: "300ms", compute: "HIGH"', "const b = new Uint8Array(2e7); for (;;) b.copyWithin(0, 1);", "timeout"),
        ('ram: "32MB"', "new ArrayBuffer(200e6);", "memory_exceeded"),
        ('ram: "32MB", compute: "HIGH"', "const a = []; for (;;) a.push(new Array(1000).fill(1));", "memory_exceeded"),
        ('ram: "32MB", compute: "HIGH"', "let s = 'abc'; for (;;) { s += s; s.charCodeAt(1); }", "memory_exceeded"),
        ('ram: "32MB", compute: "HIGH"', "const m = new Map(); for (let i = 0; ; i++) m.set(i, { i });", "memory_exceeded"),
        ('ram: "32MB", compute: "HIGH"', "for (;;) Promise.resolve().then(() => 1);", "memory_exceeded"),
        ('ram: "32MB", compute: "HIGH"', "'x'.repeat(1e8).split('');", "memory_exceeded"),
        ('compute: "HIGH"', "for (;;) console.log('x'.repeat(1000));", "output_exceeded"),
        ('compute: "HIGH"', "for (;;) process.stderr.write('x'.repeat(1000));", "output_exceeded"),
    ],
)
def test_limit(main, options, body, error_type):
    done = main(f"console.log('before');\n{body}", options=options)
    assert not done["success"]
    assert done.error_type in ((error_type,) if error_type else ("compute_exceeded", "memory_exceeded", "task_error"))
    assert done["stdout"].startswith("before\n")


def test_memory_can_run_out_and_be_caught(main):
    done = main(
        """
        const caught: string[] = [];
        for (const f of [() => new ArrayBuffer(200e6), () => "x".repeat(2e8), () => new Array(1e8).fill(0), () => Buffer.alloc(1e9),
          () => { const a = []; for (;;) a.push([a.length]); }, () => JSON.stringify(new Array(1e7).fill("abcdefgh"))])
          try { f(); } catch (error: any) { caught.push(error.name); }
        return [caught, [1, 2, 3].map((x) => x * 2)];
        """,
        options='ram: "32MB", compute: "HIGH"',
    )
    assert done.value == [["RangeError"] * 6, [2, 4, 6]]


def test_garbage_in_cycles_is_collected(main):
    done = main(
        "for (let i = 0; i < 3e5; i++) { const a: any = { data: new Array(50).fill(i) }; a.self = a; } return 'ok';",
        options='ram: "24MB", compute: "HIGH"',
    )
    assert done.value == "ok"


@pytest.mark.parametrize(
    "body",
    [
        "const f = (): any => f() + 1; f();",
        "const f = (...a: any[]): any => f(...a, 1); f();",
        "JSON.parse('['.repeat(1e6));",
        "JSON.parse('{\"a\":'.repeat(1e6));",
        "const o: any = { toJSON() { return JSON.stringify(o); } }; JSON.stringify(o);",
        "new Function('('.repeat(1e6));",
        "new Function('['.repeat(1e6));",
        "new Function('!'.repeat(1e6) + 1);",
        "new Function('`${'.repeat(1e5));",
        "new Function('a=>'.repeat(1e5) + 1);",
        "const a: any[] = []; let b = a; for (let i = 0; i < 3e5; i++) { const c: any[] = []; b.push(c); b = c; } String(a);",
        "const a: any[] = []; let b = a; for (let i = 0; i < 3e5; i++) { const c: any[] = []; b.push(c); b = c; } a.flat(Infinity);",
        "let p: any = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); p.x;",
        "let p: any = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); Object.keys(p);",
        "const o = { get x(): any { return this.x; } }; o.x;",
        "const o = { toString(): string { return `${this}`; } }; String(o);",
        "const f = (): any => [1, 2].sort(f); f();",
        "const f = (): any => 'a'.replace(/a/, f); f();",
        "function* g(): any { yield* g(); } [...g()];",
        "class A { constructor() { new A(); } } new A();",
        "const f = (): any => Reflect.apply(f, null, []); f();",
        "let a: any = {}; for (let i = 0; i < 3e5; i++) a = { a }; structuredClone(a);",
        "const f = async (): Promise<any> => { await f(); }; await f();",
        "const f = async (): Promise<any> => f(); await f();",
        "async function* g(): any { yield* g(); } for await (const x of g());",
        "new RegExp('(?:'.repeat(1e5) + ')'.repeat(1e5));",
    ],
)
def test_recursion_is_an_error_that_can_be_caught(main, body):
    done = main(f"try {{ {body} }} catch (error: any) {{ return [error.name, error.message]; }} return 'nothing thrown';", options='compute: "HIGH"')
    name, message = done.value
    assert name in ("RangeError", "SyntaxError")
    assert any(text in message for text in ("call stack", "stack overflow", "out of memory"))


def test_recursion_depth(main):
    """What a recursive program can count on."""
    done = main("const sum = (n: number): number => (n === 0 ? 0 : n + sum(n - 1)); return sum(5000);")
    assert done.value == 12502500


def test_recursion_uncaught(main):
    done = main("const f = (): any => f() + 1; return f();")
    assert done.error_type == "task_error" and "Maximum call stack size exceeded" in done.message
    assert "at f (program.ts:" in done.traceback


def test_smallest_memory(main):
    done = main("return 'small';", options='ram: "8MB"')
    assert done.value == "small" and done["execution"]["ram_used"] <= 8 << 20


@pytest.mark.parametrize("call", ["'x'.repeat(2 ** 30)", "new Array(-1)", "'x'.padEnd(2 ** 30)", "new ArrayBuffer(-1)", "(1).toFixed(101)", "'abc'.normalize('x')", "new Uint8Array(2 ** 40)"])
def test_sizes_out_of_range(main, call):
    assert main(f"try {{ {call}; }} catch (error: any) {{ return error.name; }}").value == "RangeError"


@pytest.mark.parametrize("key", ["i", "-i", "i + 0.5", "i * 1e9", "{ i }", "BigInt(i)", "Symbol(i)"])
def test_a_look_into_a_map_costs_about_the_same_whatever_the_key(main, key):
    """Whole numbers, and addresses, had few buckets to fall into."""
    charge = {}
    for one in (key, "'k' + i"):
        done = main(f"const m = new Map(); for (let i = 0; i < 5000; i++) m.set({one}, i); return m.size;")
        assert done.value == 5000
        charge[one] = done["execution"]["fuel_consumed"]
    assert charge[key] < 2 * charge["'k' + i"]
