#include "cli/execute.h"

const cli_command cli_run = {
    .name = "run",
    .operands = "[FILE | -c CODE | -] [ARGS]...",
    .summary = "Run a program in a sandbox",
    .description =
        "FILE is a .py, .js, .mjs, .ts or .mts program; without it, the entrypoint of\n"
        "capsule.toml. Its task `main` (or its first one) is called with ARGS as strings.\n"
        "Without tasks it is a script: what it prints appears.\n"
        "\n"
        "-c CODE runs a text, - the text that stdin holds, in the language of --lang. It\n"
        "gets what the flags give, and nothing else: --mount, --env, --compute, --ram,\n"
        "--timeout, --max-output. The value of its last statement, when that is an\n"
        "expression, is the result.\n"
        "\n"
        "Flags come before the first of ARGS: what follows is the task's, hyphens or not.\n"
        "\n"
        "What the program prints appears as it comes; after it, when the result is not\n"
        "null, the envelope with the result. A failure is told on stderr. With --json\n"
        "stdout is the envelope on one line, whatever happens.\n"
        "\n"
        "Exit codes: 0 success, 1 the task failed, 2 usage, configuration or build error,\n"
        "70 a fault of the host, 130 and 143 on Ctrl-C and SIGTERM.\n",
    .flags = CLI_EXECUTE_FLAGS | CLI_STRING_FLAGS | CLI_FLAG(CLI_CODE),
    .string_flags = CLI_STRING_FLAGS,
    .operands_most = 1,
    .trailing = true,
    .run = cli_execute,
};
