#include "cli/string.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "cli/program.h"

/* What bounds or gives the same to the tasks of a file. */
static const char *instead_of(cli_flag_id id) {
    switch (id) {
    case CLI_COMPUTE: return "; --max-compute bounds them";
    case CLI_RAM: return "; --max-ram bounds them";
    case CLI_TIMEOUT: return "; --max-timeout bounds them";
    default: return "";
    }
}

int cli_string_check(const cli_arguments *arguments, capsule_error **error) {
    const char *in = arguments->values[CLI_STDIN];
    if (cli_is_string(arguments)) {
        bool both = !cli_given(arguments, CLI_CODE) && in && !strcmp(in, "-");
        return both ? cap_error_set(error, CAPSULE_USAGE, "--stdin - and a program on stdin exclude each other") : 0;
    }
    for (cli_flag_id id = 0; id < CLI_FLAGS; id++)
        if (arguments->given & arguments->command->string_flags & CLI_FLAG(id))
            return cap_error_set(error, CAPSULE_USAGE, "--%s is for strings (-c CODE, or -): the tasks of a file declare what they need%s",
                                 cli_flags[id].name, instead_of(id));
    return 0;
}

/* All of stdin, or one byte more than is accepted of it. */
static int read_stdin(char **ret_code, size_t *ret_length, capsule_error **error) {
    size_t capacity = 65536, length = 0;
    cap_autofree char *code = malloc(capacity);
    while (code && length <= CAPSULE_SOURCE_MAX) {
        if (length == capacity) {
            char *larger = realloc(code, capacity *= 2);
            if (!larger) break;
            code = larger;
        }
        size_t room = capacity - length, most = CAPSULE_SOURCE_MAX + 1 - length;
        ssize_t got = read(0, code + length, room < most ? room : most);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return cap_error_errno(error, CAPSULE_USAGE, errno, "the program on stdin cannot be read");
        length += (size_t)got;
        if (got > 0 && length <= CAPSULE_SOURCE_MAX) continue;
        *ret_code = cap_steal(code);
        *ret_length = length;
        return length ? 0 : cap_error_set(error, CAPSULE_USAGE, "the program on stdin is empty");
    }
    return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a program");
}

int cli_string_load(const cli_arguments *arguments, cli_console *console, capsule_runtime *runtime,
                    capsule_program **ret_program, capsule_error **error) {
    capsule_program_options options;
    capsule_source_options source = CAPSULE_SOURCE_OPTIONS_INIT;
    const char *code = arguments->values[CLI_CODE];
    size_t length = code ? strlen(code) : 0;
    cap_autofree char *read = NULL;
    if (!code) {
        if (read_stdin(&read, &length, error) < 0) return -1;
        code = read;
        source.name = "<stdin>";
    }
    source.language = arguments->values[CLI_LANG];
    source.compute = arguments->values[CLI_COMPUTE];
    source.ram = arguments->values[CLI_RAM];
    source.timeout = arguments->values[CLI_TIMEOUT];
    source.environment = arguments->environment;
    cli_program_options(arguments, &options);
    options.progress = cli_console_progress;
    options.progress_context = console;
    int status = capsule_program_load_source(runtime, code, length, &source, &options, ret_program, error);
    cli_console_progress(console, NULL);
    return status;
}
