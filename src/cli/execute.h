/* One run of a program, as `run` and `exec` do it, or of a module of other origin. */
#ifndef CAP_CLI_EXECUTE_H
#define CAP_CLI_EXECUTE_H

#include "cli/program.h"

#define CLI_EXECUTE_FLAGS                                                                                          \
    (CLI_PROGRAM_FLAGS | CLI_FLAG(CLI_JSON) | CLI_FLAG(CLI_VERBOSE) | CLI_FLAG(CLI_MOUNT) | CLI_FLAG(CLI_ARGS_FILE) | \
     CLI_FLAG(CLI_STDIN) | CLI_FLAG(CLI_TMP) | CLI_FLAG(CLI_NO_TRACE) | CLI_FLAG(CLI_DETERMINISTIC))
/* What a string may be given; for a file its tasks declare it. */
#define CLI_STRING_FLAGS                                                                                            \
    (CLI_FLAG(CLI_LANG) | CLI_FLAG(CLI_COMPUTE) | CLI_FLAG(CLI_RAM) | CLI_FLAG(CLI_TIMEOUT) | CLI_FLAG(CLI_ENV) |    \
     CLI_FLAG(CLI_MAX_OUTPUT))
/* Flags that mean something for modules of other origin alone. */
#define CLI_MODULE_FLAGS                                                                                            \
    (CLI_FLAG(CLI_DIR) | CLI_FLAG(CLI_ENV) | CLI_FLAG(CLI_INVOKE) | CLI_FLAG(CLI_FUEL) | CLI_FLAG(CLI_RAM) |        \
     CLI_FLAG(CLI_TIMEOUT) | CLI_FLAG(CLI_MAX_OUTPUT) | CLI_FLAG(CLI_SEED) | CLI_FLAG(CLI_CLOCK))
/* Flags of `exec` that apply to both. */
#define CLI_SHARED_FLAGS                                                                                            \
    (CLI_FLAG(CLI_JSON) | CLI_FLAG(CLI_VERBOSE) | CLI_FLAG(CLI_STDIN) | CLI_FLAG(CLI_NO_CACHE) | CLI_FLAG(CLI_NO_TRACE) | \
     CLI_FLAG(CLI_JOBS) | CLI_FLAG(CLI_TMP) | CLI_FLAG(CLI_DETERMINISTIC) | CLI_FLAG(CLI_HELP))

/* Loads and runs; answers the exit code. */
int cli_execute(const cli_arguments *arguments);
/* The same for a WebAssembly module of other origin. */
int cli_execute_module(const cli_arguments *arguments);

/* What both do around it: console, signals, a stdout that goes away. `fault`: the exit code of our own failures. */
int cli_execute_with(const cli_arguments *arguments, int fault, int (*inner)(const cli_arguments *, cli_console *));
/* A signal came before there was anything to cancel: reports it; answers the exit code. */
int cli_give_up(cli_console *console);
/* Opens what --stdin names; without it *ret_fd stays as it is. */
int cli_open_stdin(const cli_arguments *arguments, int *ret_fd, capsule_error **error);

#endif
