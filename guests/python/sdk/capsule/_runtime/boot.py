"""Makes the language image: a started interpreter with a warm library and everything of this package in place."""

import builtins
import gc
import importlib
import os
import random
import sys

import _capsule
import _sitebuiltins

from . import arguments, clocks, digests, environment, event_loop, program, rehearsal, streams, unavailable
from .calling import call, load  # noqa: F401  the entry points

#: The modules to warm: guests/python/warm/modules.txt, installed beside the package.
_LIST = os.path.join(os.path.dirname(os.path.dirname(__file__)), "warm.txt")


def boot():
    """Everything that happens before a program is known."""
    _warm()
    builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D (i.e. EOF)")
    builtins.quit = _sitebuiltins.Quitter("quit", "Ctrl-D (i.e. EOF)")
    builtins.help = _sitebuiltins._Helper()
    for part in (streams, arguments, clocks, digests, unavailable, event_loop, program, environment):
        part.install()
    _capsule.guard_random(random._inst)
    rehearsal.rehearse()
    _settle()


def _warm():
    """Imports the modules that belong into the image."""
    with open(_LIST, encoding="utf-8") as lines:
        names = [line.split("#")[0].strip() for line in lines]
    for name in filter(None, names):
        importlib.import_module(name)


def _settle():
    """Leaves a heap that a run can share: no garbage, nothing for the collector to look at, no counts to change."""
    sys.path_importer_cache.clear()
    importlib.invalidate_caches()
    gc.collect()
    gc.collect()
    gc.freeze()
    _capsule.settle_image()
