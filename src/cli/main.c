#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/report.h"

#define COMMANDS_MAX 32u

static int unknown_command(const char *name) {
    const char *known[COMMANDS_MAX];
    size_t count = 0;
    for (; cli_commands[count] && count < COMMANDS_MAX; count++) known[count] = cli_commands[count]->name;
    const char *nearest = cap_nearest_name(name, strlen(name), known, count);
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

/* A caller may start us with stdin, stdout or stderr closed. Their numbers must not go to files we open: what is meant
 * for a terminal would land in the trace database. */
static void fill_standard_descriptors(void) {
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_WRONLY : O_RDONLY) < 0) _exit(CLI_FAULT);
}

int main(int argc, char **argv) {
    cli_arguments arguments;
    fill_standard_descriptors();
    const char *name = argc > 1 ? argv[1] : NULL;
    if (!name) return cli_usage_missing();
    if (!strcmp(name, "-V") || !strcmp(name, "--version")) {
        char line[64];
        snprintf(line, sizeof line, "capsule %s\n", capsule_version());
        return cli_print_text(line);
    }
    if (!strcmp(name, "-h") || !strcmp(name, "--help")) return cli_print_usage();
    const cli_command *command = cli_command_find(name);
    if (!command) return unknown_command(name);
    cli_arguments_read(command, argc - 2, argv + 2, &arguments);
    if (cli_given(&arguments, CLI_HELP)) return cli_print_help(command);
    return arguments.problem[0] ? wrong_arguments(&arguments) : command->run(&arguments);
}
