"""Every run is a fresh one: images keep what the import made, and nothing that must differ between runs."""

import time

import pytest


def test_runs_differ(main):
    body = "return [Math.random(), crypto.randomUUID(), require('crypto').randomBytes(8).toString('hex'), Array.from(crypto.getRandomValues(new Uint32Array(2)))];"
    first, second = main(body), main(body)
    assert second["execution"]["snapshot"] == "program"
    for a, b in zip(first.value, second.value):
        assert a != b
    assert 0 <= first.value[0] < 1


def test_time_is_now(main):
    body = "return [Date.now(), performance.timeOrigin + performance.now(), performance.now(), process.uptime(), Number(process.hrtime.bigint() > 0n)];"
    for _ in range(2):
        before = time.time() * 1000
        now, also_now, elapsed, uptime, positive = main(body).value
        after = time.time() * 1000
        assert before - 50 <= now <= after + 50 and abs(now - also_now) < 100
        assert 0 <= elapsed < 5000 and 0 <= uptime < 5 and positive == 1


def test_state_does_not_survive(project):
    source = """
        let counter = 0;
        (globalThis as any).kept = [];
        export function main() { (globalThis as any).kept.push(1); return [++counter, (globalThis as any).kept.length]; }
    """
    assert [project.run(source).value for _ in range(3)] == [[1, 1]] * 3


@pytest.mark.parametrize(
    "import_code, snapshot",
    [
        ("const table = Array.from({ length: 1000 }, (_, i) => i * i); const env = process.env;", "program"),
        ("const when = new Date(0); const f = async () => 1; await f();", "program"),
        ("import assert from 'assert'; import stream from 'stream'; import 'node:crypto'; const s = new stream.PassThrough();", "program"),
        ("const n = process.env.NODE_ENV;", "program"),
        ("const r = Math.random();", "language"),
        ("const id = crypto.randomUUID();", "language"),
        ("const t = Date.now();", "language"),
        ("const p = performance.now();", "language"),
        ("const a = process.argv;", "language"),
        ("const e = process.env.SOMETHING;", "language"),
        ("setTimeout(() => {}, 1);", "language"),
    ],
)
def test_pure_imports_are_kept(project, import_code, snapshot):
    source = f"{import_code}\nexport function main() {{ return 1; }}\n"
    project.run(source)
    done = project.run(source)
    assert done.value == 1 and done["execution"]["snapshot"] == snapshot


def test_impure_import_is_repeated(project):
    source = "const value = Math.random();\nexport function main() { return value; }\n"
    assert project.run(source).value != project.run(source).value


def test_timers_and_promises_of_the_import_go_on(project):
    source = """
        const seen: string[] = [];
        setTimeout(() => seen.push("timer"), 1);
        setImmediate(() => seen.push("immediate"));
        const later = new Promise((r) => setTimeout(() => r("resolved"), 5));
        export async function main() { seen.push(String(await later)); return seen; }
    """
    for _ in range(2):
        assert sorted(project.run(source).value) == ["immediate", "resolved", "timer"]


def test_arguments_are_those_of_the_run(project):
    source = "export function main(...args: string[]) { return [args, process.argv.slice(2)]; }\n"
    for word in ("one", "two"):
        assert project.run(source, word).value == [[word], [word]]


def test_bundle_and_registry_name_the_same_modules():
    import re

    from javascript_support import ROOT

    guest = ROOT / "guests" / "javascript"
    listed = set(re.findall(r"^--external:([a-z_0-9/]+)$", (guest / "bundle" / "arguments").read_text(), re.M))
    registry = (guest / "prelude" / "registry.js").read_text()
    loaders = registry[registry.index("const loaders") : registry.index("const sdk")]
    stubs = (guest / "prelude" / "node" / "unavailable.js").read_text()
    stubs = stubs[stubs.index("const MODULES") : stubs.index("export const unavailableNames")]
    known = set(re.findall(r'^  "?([a-z_0-9/]+)"?: \(\)', loaders, re.M)) | set(re.findall(r'^  "?([a-z_0-9/]+)"?: \[', stubs, re.M))
    # these two have no name without "node:"
    assert listed == known - {"test", "sqlite"}
