"""Command line of the stage mechanism; see --help."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

from paths import SetupError  # noqa: E402
from stages import Stage, ensure  # noqa: E402

USAGE = "usage: stage NAME [--input PATH]... [--text STRING]... [--env VARIABLE]... [--after STAGE]... [-v] -- COMMAND..."

HELP = f"""\
{USAGE}

Makes one cached step of the set-up, unless it was made before from the same
content, and links the result as build/deps/NAME.  Run it from the top of the
tree.

  --input PATH     a file or directory that the entry is made from
  --text STRING    anything else it depends on: a version, flags
  --env VARIABLE   a variable that COMMAND sees and the key covers
  --after STAGE    a stage made before, whose result COMMAND uses
  -v               say so when nothing is to do

The content key covers NAME, COMMAND, the inputs' names and contents, the
texts, the values of --env variables and the results of the stages named by
--after.  Use relative paths, so that every clone computes the same key.

COMMAND runs in the top of the tree with these variables:
  OUT     an empty directory; it becomes the cache entry if COMMAND succeeds
  WORK    a scratch directory, removed afterwards
  FINAL   the path OUT will have at the end (for an install prefix)
  DEPS    absolute path of build/deps
  JOBS    how many jobs to run in parallel
and with compiler and make variables (CC, CFLAGS, MAKEFLAGS, ...) unset.
Its output goes to a log; a line `[3/12] text` in it is shown as progress.
"""

LISTS = {"--input": "inputs", "--text": "texts", "--env": "env", "--after": "after"}


class UsageError(Exception):
    """A command line that cannot be understood; the text says what is accepted."""


def parse(words):
    """The Stage that the command line describes, and whether to be verbose."""
    if "--" not in words:
        raise UsageError("no command: write `-- COMMAND...` last")
    split = words.index("--")
    options, command = words[:split], words[split + 1:]
    if not command:
        raise UsageError("no command after `--`")
    values = {name: [] for name in LISTS.values()}
    names = []
    verbose = False
    rest = iter(options)
    for word in rest:
        if word in LISTS:
            value = next(rest, None)
            if value is None:
                raise UsageError(f"{word} needs a value")
            values[LISTS[word]].append(value)
        elif word in ("-v", "--verbose"):
            verbose = True
        elif word.startswith("-"):
            raise UsageError(f"unknown option {word}")
        else:
            names.append(word)
    if len(names) != 1:
        raise UsageError(f"one NAME is needed, got {' '.join(names) or 'none'}")
    if not names[0].replace("-", "").replace("_", "").isalnum():
        raise UsageError(f"NAME {names[0]!r}: letters, digits, - and _ are accepted")
    return Stage(names[0], command, **values), verbose


def main():
    words = sys.argv[1:]
    if words[:1] in (["-h"], ["--help"]):
        print(HELP, end="")
        return 0
    try:
        ensure(*parse(words))
    except UsageError as error:
        print(f"stage: {error}\n{USAGE}", file=sys.stderr)
        return 2
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
