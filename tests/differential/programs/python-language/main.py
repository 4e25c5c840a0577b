"""The language itself: runs a function of one of the programs beside it. The first argument names the program, the second the function."""

import inspect

import class_shapes
import closures
import context_managers
import dataclass_shapes
import decorator_shapes
import enumerations
import exception_shapes
import generator_shapes
import matching
import metaprogramming
import numbers_
import texts
import unpacking

from capsule import task

PROGRAMS = {module.__name__: module for module in (
    class_shapes, closures, context_managers, dataclass_shapes, decorator_shapes, enumerations, exception_shapes,
    generator_shapes, matching, metaprogramming, numbers_, texts, unpacking,
)}


@task(name="main")
async def main(program, function):
    answer = getattr(PROGRAMS[program], function)()
    return await answer if inspect.isawaitable(answer) else answer
