"""Command line of the stage mechanism; see --help."""

import argparse
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

from paths import SetupError  # noqa: E402
from stages import Stage, ensure  # noqa: E402

HELP = """\
Makes one cached step of the set-up, unless it was made before from the same
content, and links the result as build/deps/NAME.  Run it from the top of the
tree.

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


def parse(arguments):
    """Splits the command off at `--` and parses what stands before it."""
    parser = argparse.ArgumentParser(
        prog="stage", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="stage NAME [--input PATH]... [--text STRING]... [--env VARIABLE]... "
        "[--after STAGE]... [-v] -- COMMAND...",
    )
    parser.add_argument("name")
    parser.add_argument("--input", action="append", default=[], metavar="PATH",
                        help="file or directory the entry is made from")
    parser.add_argument("--text", action="append", default=[], metavar="STRING",
                        help="anything else the entry depends on: a version, flags")
    parser.add_argument("--env", action="append", default=[], metavar="VARIABLE",
                        help="a variable that COMMAND sees and the key covers")
    parser.add_argument("--after", action="append", default=[], metavar="STAGE",
                        help="a stage made before, whose entry COMMAND uses")
    parser.add_argument("-v", "--verbose", action="store_true", help="say when nothing is to do")
    if "--" not in arguments:
        parser.parse_args(arguments)
        parser.error("no command: write `-- COMMAND...` last")
    split = arguments.index("--")
    options = parser.parse_args(arguments[:split])
    options.command = arguments[split + 1:]
    if not options.command:
        parser.error("no command after `--`")
    if not options.name.replace("-", "").replace("_", "").isalnum():
        parser.error(f"NAME {options.name!r}: letters, digits, - and _ are accepted")
    return options


def main():
    options = parse(sys.argv[1:])
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))
    stage = Stage(options.name, options.command, options.input, options.text,
                  options.after, options.env)
    try:
        ensure(stage, options.verbose)
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
