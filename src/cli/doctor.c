/* `capsule doctor`: is everything here that is needed, and what does it cost where it is not? */
#include "base/cleanup.h"
#include "base/error.h"
#include "cli/console.h"
#include "cli/json.h"
#include "cli/program.h"
#include "cli/report.h"

#define TEXT_MAX_BYTES (16u << 20)

static const char *mark(const char *level) {
    if (!strcmp(level, "ok")) return "✓";
    return strcmp(level, "warning") ? "✗" : "!";
}

static void add_checks(cap_buffer *out, yyjson_val *checks) {
    yyjson_arr_iter iterator = yyjson_arr_iter_with(checks);
    for (yyjson_val *check; (check = yyjson_arr_iter_next(&iterator));) {
        const char *cost = cli_json_text(check, "cost", NULL);
        cap_buffer_add_format(out, "%s %-18s %s\n", mark(cli_json_text(check, "level", "error")),
                              cli_json_text(check, "check", "?"), cli_json_text(check, "text", ""));
        if (cost) cap_buffer_add_format(out, "  %-18s %s\n", "", cost);
    }
}

static int show(const cli_arguments *arguments, const char *json) {
    cap_autobuffer cap_buffer text;
    cli_autojson yyjson_doc *document = cli_json_parse(json);
    cap_buffer_init(&text, TEXT_MAX_BYTES);
    if (cli_given(arguments, CLI_JSON))
        cap_buffer_add_format(&text, "%s\n", json);
    else
        add_checks(&text, yyjson_doc_get_root(document));
    return cli_print(&text);
}

static int doctor(const cli_arguments *arguments) {
    cli_console console;
    cap_autoerror capsule_error *error = NULL;
    capsule_runtime *runtime = NULL;
    char *json = NULL;
    bool healthy = false;
    int code;
    cli_console_init(&console, cli_given(arguments, CLI_JSON), false);
    if (cli_runtime_create(arguments, &runtime, &error) < 0 ||
        capsule_doctor(runtime, &json, &healthy, &error) < 0) {
        code = cli_report_error(&console, error);
    } else {
        code = show(arguments, json);
        if (code == CLI_SUCCESS && !healthy) code = CLI_FAILED;
    }
    capsule_text_free(json);
    capsule_runtime_free(runtime);
    cli_console_free(&console);
    return code;
}

const cli_command cli_doctor = {
    .name = "doctor",
    .operands = "",
    .summary = "Check the installation and this machine",
    .description = "Exit code 0 when all is well or only slower, 1 when something is missing or damaged.\n",
    .words = "",
    .flags = CLI_FLAG(CLI_JSON),
    .run = doctor,
};
