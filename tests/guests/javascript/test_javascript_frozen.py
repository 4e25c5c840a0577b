"""What the language image holds is immortal: programs change it as they like, and the next run finds it as it was."""

import pytest

# Looks at what runs are likely to change, and changes all of it.
PROBE = """
import { task } from "@capsule-run/sdk";

const table: any[] = [{ n: 1 }];
function* numbers() { let n = 0; for (;;) yield n++; }
const started = numbers();
started.next();

const probe = task({ name: "probe" }, () => {
  const array = Array.prototype as any;
  const seen = [
    Object.getOwnPropertyNames(Array.prototype).length, Object.getOwnPropertyNames(globalThis).length, array.grown,
    Object.getPrototypeOf(Map.prototype) === Object.prototype, typeof globalThis.structuredClone, "name" in parseInt,
    [3, 1, 2].sort().join(), Object.isFrozen(Math), process.env.SET_BY_PROBE ?? null, (JSON as any)[Symbol.for("probe")] ?? null,
    process.listenerCount("exit"), table.length, table[0].n, started.next().value, new Date(0).getTime(), console.log.name,
    Reflect.ownKeys(Symbol).length, Object.getPrototypeOf(async () => {})[Symbol.toStringTag], new (class { #a = 1; get a() { return this.#a; } })().a,
  ];
  for (let i = 0; i < 300; i++) array["grown" + i] = { i };
  array.grown = array;
  Object.setPrototypeOf(Map.prototype, null);
  delete (globalThis as any).structuredClone;
  delete (parseInt as any).name;
  array.sort = function () { return this; };
  Object.defineProperty(Date.prototype, "getTime", { get: () => () => 1 });
  Object.freeze(Math);
  process.env.SET_BY_PROBE = "1";
  (JSON as any)[Symbol.for("probe")] = new WeakMap([[globalThis, [globalThis]]]);
  process.on("exit", () => {});
  table.push(table);
  table[0].n = 2;
  console.log = () => {};
  for (let i = 0; i < 100; i++) (Symbol as any)["s" + i] = Symbol("s" + i);
  new FinalizationRegistry(() => {}).register(array, 1, array);
  return seen;
});

export const main = task({ name: "main" }, () => {
  const all = [];
  for (let i = 0; i < 12; i++) all.push(JSON.stringify(probe.value()));
  return [all.length, new Set(all).size, JSON.parse(all[0])];
});
"""


def test_nothing_of_a_run_is_seen_by_the_next(project):
    for _ in range(2):
        count, different, seen = project.run(PROBE).value
        assert (count, different) == (12, 1), seen
        assert seen[2:17] == [None, True, "function", True, "1,2,3", False, None, None, 0, 1, 1, 1, 0, "bound log", seen[16]]


def test_what_only_the_image_refers_to_is_kept(main):
    """A collection does not look into the image: what that has come to refer to counts as referred to from outside."""
    done = main(
        """
        const make = (n: number) => { const a: any = { n, list: [n, n + 1] }; a.self = a; return a; };
        const weak = new WeakMap<object, any>();
        const map = Map.prototype as any, refs: WeakRef<any>[] = [];
        map.held = make(1);
        (globalThis as any).held = [make(2), () => make(3)];
        weak.set(Array.prototype, make(4));
        refs.push(new WeakRef(map.held), new WeakRef(make(5)));
        Promise.prototype.constructor = Object.assign(Promise, { held: make(6) });
        for (let i = 0; i < 2e5; i++) { const a: any = { data: new Array(20).fill(i), proto: Array.prototype, weak }; a.self = a; }
        await null;
        const held = (globalThis as any).held, six = (Promise as any).held;
        return [map.held.self.list, held[0].self.self.n, held[1]().self.n, weak.get(Array.prototype).self.n, refs[0].deref() === map.held,
          refs[1].deref() === undefined, six.self.list, Object.getPrototypeOf(map.held) === Object.prototype];
        """,
        options='ram: "24MB", compute: "HIGH"',
    )
    assert done.value == [[1, 2], 2, 3, 4, True, True, [6, 7], True]


def test_garbage_that_refers_to_the_image_is_collected(main):
    done = main(
        """
        for (let i = 0; i < 2e5; i++) {
          const f: any = function () { return f; };
          Object.assign(f, { data: new Array(30).fill(Object.prototype), up: globalThis, keys: Object.keys(JSON), log: console.log });
        }
        return "ok";
        """,
        options='ram: "24MB", compute: "HIGH"',
    )
    assert done.value == "ok"


def test_references_come_and_go_by_the_million(main):
    """The counts of what is immortal stay as they are, so that no number of references is too many or too few."""
    done = main(
        """
        const things: any[] = [Array.prototype, Object.keys, "length", Symbol.iterator, globalThis, console, "a fresh string"];
        for (let round = 0; round < 40; round++)
          for (const thing of things) {
            const many = new Array(50000).fill(thing);
            many.length = 0;
          }
        const late = new Array(1e6).fill(Array.prototype);
        return [things.slice(0, 2).map((t) => typeof t), [...[1, 2]].length, late[999999] === Array.prototype, "x".length, things[6]];
        """,
        options='ram: "64MB", compute: "HIGH"',
    )
    assert done.value == [["object", "function"], 2, True, 1, "a fresh string"]


@pytest.mark.parametrize(
    "body, expected",
    [
        # a shape of the image as the start of new ones
        ("const a: any[] = []; for (let i = 0; i < 500; i++) a.push({ ['p' + i % 50]: 1, ['q' + i % 7]: 2, value: i }); return a.reduce((s, o) => s + o.value, 0);", 124750),
        # properties of the global object: its own shape, not shared, grown and shrunk
        ("const g = globalThis as any; for (let r = 0; r < 5; r++) { for (let i = 0; i < 400; i++) g['v' + i] = i; for (let i = 0; i < 400; i++) delete g['v' + i]; } return [typeof g.v1, typeof g.Array];", ["undefined", "function"]),
        # lazily made functions of the image, replaced and restored
        ("const f = Array.prototype.flat; (Array.prototype as any).flat = undefined; const gone = [[1]].flat === undefined; Array.prototype.flat = f; return [gone, [[1]].flat()];", [True, [1]]),
        # atoms that existed as strings, and strings that become atoms
        ("const o: any = {}; for (let i = 0; i < 1000; i++) { const k = 'len' + 'gth'.slice(0, i % 4); o[k] = (o[k] ?? 0) + 1; } return o;", {"len": 250, "leng": 250, "lengt": 250, "length": 250}),
        ("return [Symbol.for('a') === Symbol.for('a'), Symbol.keyFor(Symbol.for('b')), Symbol.iterator in Array.prototype];", [True, "b", True]),
        # the image's own closures called again and again, one of them by its own callback
        ("let n = 0; const f = (d: number): void => { n++; if (d) [1, 2].forEach(() => f(d - 1)); }; f(9); return n;", 1023),
        # a long rope over strings of the image
        ("let s = Object.prototype.toString.call([]); for (let i = 0; i < 2000; i++) s += 'length'; return [s.length, s.slice(-6)];", [12014, "length"]),
    ],
)  # fmt: skip
def test_changes_within_a_run(main, body, expected):
    assert main(body, options='compute: "HIGH"').value == expected


def test_performance_starts_with_the_run(project):
    source = """
        const early = performance.now();
        export function main() { const now = performance.now(); return [early >= 0, now >= early, now - early < 60000, performance.timeOrigin > 1e12]; }
    """
    assert project.run(source).value == [True] * 4


def test_exit_listeners_are_told(project):
    for body in ('process.on("exit", (code) => console.log("exit", code));',
                 'const emit = process.emit; (process as any).emit = function (...a: any[]) { console.log(a[0], a[1]); return (emit as any).apply(this, a); };'):
        done = project.run(f"export function main() {{ {body} return 1; }}\n")
        assert done.value == 1 and done["stdout"] == "exit 0\n"
