"""Runs one of the programs beside it: the first argument names it, the others are its own."""

import environment
import errors
import files
import library
import output

from capsule import task

PROGRAMS = {"environment": environment, "errors": errors, "files": files, "library": library, "output": output}


@task(name="main")
def main(program, *arguments):
    return PROGRAMS[program].run(*arguments)
