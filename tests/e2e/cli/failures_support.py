"""Programs that fail in every way there is, the same in both languages."""

from dataclasses import dataclass

PYTHON_HEAD = "from capsule import task\nimport json, os, socket, sys, time, urllib.request\nfrom capsule import http\n\n\n"
TYPESCRIPT_HEAD = """\
import { task } from "@capsule-run/sdk";
import * as fs from "node:fs";
import * as net from "node:net";

export const sub = task({ name: "sub" }, (): unknown => null);
"""
#: Line of the declaration of main in each.
DECLARED = {"python": 6, "typescript": 6}


def python(body, options=""):
    lines = "\n".join("    " + line for line in body.splitlines())
    head = PYTHON_HEAD.rstrip("\n") + "\n\n\n"
    return f'{head}@task(name="main"{", " + options if options else ""})\ndef main(*args):\n{lines}\n'


def typescript(body, options=""):
    lines = "\n".join("  " + line for line in body.splitlines())
    more = ", " + options if options else ""
    return f'{TYPESCRIPT_HEAD}export const main = task({{ name: "main"{more} }}, async (...args: string[]) => {{\n{lines}\n}});\n'


@dataclass
class Case:
    """One way to fail. options: of the declaration, in either spelling; hint: a part of it, None: there must be none."""

    name: str
    error_type: str
    python: str
    typescript: str
    options: tuple = ("", "")
    flags: tuple = ()
    config: str = ""
    limit: str | None = None
    allowed: int | None = None
    message: str = ""
    hint: tuple | str | None = None
    exit_code: int | None = None


MB = 1 << 20
AT = ("in @task at main.py:6", "in task({ ... }) at main.ts:6")
FILES = (
    f'allow it with allowed_files=["data"] {AT[0]}, or default_allowed_files in capsule.toml, or with --mount data',
    f'allow it with allowedFiles: ["data"] {AT[1]}, or default_allowed_files in capsule.toml, or with --mount data',
)
HOSTS = (f'allow it with allowed_hosts=["example.com"] {AT[0]}', f'allow it with allowedHosts: ["example.com"] {AT[1]}')
KEY = (
    f'the task may not see the variable API_KEY: allow it with env_variables=["API_KEY"] {AT[0]}',
    f'the task may not see the variable API_KEY: allow it with envVariables: ["API_KEY"] {AT[1]}',
)

CASES = [
    Case("exception", "task_error", "raise ValueError('no')", "throw new TypeError('no');", message="no"),
    Case("recursion", "task_error", "def f(n): return f(n)\nf(0)", "const f = (n: number): number => f(n) + 1;\nf(0);"),
    Case("exit", "exit", "sys.exit(3)", "process.exit(3);", message="exit code 3", exit_code=3),
    # -- what the host refuses --
    Case("read", "task_error", "open('/data/x')", "fs.readFileSync('/data/x');", hint=FILES),
    Case("relative path", "task_error", "open('data/x')", "fs.readFileSync('data/x');", hint=FILES),
    Case("write", "task_error", "open('/data/x', 'w')", "fs.writeFileSync('/data/x', '');", hint=FILES),
    Case("list", "task_error", "os.listdir('/data')", "fs.readdirSync('/data');", hint=FILES),
    Case("wrapped", "task_error", "try: open('/data/x')\nexcept OSError as e: raise ValueError('no data') from e",
         "try { fs.readFileSync('/data/x'); } catch (e) { throw new Error('no data', { cause: e }); }", hint=FILES),
    Case("read only", "task_error", "open('/data/new', 'w')", "fs.writeFileSync('/data/new', '');",
         options=('allowed_files=["data:ro"]', 'allowedFiles: ["data:ro"]'),
         hint=('"data" is granted read-only: allow writing with mode "read-write" in main.py:6 allowed_files',
               '"data" is granted read-only: allow writing with mode "read-write" in main.ts:6 allowedFiles')),
    Case("read only mount", "task_error", "open('/data/new', 'w')", "fs.writeFileSync('/data/new', '');",
         flags=("--mount", "data:ro"), hint='read-only: allow writing with --mount data::/data:rw'),
    Case("another directory", "task_error", "open('/other/x')", "fs.readFileSync('/other/x');",
         options=('allowed_files=["data"]', 'allowedFiles: ["data"]'),
         hint=(f'adding "other" to allowed_files {AT[0]}', f'adding "other" to allowedFiles {AT[1]}')),
    Case("directories denied", "task_error", "open('/data/x')", "fs.readFileSync('/data/x');", flags=("--deny-files",),
         options=('allowed_files=["data"]', 'allowedFiles: ["data"]'), hint="--deny-files denies it whatever is declared"),
    Case("own folder", "task_error", "open('/.capsule/x', 'w')", "fs.writeFileSync('/.capsule/x', '');",
         hint="no line of policy allows it: /.capsule is Capsule's own"),
    Case("protected file", "task_error", "open('/capsule.toml', 'w')", "fs.writeFileSync('/capsule.toml', '');",
         config="[tasks]\n", options=('allowed_files=["."]', 'allowedFiles: ["."]'),
         hint="no line of policy allows it: the program's own files, capsule.toml and .env files are never written"),
    Case("variable", "task_error", "os.environ['API_KEY']" , "if (!process.env.API_KEY) throw new Error('API_KEY is missing');", hint=KEY),
    Case("variable asked for", "task_error", "if not os.getenv('API_KEY'): raise RuntimeError('set API_KEY first')",
         "if (!('API_KEY' in process.env) && !process.env['API_KEY']) throw new Error('set API_KEY first');", hint=KEY),
    Case("name", "network_denied", "socket.create_connection(('example.com', 80))", "net.connect(80, 'example.com');", message="network_denied", hint=HOSTS),
    Case("url", "network_denied", "urllib.request.urlopen('http://example.com/x')", "await fetch('http://example.com/x');", message="network_denied", hint=HOSTS),
    Case("sdk", "network_denied", "http.get('https://example.com/')", "await fetch(new URL('https://example.com/'));", message="network_denied", hint=HOSTS),
    # -- nothing to do with a refusal --
    Case("refusal that was caught", "task_error", "try: open('/data/x')\nexcept OSError: pass\n{}['k']",
         "try { fs.readFileSync('/data/x'); } catch {}\nthrow new Error('k');"),
    Case("missing file", "task_error", "try: open('/other/x')\nexcept OSError: pass\nopen('/data/missing')",
         "try { fs.readFileSync('/other/x'); } catch {}\nfs.readFileSync('/data/missing');",
         options=('allowed_files=["data"]', 'allowedFiles: ["data"]')),
    Case("network that was caught", "task_error", "try: http.get('http://example.com')\nexcept OSError: pass\nraise ValueError(1)",
         "try { await fetch('http://example.com'); } catch {}\nthrow new Error('1');"),
    Case("key that is no variable", "task_error", "{}['API_KEY']", "throw new Error('API_KEY');"),
    # -- limits --
    Case("memory", "memory_exceeded", "bytearray(1 << 30)", "new ArrayBuffer(1 << 30);", limit="ram", allowed=512 * MB,
         hint=(f'raise it with ram="1GB" {AT[0]}, or default_ram in capsule.toml', f'raise it with ram: "1GB" {AT[1]}, or default_ram')),
    Case("declared memory", "memory_exceeded", "bytearray(1 << 30)", "new ArrayBuffer(1 << 30);", limit="ram", allowed=64 * MB,
         options=('ram="64MB"', 'ram: "64MB"'), hint=(f'raise it with ram="128MB" {AT[0]}', f'raise it with ram: "128MB" {AT[1]}')),
    Case("memory of a flag", "memory_exceeded", "bytearray(1 << 30)", "new ArrayBuffer(1 << 30);", limit="ram", allowed=64 * MB,
         flags=("--max-ram", "64MB"), hint="raise --max-ram"),
    Case("memory of the operator", "memory_exceeded", "bytearray(1 << 30)", "new ArrayBuffer(1 << 30);", limit="ram", allowed=64 * MB,
         config='[limits]\n\nmax_ram = "64MB"\n', hint="raise capsule.toml:3 max_ram"),
    Case("memory of a default", "memory_exceeded", "bytearray(1 << 30)", "new ArrayBuffer(1 << 30);", limit="ram", allowed=64 * MB,
         config='[tasks]\ndefault_ram = "64MB"\n', hint="raise capsule.toml:2 default_ram, or set ram"),
    Case("too little to begin", "memory_exceeded", "pass", "return 1;", limit="ram", allowed=1 << 20,
         options=('ram="1MB"', 'ram: "1MB"'), hint=(f'{AT[0]}', f'{AT[1]}')),
    Case("compute", "compute_exceeded", "while True: pass", "for (;;);", limit="compute", allowed=100_000_000,
         options=('compute="LOW"', 'compute: "LOW"'), hint=(f'raise it with compute="MEDIUM" {AT[0]}', f'raise it with compute: "MEDIUM" {AT[1]}')),
    Case("compute of a flag", "compute_exceeded", "while True: pass", "for (;;);", limit="compute", allowed=100_000_000,
         flags=("--max-compute", "LOW"), hint="raise --max-compute"),
    Case("time", "timeout", "time.sleep(60)", "await new Promise((r) => setTimeout(r, 60000));", limit="timeout", allowed=300,
         options=('timeout="300ms"', 'timeout: "300ms"'), hint=(f'raise it with timeout="600ms" {AT[0]}', f'raise it with timeout: "600ms" {AT[1]}')),
    Case("time of a flag", "timeout", "time.sleep(60)", "await new Promise((r) => setTimeout(r, 60000));", limit="timeout", allowed=300,
         flags=("--max-timeout", "300ms"), hint="raise --max-timeout"),
    Case("output", "output_exceeded", "while True: print('x' * 1000)", "for (;;) console.log('x'.repeat(1000));", limit="output", allowed=MB,
         config='[limits]\nmax_output = "1MB"\n', hint="raise capsule.toml:2 max_output"),
    Case("result", "result_too_large", "return 'x' * (17 << 20)", "return 'x'.repeat(17 << 20);", limit="result", allowed=16 * MB,
         options=('compute="HIGH"', 'compute: "HIGH"'),
         hint="no line of policy allows more"),
    Case("tmp", "disk_exceeded", "with open('/tmp/x', 'wb') as file: file.write(b'x' * (2 << 20))", "fs.writeFileSync('/tmp/x', Buffer.alloc(2 << 20));", limit="tmp", allowed=MB,
         flags=("--tmp", "1MB"), hint="--tmp"),
    Case("tmp of the operator", "disk_exceeded", "with open('/tmp/x', 'wb') as file: file.write(b'x' * (2 << 20))", "fs.writeFileSync('/tmp/x', Buffer.alloc(2 << 20));", limit="tmp",
         allowed=MB, config='[limits]\nmax_tmp = "1MB"\n', hint="raise capsule.toml:2 max_tmp"),
    Case("disk", "disk_exceeded", "with open('/data/x', 'wb') as file: file.write(b'x' * 2000)", "fs.writeFileSync('/data/x', Buffer.alloc(2000));", limit="write_bytes", allowed=1000,
         options=('allowed_files=["data"]', 'allowedFiles: ["data"]'), config="[limits]\nmax_write = 1000\n", hint="raise capsule.toml:2 max_write"),
    Case("not serializable", "not_serializable", "return {1}", "return 10n;"),
]  # fmt: skip
