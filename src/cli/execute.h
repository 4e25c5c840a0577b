/* One run of a program, as `run` and `exec` do it. */
#ifndef CAP_CLI_EXECUTE_H
#define CAP_CLI_EXECUTE_H

#include "cli/program.h"

#define CLI_EXECUTE_FLAGS                                                                                          \
    (CLI_PROGRAM_FLAGS | CLI_FLAG(CLI_JSON) | CLI_FLAG(CLI_VERBOSE) | CLI_FLAG(CLI_MOUNT) | CLI_FLAG(CLI_ARGS_FILE) | \
     CLI_FLAG(CLI_STDIN) | CLI_FLAG(CLI_TMP) | CLI_FLAG(CLI_NO_TRACE) | CLI_FLAG(CLI_DETERMINISTIC))

/* Loads and runs; answers the exit code. */
int cli_execute(const cli_arguments *arguments);

#endif
