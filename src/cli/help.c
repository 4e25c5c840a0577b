#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/nearest.h"
#include "cli/cli.h"
#include "cli/console.h"

#define HELP_MAX_BYTES (64u << 10)
#define FLAG_COLUMN 36 /* where the meaning of a flag begins */

static void add_usage(cap_buffer *text) {
    cap_buffer_add_text(text, "Runs untrusted Python and TypeScript in WebAssembly sandboxes.\n\n"
                               "Usage: capsule COMMAND [flags] ...\n\nCommands:\n");
    for (const cli_command *const *command = cli_commands; *command; command++)
        cap_buffer_add_format(text, "  %-12s%s\n", (*command)->name, (*command)->summary);
    cap_buffer_add_text(text, "\nFlags:\n  -h, --help      print this help\n  -V, --version   print the version\n\n"
                               "`capsule help COMMAND` tells more about one of them.\n");
}

int cli_print_usage(void) {
    cap_autobuffer cap_buffer text;
    cap_buffer_init(&text, HELP_MAX_BYTES);
    add_usage(&text);
    return cli_print(&text);
}

int cli_usage_missing(void) {
    cap_autobuffer cap_buffer text;
    cap_buffer_init(&text, HELP_MAX_BYTES);
    add_usage(&text);
    cli_sink sink;
    cli_sink_init(&sink, 2);
    if (!text.failed) cli_sink_write(&sink, text.data, text.length);
    cli_sink_free(&sink);
    return CLI_USAGE;
}

static void add_flag(cap_buffer *text, const cli_flag *flag) {
    char name[80];
    snprintf(name, sizeof name, "  %s--%s%s%s%s", flag->letter ? (char[]){'-', flag->letter, ',', ' ', 0} : "    ",
             flag->name, flag->optional ? "[=" : flag->value ? " " : "", flag->value ? flag->value : "",
             flag->optional ? "]" : "");
    if (strlen(name) < FLAG_COLUMN)
        cap_buffer_add_format(text, "%-*s%s\n", FLAG_COLUMN, name, flag->help);
    else
        cap_buffer_add_format(text, "%s\n%-*s%s\n", name, FLAG_COLUMN, "", flag->help);
}

int cli_print_help(const cli_command *command) {
    cap_autobuffer cap_buffer text;
    cap_buffer_init(&text, HELP_MAX_BYTES);
    cap_buffer_add_format(&text, "%s\n\nUsage: capsule %s [flags]%s%s\n", command->summary, command->name,
                          *command->operands ? " " : "", command->operands);
    if (command->description) cap_buffer_add_format(&text, "\n%s", command->description);
    cap_buffer_add_text(&text, "\nFlags:\n");
    for (cli_flag_id id = 0; id < CLI_FLAGS; id++)
        if (command->flags & CLI_FLAG(id)) add_flag(&text, &cli_flags[id]);
    add_flag(&text, &cli_flags[CLI_HELP]);
    return cli_print(&text);
}

static int help(const cli_arguments *arguments) {
    if (arguments->operand_count == 0) return cli_print_usage();
    const cli_command *command = cli_command_find(arguments->operands[0]);
    if (!command) return cli_usage_error(NULL, "unknown command '%.80s'", arguments->operands[0]);
    return cli_print_help(command);
}

const cli_command cli_help = {
    .name = "help",
    .operands = "[COMMAND]",
    .summary = "Print help, about one command when it is named",
    .words = "run build exec explain trace cache doctor init completion",
    .operands_most = 1,
    .run = help,
};
