#include "cli/execute.h"

const cli_command cli_run = {
    .name = "run",
    .operands = "[FILE] [ARGS]...",
    .summary = "Run a program in a sandbox",
    .description =
        "FILE is a .py, .js, .mjs, .ts or .mts program; without it, the entrypoint of\n"
        "capsule.toml. Its task `main` (or its first one) is called with ARGS as strings.\n"
        "Flags come before the first of ARGS: what follows is the task's, hyphens or not.\n"
        "\n"
        "What the program prints appears as it comes; after it, when the result is not\n"
        "null, the envelope with the result. A failure is told on stderr. With --json\n"
        "stdout is the envelope on one line, whatever happens.\n"
        "\n"
        "Exit codes: 0 success, 1 the task failed, 2 usage, configuration or build error,\n"
        "70 a fault of the host, 130 and 143 on Ctrl-C and SIGTERM.\n",
    .flags = CLI_EXECUTE_FLAGS,
    .operands_most = 1,
    .trailing = true,
    .run = cli_execute,
};
