#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "cli/execute.h"
#include "cli/report.h"

static bool is_wasm(const char *file) {
    size_t length = strlen(file);
    return length > 5 && !strcmp(file + length - 5, ".wasm");
}

static int refuse(const cli_arguments *arguments, const char *message) {
    cli_console console;
    cli_console_init(&console, cli_given(arguments, CLI_JSON), false);
    cli_report_failure(&console, "config_error", message, NULL);
    cli_console_free(&console);
    return CLI_USAGE;
}

/* What to write instead of a flag that belongs to the other kind of file; NULL: nothing. */
static const char *instead_of(cli_flag_id id) {
    switch (id) {
    case CLI_MOUNT: return "--dir";
    case CLI_DIR: return "--mount";
    case CLI_MAX_RAM: return "--ram";
    case CLI_RAM: return "--max-ram";
    case CLI_MAX_TIMEOUT: return "--timeout";
    case CLI_TIMEOUT: return "--max-timeout";
    case CLI_MAX_COMPUTE: return "--fuel";
    case CLI_FUEL: return "--max-compute";
    default: return NULL;
    }
}

/* A flag that means nothing for this kind of file is refused rather than ignored: it may be a limit. */
static int refuse_flag(const cli_arguments *arguments, cli_flag_id id, bool foreign) {
    char message[400];
    const char *other = instead_of(id);
    snprintf(message, sizeof message, "--%s does not apply to %.200s, which is %s%s%s", cli_flags[id].name, arguments->operands[0],
             foreign ? "not an artifact of `capsule build --export`" : "an artifact with a policy of its own",
             other ? "; use " : "", other ? other : "");
    return refuse(arguments, message);
}

static int exec_file(const cli_arguments *arguments) {
    const char *file = arguments->operands[0];
    cap_autoerror capsule_error *error = NULL;
    char message[400];
    bool foreign = false;
    if (!is_wasm(file)) {
        snprintf(message, sizeof message, "Unsupported file type: '%.200s'. Expected a .wasm file.", file);
        return refuse(arguments, message);
    }
    /* What is wrong with the file is said where it is loaded, in one way for all. */
    if (capsule_module_is_foreign(file, &foreign, &error) < 0) return cli_execute(arguments);
    uint64_t wrong = arguments->given & ~(uint64_t)CLI_SHARED_FLAGS & (foreign ? ~(uint64_t)CLI_MODULE_FLAGS : CLI_MODULE_FLAGS);
    for (cli_flag_id id = 0; id < CLI_FLAGS; id++)
        if (wrong & CLI_FLAG(id)) return refuse_flag(arguments, id, foreign);
    return foreign ? cli_execute_module(arguments) : cli_execute(arguments);
}

const cli_command cli_exec = {
    .name = "exec",
    .operands = "FILE [ARGS]...",
    .summary = "Run an artifact made by `build --export`, or any WASI module",
    .description =
        "FILE is a .wasm artifact: the program with everything it imports, and the policy\n"
        "its tasks declared, which holds here as it would for the sources. Arguments,\n"
        "output and exit codes are those of `run`.\n"
        "\n"
        "Any other WASI preview 1 module runs with what --dir, --env and the limits of\n"
        "modules give it: a command (_start) or a reactor (_initialize, then --invoke).\n"
        "Its exit code is the guest's own, or 124 timeout, 125 our failure, 134 trap,\n"
        "137 out of memory.\n",
    .flags = CLI_EXECUTE_FLAGS | CLI_MODULE_FLAGS,
    .operands_least = 1,
    .operands_most = 1,
    .trailing = true,
    .run = exec_file,
};
