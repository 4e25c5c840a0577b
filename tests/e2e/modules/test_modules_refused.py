"""Files and flags that `capsule exec` refuses, and the cache of machine code."""

import json

import pytest

from modules_support import COMPONENT, HEADER, I32, PROBE, UNREACHABLE, Box, function_type, module


def refused(outcome, says):
    assert (outcome.code, outcome.out) == (2, "")
    assert says in outcome.err and outcome.err.count("\n") == 1, outcome.err


# ---- Files ----

TWO_TYPES = (function_type(), function_type([I32], [I32]))


@pytest.mark.parametrize(
    "content, says",
    [
        (b"", "not a WebAssembly module"),
        (b"print('hello')\n", "not a WebAssembly module"),
        (COMPONENT + b"\0\0", "component"),
        (HEADER, "neither a command nor a reactor"),
        (HEADER + b"\x0a\x05\1\2\3", "cut short"),
        (HEADER + b"\x0a\1\1", "not a valid WebAssembly module"),
        (module(exports=("main",)), "neither a command nor a reactor"),
        (module(b"\x1a"), "not a valid WebAssembly module"),
        (module(imports=[("env", "magic", 0)]), "import env.magic: "),
        (module(imports=[("wasi_snapshot_preview1", "fd_magic", 0)]), "import wasi_snapshot_preview1.fd_magic: "),
        (module(imports=[("wasi_snapshot_preview1", "proc_exit", 0)]), "import wasi_snapshot_preview1.proc_exit: has another signature"),
        (module(imports=[("wasi_unstable", "fd_close", 1)], types=TWO_TYPES), "draft before WASI preview 1"),
        (module(imports=[("capsule", "report", 0)]), "import capsule.report: "),
    ],
)
def test_files(box, content, says):
    box.write("bad.wasm", content)
    refused(box.capsule("exec", "bad.wasm"), says)
    envelope = box.capsule("exec", "--json", "bad.wasm").envelope
    assert envelope["error"]["error_type"] == "build_error" and says in envelope["error"]["message"]


def test_missing_file(box):
    refused(box.capsule("exec", "nowhere.wasm"), "nowhere.wasm")


def test_start_with_parameters(box):
    box.write("odd.wasm", module(UNREACHABLE, types=(function_type([I32]),)))
    refused(box.capsule("exec", "odd.wasm"), "no function without parameters")


# ---- Flags ----


@pytest.mark.parametrize(
    "flags, says",
    [
        (["--fuel", "many"], 'invalid fuel "many"'),
        (["--fuel", "0"], 'invalid fuel "0"'),
        (["--fuel", "99999999999999999999"], "invalid fuel"),
        (["--ram", "lots"], 'invalid ram "lots"'),
        (["--ram", "5GB"], 'invalid ram "5GB"'),
        (["--ram", "0"], 'invalid ram "0"'),
        (["--timeout", "10"], 'invalid timeout "10"'),
        (["--max-output", "2GB"], 'invalid output limit "2GB"'),
        (["--seed", "-1"], 'invalid seed "-1"'),
        (["--seed", "18446744073709551616"], 'invalid seed "18446744073709551616"'),
        (["--clock", "STOPPED"], 'invalid clock "STOPPED"'),
        (["--clock", "FROZEN:now"], 'invalid clock "FROZEN:now"'),
        (["--env", "NAME"], 'invalid env "NAME"'),
        (["--env", "=value"], 'invalid env "=value"'),
        (["--mount", "."], "--mount does not apply"),
        (["--max-ram", "1GB"], "use --ram"),
        (["--max-compute", "LOW"], "use --fuel"),
        (["--project", "."], "--project does not apply"),
    ],
)
def test_flags(box, flags, says):
    refused(box.probe("args", flags=flags), says)


def test_flags_of_modules_do_not_apply_to_artifacts(box):
    box.write("main.js", "export function main() { return 1 }\n")
    assert box.capsule("build", "--export", "main.js").code == 0
    refused(box.capsule("exec", "--fuel", "5", "main.wasm"), "use --max-compute")
    refused(box.capsule("exec", "--dir", ".", "main.wasm"), "use --mount")
    assert json.loads(box.capsule("exec", "--json", "main.wasm").out)["result"] == 1


def test_environment_and_arguments_have_a_limit(box):
    value = "x" * (128 * 1024 - len("A=") - 1)
    assert box.probe("exit", "0", flags=["--env", "A=" + value[:100000]]).code == 0
    halves = ["--env", "A=" + "x" * 65533, "--env", "B=" + "x" * 65533]  # 131,072 bytes with their NULs
    assert box.probe("exit", "0", flags=halves).code == 0
    refused(box.probe("exit", "0", flags=[*halves, "--env", "C="]), "environment of the module takes")


# ---- The engine and its cache ----


@pytest.fixture
def own(tmp_path):
    """A box with a cache of its own."""
    (tmp_path / "work").mkdir()
    return Box(tmp_path / "work", tmp_path / "cache")


def entries(box):
    return json.loads(box.capsule("cache", "ls", "--json").out)


def code_file(box):
    (file,) = (box.path.parent / "cache").glob("programs/*/code")
    return file


def test_code_is_cached_by_content(own):
    assert own.probe("args").code == 0
    (entry,) = entries(own)
    assert entry["language"] == "wasm" and entry["file"].endswith("probe.wasm")
    before = code_file(own).stat().st_ino
    own.write("copy.wasm", PROBE.read_bytes())
    assert own.capsule("exec", "copy.wasm", "args").code == 0
    assert len(entries(own)) == 1 and code_file(own).stat().st_ino == before
    assert own.probe("args", flags=["--fuel", "1000000000"]).code == 0
    assert len(entries(own)) == 2  # other code: it counts


def test_only_the_owner_can_read_the_code(own):
    own.probe("args")
    file = code_file(own)
    assert file.stat().st_mode & 0o077 == 0 and file.parent.stat().st_mode & 0o077 == 0


def test_prune_removes_code(own):
    own.probe("args")
    assert own.capsule("cache", "prune").code == 0
    assert entries(own) == []
    assert own.probe("args", "again").out == "again\n"


def test_no_cache(own):
    assert own.probe("args", flags=["--no-cache"]).code == 0
    assert not (own.path.parent / "cache").exists()


@pytest.mark.parametrize("damage", ["flip", "garbage", "short", "empty"])
def test_damaged_code_is_compiled_again(own, damage):
    own.probe("args")
    file = code_file(own)
    content = file.read_bytes()
    damaged = {
        "flip": content[: len(content) // 2] + bytes([content[len(content) // 2] ^ 0xFF]) + content[len(content) // 2 + 1:],
        "garbage": b"\xcc" * len(content),
        "short": content[:-1],
        "empty": b"",
    }[damage]
    file.write_bytes(damaged)
    outcome = own.probe("args", "fine")
    assert (outcome.code, outcome.out, outcome.err) == (0, "fine\n", "")
    assert code_file(own).read_bytes() != damaged


def test_a_cache_that_others_can_write_is_not_used(own):
    cache = own.path.parent / "cache"
    own.probe("args")
    code = code_file(own)
    before = code.stat().st_atime_ns, code.read_bytes()
    cache.chmod(0o777)
    code.write_bytes(b"\xcc" * len(before[1]))
    outcome = own.probe("args", "fine")
    assert (outcome.code, outcome.out) == (0, "fine\n")
    assert code.read_bytes() == b"\xcc" * len(before[1])  # neither read nor replaced


def test_doctor_tells_of_the_engine(own):
    report = {check["check"]: check for check in json.loads(own.capsule("doctor", "--json").out)}
    assert report["second engine"]["ok"] and report["second engine"]["text"].endswith("libwasmtime.so")


def test_without_the_engine(own, tmp_path):
    guests = tmp_path / "elsewhere" / "guests"
    guests.mkdir(parents=True)
    environment = {"CAPSULE_GUESTS": str(guests)}
    outcome = own.probe("args", env=environment)
    assert (outcome.code, outcome.out) == (125, "") and "not installed" in outcome.err and outcome.err.count("\n") == 1
    engine = tmp_path / "elsewhere" / "engine"
    engine.mkdir()
    (engine / "libwasmtime.so").write_bytes(b"not a library")
    outcome = own.probe("args", env=environment)
    assert outcome.code == 125 and "cannot be loaded" in outcome.err and outcome.err.count("\n") == 1
    (engine / "libwasmtime.so").chmod(0o666)
    outcome = own.probe("args", env=environment)
    assert outcome.code != 0 and "can be written by others" in outcome.err


def test_our_own_guests_load_nothing_of_the_engine(box):
    box.write("main.js", "export function main() { return 1 }\n")
    guests = json.loads(box.capsule("doctor", "--json").out)
    assert guests
    trace = box.path / "opened"
    assert box.capsule("run", "main.js", env={"LD_DEBUG": "files", "LD_DEBUG_OUTPUT": str(trace)}).code == 0
    opened = "".join(file.read_text(errors="replace") for file in box.path.glob("opened*"))
    assert "guest.so" in opened and "wasmtime" not in opened
