"""Ways to import: aliases, names, late ones, by text, what is missing, what a module knows of itself."""

import collections.abc as abc
import importlib
import sys
from os import path as where
from string import *

import support_module
from support_module import VALUE as renamed
from support_module import lazy


def aliases():
    return [abc.Mapping.__name__, where.join("a", "b"), renamed]


def star():
    return ascii_lowercase[:3]


def by_text():
    return importlib.import_module("support_module") is support_module


def inside_a_function():
    import support_module as again

    return again is support_module


def live_value():
    support_module.VALUE = "changed"
    return [renamed, support_module.VALUE, lazy()]


def missing_module():
    import nowhere_to_be_found


def missing_name():
    from support_module import not_there


def missing_is_handled():
    try:
        import nowhere_to_be_found as found
    except ImportError as error:
        found = error.name
    return found


def reloaded():
    before = support_module.LOADED
    importlib.reload(support_module)
    return [len(before), support_module.VALUE]


def facts():
    return [__name__, support_module.__name__, support_module.__doc__, "support_module" in sys.modules, __package__]


def module_attribute():
    return [support_module.dynamic, hasattr(support_module, "other")]


def import_of_a_cycle():
    return support_module.back().__name__
