"""How failures are told: message, class, place in the user's own files."""

import pytest

SDK = 'import { task } from "@capsule-run/sdk";\n'


def test_traceback_names_the_source(project):
    project.write(
        "src/deep.ts",
        """\
        interface Unused { a: number }

        export function explode(value: number): never {
          throw new TypeError("bad value " + value);
        }
        """,
    )
    done = project.run(
        """\
        import { explode } from "./src/deep";

        type Alias = { x: string };
        export async function main() {
          await null;
          explode(7);
        }
        """
    )
    assert done.error_type == "task_error" and done.message == "bad value 7" and done.code == 1
    assert "TypeError: bad value 7" in done.traceback
    assert "at explode (src/deep.ts:4:9)" in done.traceback
    assert "at main (program.ts:6:3)" in done.traceback
    assert "capsule:" not in done.traceback and "<null>" not in done.traceback and str(project.path) not in done.traceback


def test_stack_that_the_program_reads_is_mapped(main):
    done = main("function inner() { return new Error('here').stack; }\nreturn [inner(), new Error('two\\nlines').stack!.split('\\n')[0]];")
    assert "at inner (program.ts:4:" in done.value[0] and done.value[0].startswith("Error: here\n")
    assert done.value[1] == "Error: two"


@pytest.mark.parametrize(
    "statement, message",
    [
        ("throw new Error('plain')", "plain"),
        ("throw 'a string'", "a string"),
        ("throw 42", "42"),
        ("throw undefined", "undefined"),
        ("throw null", "null"),
        ("await Promise.reject(null)", "null"),
        ("throw { message: 'object with message', code: 5 }", "object with message"),
        ("throw { code: 5 }", "{ code: 5 }"),
        ("throw new (class Mine extends Error { name = 'Mine' })('own class')", "own class"),
        ("throw new AggregateError([new Error('a')], 'many')", "many"),
        ("throw new DOMException('dom', 'AbortError')", "dom"),
        ("throw Object.assign(new Error(), { message: 5 })", "5"),
        ("null!.x", "null"),
        ("await Promise.reject(new Error('rejected'))", "rejected"),
        ("await Promise.any([Promise.reject(1)])", ""),
        ("throw new Proxy({}, { get() { throw new Error('trap'); } })", None),
        ("throw new Error('\\ud800 surrogate')", "\ufffd surrogate"),
    ],
)
def test_thrown(main, statement, message):
    done = main(statement.replace("null!.x", "(null as any).x") + ";")
    assert done.error_type == "task_error" and done.code == 1
    if message is not None:
        assert message in done.message


def test_causes_and_properties_are_shown(main):
    done = main("throw Object.assign(new Error('outer', { cause: new RangeError('inner') }), { code: 'E_CODE' });")
    assert "inner" in done.traceback and "E_CODE" in done.traceback


def test_unhandled_rejection_fails_the_task(main):
    done = main("Promise.reject(new Error('forgotten')); await new Promise((r) => setTimeout(r, 5)); return 1;")
    assert done.error_type == "task_error" and done.message == "forgotten"
    assert "Unhandled promise rejection" in done["stderr"] and "forgotten" in done["stderr"]


def test_rejection_handled_in_time(main):
    done = main("const p = Promise.reject(new Error('x')); await null; p.catch(() => {}); await new Promise((r) => setTimeout(r, 2)); return 1;")
    assert done.value == 1


def test_listeners_take_over(main):
    done = main(
        """
        const seen: string[] = [];
        process.on("unhandledRejection", (reason: any) => seen.push("rejection " + reason.message));
        process.on("uncaughtException", (error: any, origin: string) => seen.push(origin + " " + error.message));
        Promise.reject(new Error("a"));
        setTimeout(() => { throw new Error("b"); }, 1);
        await new Promise((r) => setTimeout(r, 20));
        return seen;
        """
    )
    assert done.value == ["rejection a", "uncaughtException b"]


@pytest.mark.parametrize("how", ["setTimeout(() => { throw new Error('late'); }, 1)", "queueMicrotask(() => { throw new Error('late'); })", "process.nextTick(() => { throw new Error('late'); })", "setImmediate(() => { throw new Error('late'); })", "new EventTarget().addEventListener('x', () => {}); const t = new EventTarget(); t.addEventListener('x', () => { throw new Error('late'); }); t.dispatchEvent(new Event('x'))"])
def test_uncaught_in_callbacks(main, how):
    done = main(f"{how}; await new Promise((r) => setTimeout(r, 100)); return 'survived';")
    assert done.error_type == "task_error" and done.message == "late"


def test_promise_that_never_settles(main):
    done = main("console.log('before'); await new Promise(() => {}); return 1;")
    assert done.error_type == "task_error" and "never settles" in done.message and done["stdout"] == "before\n"


@pytest.mark.parametrize("call, code", [("process.exit(3)", 3), ("process.exit()", 0), ("process.exit('7')", 7), ("process.exitCode = 5", 5), ("process.exit(256 + 2)", 2)])
def test_exit(main, call, code):
    done = main(f"console.log('out'); try {{ {call}; }} catch {{ console.log('caught'); }} finally {{ if ({int('exitCode' not in call)}) console.log('finally'); }} return null;")
    assert done["stdout"] == "out\n"
    if code == 0:
        assert done["success"] and done.value is None and done.code == 0
    else:
        assert done.error_type == "exit" and done["error"]["exit_code"] == code


def test_exit_runs_exit_listeners_once(main):
    done = main("process.on('exit', (code) => { console.log('bye', code); process.exit(9); }); process.exit(4);")
    assert done["stdout"] == "bye 4\n" and done["error"]["exit_code"] == 9


@pytest.mark.parametrize(
    "source, place, text",
    [
        ("export function main() { return 1 +; }", "program.ts:1:", "Unexpected"),
        ('import x from "./missing";\nexport function main() { return x; }', "program.ts:1:", "missing"),
        ("\nthrow new Error('at import');\nexport function main() {}", "program.ts:2:", "at import"),
        ('import { nope } from "node:fs";\nexport function main() { return nope; }', "", "nope"),
        ("await new Promise(() => {});\nexport function main() {}", "", "never settles"),
        ("Promise.reject(new Error('forgotten at import'));\nexport function main() {}", "", "forgotten at import"),
    ],
)
def test_programs_that_cannot_be_loaded(run, source, place, text):
    done = run(source)
    shown = done.errors + str(done["error"])
    assert done.code in (1, 2) and not done["success"]
    assert place in shown and text in shown


@pytest.mark.parametrize(
    "expression, texts",
    [
        ("(await import('node:http')).createServer()", ["node:http", "createServer", "network"]),
        ("require('child_process').execSync('ls')", ["child_process", "execSync", "processes"]),
        ("new (require('worker_threads').Worker)('x')", ["Worker"]),
        ("require('zlib').gzipSync('x')", ["zlib", "gzipSync"]),
        ("require('crypto').createCipheriv('a', 'b', 'c')", ["createCipheriv"]),
        ("await fetch('https://example.com/')", ["https://example.com/", "network"]),
        ("require(['left', 'pad'].join('-'))", ["left-pad"]),
        ("await import('./nowhere-' + args.length)", ["nowhere-0"]),
        ("new WebSocket('ws://x')", ["WebSocket"]),
        ("require('fs').watch('x')", ["fs.watch"]),
        ("(globalThis as any).Intl.NumberFormat", ["undefined"]),
        ("new Intl.DateTimeFormat()", ["Intl"]),
        ("require('path').win32.join('a')", ["path.win32"]),
        ("process.kill(1)", ["process.kill"]),
    ],
)
def test_what_is_missing_says_its_name(main, expression, texts):
    done = main(f"return {expression};")
    network = any(word in expression for word in ["node:http", "fetch", "WebSocket"])
    assert done.error_type == ("network_denied" if network else "task_error")
    for text in texts:
        assert text in done.message


def test_importing_what_is_missing_is_free(main):
    done = main(
        "class Mine extends http.Agent {}\nreturn [typeof http.request, typeof net.Socket, net.isIP('::1'), Mine.name, typeof tls.connect, typeof v8, typeof cluster.isPrimary];",
        imports='import http from "http"; import * as net from "node:net"; import tls from "tls"; import v8 from "v8"; import cluster from "cluster"; import "dns"; import "https"; import "zlib";',
    )
    assert done.value == ["function", "function", 6, "Mine", "function", "object", "boolean"]


def test_errors_of_files_say_why(main):
    done = main("const fs = require('fs'); try { fs.readFileSync('/etc/passwd'); } catch (e: any) { return [e.code, e.message]; }")
    assert done.value[0] == "ENOENT" and "no files are granted" in done.value[1]


def test_program_that_breaks_the_language(main):
    """Patched built-ins harm the program that patched them, and nothing else."""
    done = main(
        """
        Array.prototype.push = Array.prototype.map = JSON.stringify = Promise.prototype.then = (() => { throw new Error("patched"); }) as any;
        return { still: "told" };
        """
    )
    assert done.code == 0 and done.value == {"still": "told"} or done.error_type == "task_error"
