/* Loading a program the way every command does: runtime, ceiling and project out of the same flags. */
#ifndef CAP_CLI_PROGRAM_H
#define CAP_CLI_PROGRAM_H

#include "cli/console.h"

/* The flags cli_program_load reads. */
#define CLI_PROGRAM_FLAGS                                                                                             \
    (CLI_FLAG(CLI_MAX_RAM) | CLI_FLAG(CLI_MAX_TIMEOUT) | CLI_FLAG(CLI_MAX_COMPUTE) | CLI_FLAG(CLI_DENY_FILES) |       \
     CLI_FLAG(CLI_DENY_NET) | CLI_FLAG(CLI_JOBS) | CLI_FLAG(CLI_NO_CACHE) | CLI_FLAG(CLI_PROJECT))

/* Creates a runtime for the flags; -1 with *error. */
int cli_runtime_create(const cli_arguments *arguments, capsule_runtime **ret_runtime, capsule_error **error);

/* The operator's ceiling and the project, out of the flags. */
void cli_program_options(const cli_arguments *arguments, capsule_program_options *ret_options);

/* Loads the first operand, or the project's entrypoint when there is none. */
int cli_program_load(const cli_arguments *arguments, cli_console *console, capsule_runtime *runtime,
                     capsule_program **ret_program, capsule_error **error);

#endif
