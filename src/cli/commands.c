#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/console.h"

/* In the order in which `help` lists them. */
const cli_command *const cli_commands[] = {
    &cli_run, &cli_build,  &cli_exec, &cli_worker,     &cli_explain, &cli_trace, &cli_cache,
    &cli_doctor, &cli_init, &cli_completion, &cli_help, NULL,
};

const cli_command *cli_command_find(const char *name) {
    for (size_t i = 0; cli_commands[i]; i++)
        if (!strcmp(cli_commands[i]->name, name)) return cli_commands[i];
    return NULL;
}

int cli_usage_error(const cli_command *command, const char *format, ...) {
    cli_console console;
    char text[600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    cli_console_init(&console, false, false);
    cli_console_note(&console, "%s", text);
    if (command)
        cli_console_note(&console, "usage: capsule %s [flags] %s (more: capsule help %s)", command->name,
                         command->operands, command->name);
    else
        cli_console_note(&console, "usage: capsule COMMAND ... (more: capsule help)");
    cli_console_free(&console);
    return CLI_USAGE;
}
