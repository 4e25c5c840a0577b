"""Calls from one task to others: runs a function of one of the programs beside it. The first argument names the program, the second the function."""

import inspect

import access_options
import argument_values
import failing_tasks
import isolation
import nesting
import ram_option
import retry_option
import return_values
import task_names
import time_options

from capsule import task

PROGRAMS = {module.__name__: module for module in (
    access_options, argument_values, failing_tasks, isolation, nesting, ram_option, retry_option, return_values,
    task_names, time_options,
)}


@task(name="main")
async def main(program, function):
    answer = getattr(PROGRAMS[program], function)()
    return await answer if inspect.isawaitable(answer) else answer
