#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "cli/json.h"
#include "cli/program.h"
#include "cli/report.h"

/* `dir/NAME.ts` becomes `dir/NAME.wasm`; the caller frees it. */
static char *artifact_path(const char *file) {
    const char *slash = strrchr(file, '/'), *dot = strrchr(file, '.');
    size_t length = dot && dot > (slash ? slash + 1 : file) ? (size_t)(dot - file) : strlen(file);
    char *path = NULL;
    return asprintf(&path, "%.*s.wasm", (int)length, file) < 0 ? NULL : path;
}

/* The file that was loaded: the operand, or what capsule.toml named. The caller frees it. */
static char *loaded_file(const cli_arguments *arguments, const capsule_program *program) {
    if (arguments->operand_count > 0) return strdup(arguments->operands[0]);
    const char *json = capsule_program_describe(program), *project = arguments->values[CLI_PROJECT];
    cli_autojson yyjson_doc *document = cli_json_parse(json);
    const char *file = cli_json_text(yyjson_doc_get_root(document), "file", NULL);
    char *path = NULL;
    if (file && asprintf(&path, "%s%s%s", project ? project : "", project ? "/" : "", file) < 0) path = NULL;
    return path;
}

/* *ret_code: whether the path could be printed. */
static int export(const cli_arguments *arguments, cli_console *console, capsule_program *program, int *ret_code,
                  capsule_error **error) {
    cap_autofree char *file = loaded_file(arguments, program);
    cap_autofree char *path = file ? artifact_path(file) : NULL;
    uint64_t begin = cli_now_ns();
    if (!path) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    if (!strcmp(path, file)) return cap_error_set(error, CAPSULE_USAGE, "%s is an artifact already", file);
    if (capsule_program_export(program, path, error) < 0) return -1;
    cli_console_done(console, "Export complete", begin);
    cap_autobuffer cap_buffer line;
    cap_buffer_init(&line, PATH_MAX + 2);
    cap_buffer_add_format(&line, "%s\n", path);
    *ret_code = cli_print(&line);
    return 0;
}

static int build(const cli_arguments *arguments) {
    cli_console console;
    cap_autoerror capsule_error *error = NULL;
    capsule_runtime *runtime = NULL;
    capsule_program *program = NULL;
    cli_console_init(&console, false, cli_given(arguments, CLI_VERBOSE));
    uint64_t begin = cli_now_ns();
    int status = cli_runtime_create(arguments, &runtime, &error);
    if (status == 0) status = cli_program_load(arguments, &console, runtime, &program, &error);
    if (status == 0) cli_console_done(&console, "Program ready", begin);
    int code = CLI_SUCCESS;
    if (status == 0 && cli_given(arguments, CLI_EXPORT)) status = export(arguments, &console, program, &code, &error);
    if (status < 0) code = cli_report_error(&console, error);
    if (code == CLI_SUCCESS) cli_console_done(&console, "Build successful", begin);
    capsule_program_free(program);
    capsule_runtime_free(runtime);
    cli_console_free(&console);
    return code;
}

const cli_command cli_build = {
    .name = "build",
    .operands = "[FILE]",
    .summary = "Load a program without running it, or export it",
    .description =
        "Bundles and imports FILE (or the entrypoint of capsule.toml) as `run` would, and\n"
        "keeps its image in the cache. With --export the program, what it imports and the\n"
        "policy its tasks declare are written to NAME.wasm beside it, whose path is printed.\n",
    .flags = CLI_PROGRAM_FLAGS | CLI_FLAG(CLI_VERBOSE) | CLI_FLAG(CLI_EXPORT),
    .operands_most = 1,
    .run = build,
};
