"""os.environ, filled from the host when a program first looks at it.

An import that does not look stays pure, and its image can be kept; the host sees the call that fills it.
"""

import functools
import gettext
import os
import shutil

import _capsule

from . import arguments, refusals

_variables = None


class _Environment(os._Environ):
    """The environment of the task. All of os._Environ works on `_data`, which here comes into being late."""

    @property
    def _data(self):
        global _variables
        if _variables is None:
            _variables = _read()
        return _variables

    @_data.setter
    def _data(self, data):
        pass

    def __getitem__(self, key):
        try:
            return super().__getitem__(key)
        except KeyError:
            refusals.missed_variable(key)
            raise


def _read():
    pairs = (pair.partition(b"=") for pair in _capsule.environment().split(b"\0") if pair)
    return {name: value for name, _, value in pairs}


def _find_catalog(domain, localedir=None, languages=None, all=False):
    """gettext.find: no need to ask the environment for languages when there is no folder with translations.

    argparse asks for a translation of every word it knows, and most programs make their parser while imported.
    """
    if localedir is None:
        return [] if all else None
    return _find(domain, localedir, languages, all)


def _terminal_size(fallback=(80, 24)):
    """shutil.get_terminal_size: there is no terminal, and an import does not ask COLUMNS and LINES for one.

    argparse measures it for every argument that is added.
    """
    return os.terminal_size(fallback) if arguments.is_importing() else _get_terminal_size(fallback)


_find = gettext.find
_get_terminal_size = shutil.get_terminal_size


def install():
    """Turns os.environ and os.environb, which other modules may hold already, into the task's."""
    gettext.find = functools.update_wrapper(_find_catalog, _find)
    shutil.get_terminal_size = functools.update_wrapper(_terminal_size, _get_terminal_size)
    for environ in (os.environ, os.environb):
        vars(environ).pop("_data", None)
        environ.__class__ = _Environment
