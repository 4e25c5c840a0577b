"""The Python side of the guest: everything between the host's requests and a program's functions.

boot          warms the library and prepares what an image needs
rehearsal     runs a small program before the image is taken
program       imports a program from /.capsule/app, under the paths its user typed
packages      what is installed for it, below /.capsule/packages
calling       runs one task and reports how it ended
values        exact JSON, and where a value is not JSON
failures      exceptions as the host wants to hear of them
subtasks      tasks started from tasks
event_loop    asyncio without a self-pipe, waiting for subtasks too
streams, environment, arguments, clocks, digests, unavailable
              what a program finds in place of the parts of an operating system

Nothing here is public. No function imports a module when it runs: a program may bring a module of the same name.
"""
