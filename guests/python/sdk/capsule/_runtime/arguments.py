"""sys.argv: the same list for the life of an image, refilled for every run.

While a program is imported the list notices being read. Arguments are not part of a program, so an import that
depends on them cannot be kept. Its own name, the first item, is.
"""

import sys

_read_during_import = False
_importing = False


def _noting(name):
    method = getattr(list, name)

    def wrapper(self, *args, **kwargs):
        global _read_during_import
        if _importing and args != (0,):
            _read_during_import = True
        return method(self, *args, **kwargs)

    wrapper.__name__ = wrapper.__qualname__ = name
    return wrapper


class _Arguments(list):
    """A list in every respect."""

    for _name in (
        "__add__ __contains__ __eq__ __ge__ __getitem__ __gt__ __iadd__ __imul__ __iter__ __le__ __len__ __lt__ "
        "__mul__ __ne__ __repr__ __reversed__ __rmul__ append clear copy count extend index insert pop remove reverse sort"
    ).split():
        locals()[_name] = _noting(_name)
    del _name
    __hash__ = None


_arguments = _Arguments()


def install():
    sys.argv = _arguments
    sys.orig_argv = []


def set_arguments(values, importing=False):
    """Gives the program its arguments: its own name, then the user's."""
    global _importing
    list.__setitem__(_arguments, slice(None), values)
    if _importing != importing:
        _importing = importing


def end_import():
    """From now on reading is just reading. Part of an image already, so that a run need not note it."""
    global _importing
    _importing = False


def is_importing():
    """Whether the program is being imported."""
    return _importing


def were_read_during_import():
    return _read_during_import
