"""Runs one task of the program, or imports it, and reports how that ended."""

import asyncio
import atexit
import gc
import json
import types

import _capsule

from .. import app
from . import arguments, evaluation, failures, program, streams, subtasks, values

#: The name the user typed for the program: the first of its arguments.
_name = ""


def load(text):
    """Imports the program of a request and reports its tasks."""
    global _name
    request = values.loads(text)
    _name = request["name"]
    arguments.set_arguments([_name, *request.get("argv", ())], importing=True)
    try:
        module = program.load(request["entry"], _name, request.get("source"), request.get("packages"))
    except SystemExit as error:
        _report_exit(error)
        return
    except BaseException as error:
        _flush()
        failures.report_load_failure(error, program.is_program_file)
        return
    app._main_module = module
    streams.flush_all()
    _report_impurities()
    arguments.end_import()
    _settle()
    _capsule.report(_capsule.TASKS, json.dumps(app.describe_tasks()))


def _settle():
    """Prepares the program's definitions for the image that may be taken now. Its data stays ordinary data."""
    gc.collect()
    _capsule.settle_objects(gc.get_objects())


def _report_impurities():
    if _capsule.random_touched():
        _capsule.report(_capsule.IMPURE, "the global random generator was used")
    if arguments.were_read_during_import():
        _capsule.report(_capsule.IMPURE, "sys.argv was read")


def call(text):
    """Runs the task of a request, or evaluates its string, and reports the result."""
    global _name
    try:
        request = values.loads(text)
        _name = request.get("name", _name)
        arguments.set_arguments([_name, *request.get("argv", ())])
        code = request.get("code")
        function = app.find_task(request["task"]) if code is None else evaluation.prepare(code, _name)
        value = function(*request["args"], **request["kwargs"])
        if type(value) is types.CoroutineType:
            value = asyncio.run(value)
        if subtasks.any_open():
            subtasks.finish_all()
        result = values.dumps(value)
    except SystemExit as error:
        _report_exit(error)
    except evaluation.CannotCompile as failure:
        failures.report_load_failure(failure.error, program.is_program_file)
    except values.NotSerializable as error:
        _flush()
        _capsule.report(_capsule.UNSERIALIZABLE, json.dumps({"message": str(error), "traceback": None}))
    except BaseException as error:
        _flush()
        failures.report_failure(error)
    else:
        _flush()
        _capsule.report(_capsule.RESULT, result)


def _report_exit(error):
    code = failures.exit_code(error)
    _flush()
    _capsule.report(_capsule.EXIT, str(code))


def _flush():
    """What an interpreter does when a program ends: exit functions, then whatever was not written yet."""
    try:
        atexit._run_exitfuncs()
    except BaseException:  # told on standard error already
        pass
    streams.flush_all()
