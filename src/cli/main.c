#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/nearest.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/report.h"

/* In the order in which `help` lists them. */
const cli_command *const cli_commands[] = {
    &cli_run, &cli_build,  &cli_exec, &cli_explain,    &cli_trace, &cli_cache,
    &cli_doctor, &cli_init, &cli_completion, &cli_help, NULL,
};
#define COMMANDS (sizeof cli_commands / sizeof cli_commands[0] - 1)

const cli_command *cli_command_find(const char *name) {
    for (size_t i = 0; i < COMMANDS; i++)
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

static int unknown_command(const char *name) {
    const char *known[COMMANDS];
    for (size_t i = 0; i < COMMANDS; i++) known[i] = cli_commands[i]->name;
    const char *nearest = cap_nearest_name(name, strlen(name), known, COMMANDS);
    if (nearest) return cli_usage_error(NULL, "unknown command '%.80s', did you mean '%s'?", name, nearest);
    return cli_usage_error(NULL, "unknown command '%.80s'", name);
}

/* A mistake in the flags: told on stderr, and in an envelope when one was asked for. */
static int wrong_arguments(const cli_arguments *arguments) {
    if (cli_given(arguments, CLI_JSON)) {
        cli_console console;
        cli_console_init(&console, true, false);
        cli_report_failure(&console, "config_error", arguments->problem, NULL);
        cli_console_free(&console);
    }
    return cli_usage_error(arguments->command, "%s", arguments->problem);
}

int main(int argc, char **argv) {
    cli_arguments arguments;
    const char *name = argc > 1 ? argv[1] : NULL;
    if (!name) {
        cli_print_usage(2);
        return CLI_USAGE;
    }
    if (!strcmp(name, "-V") || !strcmp(name, "--version")) {
        char line[64];
        snprintf(line, sizeof line, "capsule %s\n", capsule_version());
        return cli_print_text(line);
    }
    if (!strcmp(name, "-h") || !strcmp(name, "--help")) {
        cli_print_usage(1);
        return CLI_SUCCESS;
    }
    const cli_command *command = cli_command_find(name);
    if (!command) return unknown_command(name);
    cli_arguments_read(command, argc - 2, argv + 2, &arguments);
    if (cli_given(&arguments, CLI_HELP)) {
        cli_print_help(command);
        return CLI_SUCCESS;
    }
    return arguments.problem[0] ? wrong_arguments(&arguments) : command->run(&arguments);
}
