"""Programs as a whole: runs a function of one of the programs beside it. The first argument names the program, the second the function."""

import inspect

import async_shapes
import environment_shapes
import import_shapes
import life_of_objects
import numbers_in_results
import output_shapes
import sdk_idioms

from capsule import task

PROGRAMS = {module.__name__: module for module in (
    async_shapes, environment_shapes, import_shapes, life_of_objects, numbers_in_results, output_shapes, sdk_idioms,
)}


@task(name="main")
async def main(program, function):
    answer = getattr(PROGRAMS[program], function)()
    return await answer if inspect.isawaitable(answer) else answer
