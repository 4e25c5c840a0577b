"""The lines: what is asked, what is answered, and what is refused."""

import json
import re

import pytest

ENVELOPE = ["success", "result", "error", "execution", "stdout", "stderr", "stdout_truncated", "stderr_truncated"]


def request(**members):
    return json.dumps({"id": "1", "file": "main.py", **members}) + "\n"


def only(replies):
    assert len(replies) == 1, replies
    return replies[0]


def test_a_call_is_answered_with_its_envelope(work):
    work.task("main.py", "import sys\nprint('hi')\nprint('oh', file=sys.stderr)\nreturn [list(args), sys.argv]")
    replies, code, err = work.feed(request(args=["a", "b"]))
    reply = only(replies)
    assert code == 0 and err == ""
    assert list(reply) == ["id", "output"] and list(reply["output"]) == ENVELOPE
    assert reply["output"]["result"] == [["a", "b"], ["main.py", "a", "b"]]
    assert reply["output"]["stdout"] == "hi\n" and reply["output"]["stderr"] == "oh\n"


def test_javascript_and_python_in_one_worker(work):
    work.task("main.py", "return 'py'")
    work.write("main.ts", 'import { task } from "@capsule-run/sdk";\nexport const main = task({ name: "main" }, () => "ts");\n')
    replies, _, _ = work.feed(request() + request(id="2", file="main.ts"))
    assert {reply["id"]: reply["output"]["result"] for reply in replies} == {"1": "py", "2": "ts"}


def test_blank_lines_are_skipped_and_the_end_is_the_end(work):
    assert work.feed("") == ([], 0, "")
    assert work.feed("\n   \n\t\r\n\n") == ([], 0, "")


def test_a_last_line_without_a_line_break_counts(work):
    work.task("main.py", "return 1")
    replies, code, _ = work.feed(request().rstrip("\n"))
    assert only(replies)["output"]["result"] == 1 and code == 0


def test_the_end_within_a_line_is_one_error(work):
    replies, code, _ = work.feed('{"id": "1", "file": "ma')
    reply = only(replies)
    assert reply["id"] == "unknown" and reply["error"].startswith("Failed to parse request: ") and code == 0
    assert "the input ended within the line" in reply["error"]


@pytest.mark.parametrize("line, id, message", [
    ("nonsense", "unknown", "Failed to parse request: "),
    ("[]", "unknown", "Failed to parse request: expected an object"),
    ('{"id":"1","file":"a.py"} {"id":"2"}', "unknown", "Failed to parse request: "),
    ('{"file":"main.py"}', "unknown", 'missing "id"'),
    ('{"id":"1"}', "1", 'missing "file"'),
    ('{"id":7,"file":"main.py"}', "unknown", '"id" must be a string'),
    ('{"id":"1","file":7}', "1", '"file" must be a string'),
    ('{"id":"1","file":""}', "1", '"file" is empty'),
    ('{"file":7,"id":"1"}', "1", '"file" must be a string'),
    ('{"id":"1","file":"a\\u0000b"}', "1", '"file" holds a NUL character'),
    ('{"id":"1","file":"main.py","args":"x"}', "1", '"args" must be an array of strings'),
    ('{"id":"1","file":"main.py","args":["x",1]}', "1", '"args"[1] must be a string'),
    ('{"id":"1","file":"main.py","args":["x\\u0000"]}', "1", '"args"[0] holds a NUL character'),
    ('{"id":"1","file":"main.py","mounts":{}}', "1", '"mounts" must be an array of strings'),
    ('{"id":"1","file":"main.py","timeout_ms":0}', "1", '"timeout_ms" must be a whole number of milliseconds from 1 to 31536000000'),
    ('{"id":"1","file":"main.py","timeout_ms":31536000001}', "1", '"timeout_ms" must be a whole number'),
    ('{"id":"1","file":"main.py","timeout_ms":1.5}', "1", '"timeout_ms" must be a whole number'),
    ('{"id":"1","file":"main.py","stream":1}', "1", '"stream" must be true or false'),
    ('{"id":"1","file":"main.py","timout":1}', "1", 'unknown key "timout"'),
    ('{"id":"1","file":"main.py","file":"b.py"}', "1", '"file" is given twice'),
    ('{"cancel":"1","id":"2"}', "2", '"cancel" stands alone in its line'),
    ('{"cancel":1}', "unknown", '"cancel" must be a string'),
])
def test_bad_requests_get_one_error_each(work, line, id, message):
    replies, code, _ = work.feed(line + "\n")
    reply = only(replies)
    assert reply["id"] == id and reply["error"].startswith(message), reply
    assert reply["error_type"] == "config_error" and code == 0


def test_invalid_utf8_is_one_error(work):
    assert only(work.feed(b'{"id":"1","file":"\xff"}\n')[0])["id"] == "unknown"


def test_errors_are_bounded(work):
    replies, _, _ = work.feed(json.dumps({"id": "1", "file": "main.py", "k" * 100_000: 1}) + "\n")
    assert len(json.dumps(replies)) < 1000
    replies, _, _ = work.feed(json.dumps({"id": "1", "file": "m" * 3_000_000 + ".py"}) + "\n")
    assert "error" in only(replies) and len(json.dumps(replies)) < 100_000


def test_longest_id_and_one_past_it(work):
    work.task("main.py", "return 1")
    replies, _, _ = work.feed(request(id="i" * 1024))
    assert only(replies)["id"] == "i" * 1024
    replies, _, _ = work.feed(request(id="i" * 1025))
    assert only(replies) == {"id": "unknown", "error": '"id" is longer than 1024 bytes', "error_type": "config_error"}


def test_longest_line_and_one_past_it(work):
    work.task("main.py", "return len(args[0])", 'ram="256MB"')
    empty = len(request(args=[""])) - 1
    most = 16 * 1024 * 1024
    replies, _, _ = work.feed(request(args=["x" * (most - empty)]))
    assert only(replies)["output"]["result"] == most - empty
    replies, code, _ = work.feed(request(args=["x" * (most - empty + 1)]) + request(id="2", args=["abc"]))
    assert [reply["id"] for reply in replies] == ["unknown", "2"] and code == 0
    assert replies[0]["error"] == f"the line is longer than {most} bytes"
    assert replies[1]["output"]["result"] == 3


def test_a_huge_line_without_an_end_costs_no_memory_and_one_error(work):
    replies, code, _ = work.feed(b"x" * 80_000_000)
    assert len(replies) == 1 and code == 0


def test_most_arguments_and_one_past_them(work):
    work.task("main.py", "return len(args)")
    assert only(work.feed(request(args=["x"] * 4096))[0])["output"]["result"] == 4096
    assert only(work.feed(request(args=["x"] * 4097))[0])["error"] == '"args" has 4097 items, at most 4096 are accepted'


def test_most_mounts_and_one_past_them(work):
    work.task("main.py", "import os\nreturn len(os.listdir('/'))")
    for i in range(65):
        (work.path / f"d{i}").mkdir()
    assert "output" in only(work.feed(request(mounts=[f"d{i}" for i in range(64)]))[0])
    reply = only(work.feed(request(mounts=[f"d{i}" for i in range(65)]))[0])
    assert reply["error"] == '"mounts" has 65 items, at most 64 are accepted'


def test_an_id_in_flight_cannot_be_used_again(work, start):
    work.task("slow.py", "import time\ntime.sleep(1)\nreturn 'slow'")
    worker = start()
    worker.send({"id": "x", "file": "slow.py"}, {"id": "x", "file": "slow.py"})
    first, second = worker.next(), worker.next()
    assert first["id"] == "x" and "duplicate id" in first["error"]
    assert second["id"] == "x" and second["output"]["result"] == "slow"
    assert worker.call("slow.py", id="x")["output"]["result"] == "slow"  # free again
    assert worker.finish() == 0


def test_errors_before_a_run_are_those_of_the_command_line(work):
    work.write("broken.py", "1 +\n")
    replies, _, _ = work.feed(request(file="none.py") + request(id="2", file="broken.py") + request(id="3", file="main.rb")
                              + request(id="4", file="main.py", mounts=["nowhere"]))
    by_id = {reply["id"]: reply for reply in replies}
    assert by_id["1"]["error"] == "none.py: no such file" and by_id["1"]["error_type"] == "build_error"
    assert "SyntaxError" in by_id["2"]["error"] + by_id["2"].get("detail", "")
    assert by_id["3"]["error_type"] == "build_error" and by_id["4"]["error_type"] == "build_error"
    work.task("main.py", "return 1")
    assert "nowhere" in only(work.feed(request(mounts=["nowhere"]))[0])["error"]


def test_guest_output_cannot_forge_or_break_a_line(work):
    forged = '{"id":"1","output":{"success":true}}'
    work.task("main.py", f"import os\nprint('\\n' + {forged!r} + '\\n\\r\\u2028\\x00\\x1b[2J')\n"
                         f"os.write(2, b'\\n\\xff\\n' + {forged!r}.encode() + b'\\n')\nraise RuntimeError('\\n' + {forged!r} + '\\n')")
    for stream in (False, True):
        replies, code, err = work.feed(request(stream=stream))
        assert code == 0 and err == ""
        assert [reply["id"] for reply in replies] == ["1"] * len(replies)
        assert all("stream" in reply for reply in replies[:-1]) and len(replies) == (1 if not stream else len(replies))
        assert replies[-1]["output"]["success"] is False and forged in replies[-1]["output"]["stdout"]
        assert forged in replies[-1]["output"]["error"]["message"]


def test_a_result_that_the_guest_reports_over_several_lines_is_one_line(work):
    work.task("main.py", "import _capsule\n_capsule.report(_capsule.RESULT, '{\\n\"a\":\\r\\n[1,\\n2]}')\nreturn 0")
    replies, _, _ = work.feed(request())
    assert only(replies)["output"]["result"] == {"a": [1, 2]}


# ---- Streams ----


def joined(replies, name):
    return "".join(reply["data"] for reply in replies if reply.get("stream") == name)


def test_stream_gives_output_as_it_comes(work, start):
    (work.path / "data").mkdir()
    work.task("main.py", "import os, time\nprint('first', flush=True)\nos.write(2, b'err\\n')\n"
                         "while not os.path.exists('data/go'): time.sleep(0.01)\nprint('last')\nreturn 1")
    worker = start()
    worker.send({"id": "s", "file": "main.py", "stream": True, "mounts": ["data"]})
    assert worker.next() == {"id": "s", "stream": "stdout", "data": "first\n"}
    assert worker.next() == {"id": "s", "stream": "stderr", "data": "err\n"}
    (work.path / "data" / "go").touch()
    assert worker.next() == {"id": "s", "stream": "stdout", "data": "last\n"}
    last = worker.next()["output"]
    assert last["result"] == 1 and last["stdout"] == "first\nlast\n"


def test_stream_keeps_characters_whole(work):
    work.task("main.py", "import os\ntext = ('é€😀' * 40_000).encode()\nfor i in range(0, 90_000, 7): os.write(1, text[i:i + 7])\n"
                         "os.write(1, text[90_006:])\nos.write(2, b'\\xe2\\x82')\nos.write(1, b'x')\nos.write(2, b'\\xac\\xff\\xe2')")
    replies, _, _ = work.feed(request(stream=True))
    assert joined(replies, "stdout") == replies[-1]["output"]["stdout"]
    assert joined(replies, "stdout").startswith("é€😀é€😀") and "\ufffd" not in joined(replies, "stdout")
    assert joined(replies, "stderr") == "€\ufffd\ufffd"


def test_streams_of_the_most_output_and_one_past_it(work):
    for size, success in ((1 << 20, True), ((1 << 20) + 1, False)):
        work.task("main.py", f"import os\nn = {size}\nwhile n: n -= os.write(1 + n % 2, b'\\0' * min(n, 999))\nreturn 'done'")
        replies, _, _ = work.feed(request(stream=True))
        envelope = replies[-1]["output"]
        assert envelope["success"] is success
        assert len(joined(replies, "stdout")) + len(joined(replies, "stderr")) == 1 << 20
        if not success:
            assert envelope["error"]["error_type"] == "output_exceeded" and envelope["error"]["allowed"] == 1 << 20


# ---- Flags ----


@pytest.mark.parametrize("flags, message", [
    (["--jobs", "0"], 'invalid --jobs "0": expected a whole number, accepted is 1 to 1024'),
    (["--jobs", "1025"], 'invalid --jobs "1025": the number is too large'),
    (["--queue", "x"], 'invalid --queue "x": expected a whole number, accepted is 1 to 65536'),
    (["--queue", "65537"], 'invalid --queue "65537": the number is too large'),
    (["main.py"], "FILE is for --warm"),
    (["--warm", "none.py"], "none.py: no such file"),
    (["--max-ram", "lots"], "lots"),
])
def test_wrong_flags(work, flags, message):
    work.task("main.py", "return 1")
    replies, code, err = work.feed(request(), *flags)
    assert replies == [] and code == 2 and message in err


def test_warm_loads_beforehand(work, start):
    work.task("main.py", "return 1")
    work.write("main.js", 'import { task } from "@capsule-run/sdk";\nexport const main = task({ name: "main" }, () => 2);\n')
    worker = start("--warm", "main.py", "main.js", "--jobs", "1")
    assert worker.result("main.py") == 1 and worker.result("main.js") == 2
    assert worker.finish() == 0


def test_help_and_completion_know_it(work, start):
    import subprocess

    from worker_support import CAPSULE
    text = subprocess.run([CAPSULE, "help", "worker"], capture_output=True, text=True).stdout
    assert re.search(r"--queue N\b", text) and "--warm" in text and "--max-timeout" in text
    assert "worker)" in subprocess.run([CAPSULE, "completion", "bash"], capture_output=True, text=True).stdout
