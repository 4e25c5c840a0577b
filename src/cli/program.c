#include "cli/program.h"

#include <string.h>

#include "base/error.h"
#include "base/utf8.h"

#define JOBS_MAX 1024u /* the library's */

int cli_runtime_create(const cli_arguments *arguments, capsule_runtime **ret_runtime, capsule_error **error) {
    capsule_runtime_options options = CAPSULE_RUNTIME_OPTIONS_INIT;
    const char *jobs = arguments->values[CLI_JOBS], *problem;
    options.no_cache = cli_given(arguments, CLI_NO_CACHE);
    options.share_cores = arguments->command == &cli_worker;
    if (jobs && !(options.jobs = (uint32_t)cli_number(jobs, JOBS_MAX, &problem)))
        return cap_error_set(error, CAPSULE_USAGE, "invalid --jobs \"%.40s\": %s, accepted is 1 to %u", jobs, problem, JOBS_MAX);
    return capsule_runtime_create(&options, ret_runtime, error);
}

void cli_program_options(const cli_arguments *arguments, capsule_program_options *ret_options) {
    *ret_options = (capsule_program_options)CAPSULE_PROGRAM_OPTIONS_INIT;
    ret_options->project_dir = arguments->values[CLI_PROJECT];
    ret_options->max_ram = arguments->values[CLI_MAX_RAM];
    ret_options->max_timeout = arguments->values[CLI_MAX_TIMEOUT];
    ret_options->max_compute = arguments->values[CLI_MAX_COMPUTE];
    ret_options->deny_files = cli_given(arguments, CLI_DENY_FILES);
    ret_options->deny_net = cli_given(arguments, CLI_DENY_NET);
}

int cli_program_load(const cli_arguments *arguments, cli_console *console, capsule_runtime *runtime,
                     capsule_program **ret_program, capsule_error **error) {
    capsule_program_options options;
    const char *file = arguments->operand_count > 0 ? arguments->operands[0] : NULL;
    cli_program_options(arguments, &options);
    options.progress = cli_console_progress;
    options.progress_context = console;
    if (file && !*file) return cap_error_set(error, CAPSULE_USAGE, "the file's name is empty");
    if (file && !cap_utf8_valid(file, strlen(file)))
        return cap_error_set(error, CAPSULE_USAGE, "the file's name is not valid UTF-8: %s", file);
    int status = capsule_program_load(runtime, file, &options, ret_program, error);
    cli_console_progress(console, NULL);
    return status;
}
