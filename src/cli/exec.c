#include <stdio.h>
#include <string.h>

#include "cli/execute.h"
#include "cli/report.h"

static bool is_artifact(const char *file) {
    size_t length = strlen(file);
    return length > 5 && !strcmp(file + length - 5, ".wasm");
}

static int exec_artifact(const cli_arguments *arguments) {
    const char *file = arguments->operands[0];
    if (is_artifact(file)) return cli_execute(arguments);
    cli_console console;
    char message[400];
    cli_console_init(&console, cli_given(arguments, CLI_JSON), false);
    snprintf(message, sizeof message,
             "Unsupported file type: '%.200s'. Expected a .wasm file made by `capsule build --export`.", file);
    cli_report_failure(&console, "config_error", message, NULL);
    cli_console_free(&console);
    return CLI_USAGE;
}

const cli_command cli_exec = {
    .name = "exec",
    .operands = "FILE [ARGS]...",
    .summary = "Run an artifact made by `build --export`",
    .description =
        "FILE is a .wasm artifact: the program with everything it imports, and the policy\n"
        "its tasks declared, which holds here as it would for the sources. Arguments,\n"
        "output and exit codes are those of `run`.\n",
    .flags = CLI_EXECUTE_FLAGS,
    .operands_least = 1,
    .operands_most = 1,
    .trailing = true,
    .run = exec_artifact,
};
