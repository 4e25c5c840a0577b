"""How a program declares tasks and which one runs."""

import json

import pytest


def test_bare_main_function(run):
    assert run("def main(name='world'): return f'hello {name}'", "you").value == "hello you"


def test_bare_decorator(run):
    done = run("from capsule import task\n@task\ndef main(): return 1")
    assert done.value == 1
    assert done["execution"]["task_name"] == "main"


def test_every_option_is_accepted(run):
    source = """
        from capsule import task
        @task(name="main", compute="high", ram="256MB", timeout="1h 30m", max_retries=2,
              allowed_files=["./data", {"path": "./more", "mode": "read-only"}], allowed_hosts=["example.com"],
              env_variables=["HOME"])
        def main(): return "done"
    """
    run.__self__.write("data/a", "")
    run.__self__.write("more/a", "")
    assert run(source).value == "done"


def test_options_by_position_as_in_the_signature(run):
    source = """
        from capsule import task
        @task("main", "LOW", "128MB", "5s")
        def anything(): return "ran"
    """
    assert run(source).value == "ran"


def test_async_main(run):
    source = """
        import asyncio
        from capsule import task
        @task(name="main")
        async def main(x):
            await asyncio.sleep(0.01)
            return x * 2
    """
    assert run(source, "ab").value == "abab"


def test_async_main_without_decorator(run):
    assert run("async def main(): return 5").value == 5


def test_main_by_name_beats_order(run):
    source = """
        from capsule import task
        @task(name="other")
        def other(): return "other"
        @task(name="main")
        def entry(): return "main"
    """
    assert run(source).value == "main"


def test_main_function_beats_first_task(run):
    source = """
        from capsule import task
        @task(name="first")
        def first(): return "first"
        def main(): return "plain main"
    """
    assert run(source).value == "plain main"


def test_main_function_that_is_a_task_of_another_name(run):
    source = """
        from capsule import task
        @task(name="first")
        def first(): return "first"
        @task(name="second")
        def main(): return "second"
    """
    assert run(source).value == "second"


def test_first_task_without_any_main(run):
    source = """
        from capsule import task
        @task(name="one")
        def one(): return "one"
        @task(name="two")
        def two(): return "two"
    """
    assert run(source).value == "one"


def test_guarded_block_does_not_run(run):
    done = run("print('import')\ndef main(): return __name__\nif __name__ == '__main__': print('guarded')", name="hello.py")
    assert done.value == "hello"
    assert "guarded" not in done["stdout"]


def test_module_name_with_a_dash(run):
    assert run("def main(): return __name__", name="my-task.py").value == "my-task"


def test_program_named_like_a_library_module(run):
    assert run("import json\ndef main(): return [json.dumps([1]), __file__]", name="os.py").value == ["[1]", "os.py"]


def test_arguments_arrive_as_text(run):
    assert run("def main(*args): return list(args)", "1", "é", "").value == ["1", "é", ""]


def test_wrong_number_of_arguments(run):
    done = run("def main(a): return a")
    assert done.error_type == "task_error"
    assert "missing 1 required positional argument: 'a'" in done.message


def test_sys_argv(run):
    assert run("import sys\ndef main(*a): return sys.argv", "x", "y").value == ["program.py", "x", "y"]


def test_sys_argv_read_by_the_import(project):
    source = "import sys\narguments = sys.argv[1:]\ndef main(*a): return arguments"
    assert project.run(source, "x").value == ["x"]
    assert project.run(None, "y", "z").value == ["y", "z"]


def test_reference_style_exports(run):
    source = """
        import json
        from capsule import TaskRunner, exports, app, task
        from capsule.app import get_task, get_task_config, register_task
        @task(name="double", compute="LOW")
        def double(x): return x * 2
        def main():
            answer = exports.run(json.dumps({"task_name": "double", "args": [4], "kwargs": {}}))
            return [json.loads(answer), get_task_config("double")["compute"], isinstance(exports, TaskRunner)]
    """
    assert run(source).value == [{"result": 8}, "LOW", True]


@pytest.mark.parametrize("name", ["run", "run_with_worker"])
def test_host_functions_refuse_inside(run, name):
    source = f"""
        import capsule
        async def main(): await capsule.{name}(file="x.py")
    """
    done = run(source)
    assert done.error_type == "task_error"
    assert f"capsule.{name}() is for host programs" in done.message


def test_http_is_denied(run):
    done = run("from capsule import http\ndef main(): http.get('https://example.com')")
    assert "network access is not available" in done.message


def test_no_task(run):
    """A script: what it does when it is imported is all it does."""
    for source, printed in (("x = 1", ""), ("main = 5\nprint('hi')", "hi\n"), ("import sys\nprint(sys.argv[1:])", "['a']\n")):
        done = run(source, "a")
        assert done.value is None and done["stdout"] == printed and done["execution"]["task_name"] == "main"
    done = run("import sys\nif len(sys.argv) > 1: raise ValueError(sys.argv[1])", "bad")
    assert (done.code, done.error_type, done.message) == (1, "task_error", "bad")


def test_two_tasks_of_one_name(run):
    source = """
        from capsule import task
        @task(name="main")
        def a(): pass
        @task(name="main")
        def b(): pass
    """
    done = run(source)
    assert done.code == 2
    assert "main" in json.dumps(done["error"]) + done.errors


def test_invalid_mode_is_told_at_import(run):
    source = """
        from capsule import task
        @task(name="main", allowed_files=[{"path": "./data", "mode": "append"}])
        def main(): pass
    """
    done = run(source)
    assert done.code == 2
    text = json.dumps(done["error"]) + done.errors
    assert "Invalid allowed_files mode 'append' for path './data'. Use 'read-only' or 'read-write'." in text


def test_unknown_option_is_told_at_import(run):
    done = run("from capsule import task\n@task(memory='1GB')\ndef main(): pass")
    assert done.code == 2
    assert "memory" in json.dumps(done["error"]) + done.errors
