"""The standard library: runs a function of one of the programs beside it. The first argument names the program, the second the function."""

import inspect

import algorithms
import containers
import date_shapes
import decimal_numbers
import documents
import expressions
import hashing
import interpreters
import json_shapes
import typing_shapes

from capsule import task

PROGRAMS = {module.__name__: module for module in (
    algorithms, containers, date_shapes, decimal_numbers, documents, expressions, hashing, interpreters, json_shapes,
    typing_shapes,
)}


@task(name="main")
async def main(program, function):
    answer = getattr(PROGRAMS[program], function)()
    return await answer if inspect.isawaitable(answer) else answer
