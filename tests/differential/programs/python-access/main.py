"""Files of a granted folder: runs a function of one of the programs beside it. The first argument names the program, the second the function."""

import inspect

import binary_files
import folders
import read_only_grant
import renaming
import sessions
import state_on_disk
import text_files

from capsule import task

PROGRAMS = {module.__name__: module for module in (
    binary_files, folders, read_only_grant, renaming, sessions, state_on_disk, text_files,
)}


@task(name="main")
async def main(program, function):
    answer = getattr(PROGRAMS[program], function)()
    return await answer if inspect.isawaitable(answer) else answer
