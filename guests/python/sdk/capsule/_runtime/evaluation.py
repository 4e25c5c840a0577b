"""Evaluates a program that is a string. The value of its last statement, when that is an expression, is its result."""

import ast
import asyncio
import inspect
import sys
import types

from . import program

#: The variable that takes the value: no program can write its name.
_VALUE = "<value>"


class CannotCompile(Exception):
    """A string is no program: nothing of it has run. `error` tells why."""

    def __init__(self, error):
        self.error = error


def prepare(code, name):
    """Compiles `code`, called `name` in tracebacks, and answers a function that runs it. Raises CannotCompile.

    The function takes the string's variables as keywords and answers its value.
    """
    program.remember_text(name, code)
    try:
        tree = compile(code, name, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
        _keep_value(tree)
        compiled = compile(tree, name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except MemoryError as error:  # with a text it is the parser's stack that is full
        raise CannotCompile(SyntaxError(str(error)) if error.args else error) from None
    except BaseException as error:
        raise CannotCompile(error) from None
    return lambda *args, **variables: _run(compiled, variables)


def _keep_value(tree):
    """Makes the last statement, when it is an expression, an assignment to _VALUE."""
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        target = ast.copy_location(ast.Name(_VALUE, ast.Store()), last)
        tree.body[-1] = ast.copy_location(ast.Assign([target], last.value), last)


def _run(compiled, variables):
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    namespace = module.__dict__
    namespace.update(variables)
    found = eval(compiled, namespace)
    if compiled.co_flags & inspect.CO_COROUTINE:
        asyncio.run(found)
    return namespace.pop(_VALUE, None)
