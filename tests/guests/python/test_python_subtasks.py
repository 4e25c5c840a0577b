"""Tasks that call tasks."""

import time

import pytest


def test_envelope_of_a_subtask(run):
    source = """
        from capsule import task
        @task(name="add", compute="LOW", ram="64MB")
        def add(a, b=1, *, c=0): return a + b + c
        @task(name="main")
        def main():
            r = add(1, b=2, c=4)
            assert type(r) is dict and list(r)[:4] == ["success", "result", "error", "execution"], r
            return r
    """
    envelope = run(source).value
    assert envelope["success"] is True and envelope["result"] == 7 and envelope["error"] is None
    assert envelope["execution"]["task_name"] == "add"


def test_exact_values_both_ways(run):
    source = """
        from capsule import task
        @task
        def echo(*args, **kwargs): return [args, kwargs]
        @task
        def main():
            value = {"n": 2**70, "s": "é\\u2028", "l": [None, True, 0.1], "big": 10**5000}
            result = echo(value, key=value)["result"]
            return result == [[value], {"key": value}]
    """
    assert run(source).value is True


def test_subtask_that_fails(run):
    source = """
        from capsule import task
        @task
        def fails(): raise ValueError("inside")
        @task
        def main(): return fails()
    """
    envelope = run(source).value
    assert envelope["success"] is False and envelope["result"] is None
    assert envelope["error"]["error_type"] == "task_error"
    assert envelope["error"]["message"] == "inside"


def test_a_subtask_shares_nothing(run):
    source = """
        from capsule import task
        state = []
        @task
        def change():
            state.append(1)
            return len(state)
        @task
        def main():
            state.append(0)
            return [change()["result"], change()["result"], len(state)]
    """
    assert run(source).value == [1, 1, 1]


def test_a_subtask_calls_another(run):
    source = """
        from capsule import task
        @task
        def leaf(x): return x * 2
        @task
        def middle(x): return leaf(x)["result"] + 1
        @task
        def main(): return middle(5)["result"]
    """
    assert run(source).value == 11


def test_async_subtasks_run_together(run):
    source = """
        import asyncio, time
        from capsule import task
        @task(compute="LOW")
        async def slow(x):
            await asyncio.sleep(2)
            return x
        @task
        async def main():
            start = time.monotonic()
            a, b = await asyncio.gather(slow(1), slow(x=2))
            return [a["result"], b["result"], time.monotonic() - start]
    """
    a, b, seconds = run(source).value
    assert [a, b] == [1, 2]
    assert 2 <= seconds < 3.9


def test_async_subtasks_in_every_form(run):
    source = """
        import asyncio
        from capsule import task
        @task
        async def sub(x):
            await asyncio.sleep(0.01)
            return x
        async def ticks(seen):
            for n in range(3):
                seen.append(n)
                await asyncio.sleep(0)
        @task
        async def main():
            found, seen = [], []
            found.append((await sub(1))["result"])
            job = asyncio.create_task(sub(2))
            await ticks(seen)
            found.append((await job)["result"])
            async with asyncio.TaskGroup() as group:
                jobs = [group.create_task(sub(n)) for n in (3, 4)]
            found += [job.result()["result"] for job in jobs]
            found.append((await asyncio.wait_for(sub(5), 30))["result"])
            for first in asyncio.as_completed([sub(6)]):
                found.append((await first)["result"])
            found.append(sub(7)["result"])
            lazy = sub(8)
            found.append(lazy["result"])
            return [found, seen, asyncio.iscoroutinefunction(sub)]
    """
    assert run(source).value == [[1, 2, 3, 4, 5, 6, 7, 8], [0, 1, 2], True]


def test_async_task_called_from_a_plain_function(run):
    source = """
        from capsule import task
        @task
        async def sub(x): return x
        @task
        def main():
            r = sub(3)
            return [r["result"], r.get("success"), sub(4)]
    """
    result, success, whole = run(source).value
    assert [result, success, whole["result"]] == [3, True, 4]


def test_envelope_nobody_waited_for_is_still_a_result(run):
    source = """
        from capsule import task
        @task
        async def sub(x): return x
        @task
        async def main(): return {"later": sub(1), "list": [sub(2)]}
    """
    value = run(source).value
    assert value["later"]["result"] == 1 and value["list"][0]["result"] == 2


def test_giving_up_on_a_subtask(run):
    source = """
        import asyncio, time
        from capsule import task
        @task(timeout="20s")
        async def slow():
            await asyncio.sleep(15)
        @task
        async def main():
            try:
                await asyncio.wait_for(slow(), 0.2)
            except TimeoutError:
                return "gave up"
    """
    start = time.monotonic()
    assert run(source).value == "gave up"
    assert time.monotonic() - start < 12


@pytest.mark.parametrize(
    "argument, text",
    [("b'x'", "Object of type bytes is not JSON serializable (at args[0])"), ("float('nan')", "NaN is not JSON serializable (at args[0])")],
)
def test_arguments_that_cannot_be_sent(run, argument, text):
    source = f"""
        from capsule import task
        @task
        def sub(x): return x
        @task
        def main(): sub({argument})
    """
    done = run(source)
    assert done.error_type == "task_error"
    assert text in done.message
    assert "sub" in done.message


def test_a_task_called_while_importing_is_refused(run):
    source = """
        from capsule import task
        @task
        def sub(): return 1
        value = sub()
        @task
        def main(): return value
    """
    done = run(source)
    assert not done["success"]
    assert "sub" in str(done["error"]) + done.errors


def test_a_task_made_at_run_time_has_no_sandbox_of_its_own(run):
    source = """
        from capsule import task
        @task
        def main():
            @task(name="late", allowed_files=["."])
            def late(): return 1
            try:
                return late()
            except RuntimeError as error:
                return {"success": False, "error": str(error)}
    """
    assert run(source).value["success"] is False


def test_limits_of_a_subtask_are_its_own(run):
    source = """
        import time
        from capsule import task
        @task(timeout="300ms")
        def sleeps(): time.sleep(30)
        @task(compute=1000)
        def spins():
            while True: pass
        @task
        def main():
            return [sleeps()["error"]["error_type"], spins()["error"]["error_type"]]
    """
    assert run(source).value == ["timeout", "compute_exceeded"]


def test_retries_of_a_subtask(run):
    source = """
        from capsule import task
        @task(max_retries=2)
        def flaky(): raise ValueError("again")
        @task
        def main(): return flaky()["execution"]
    """
    execution = run(source).value
    assert execution.get("attempts", 3) == 3


def test_exit_of_a_subtask(run):
    source = """
        import sys
        from capsule import task
        @task
        def leaves(): sys.exit(4)
        @task
        def main(): return leaves()["error"]
    """
    error = run(source).value
    assert error["error_type"] == "exit"
    assert error["exit_code"] == 4
