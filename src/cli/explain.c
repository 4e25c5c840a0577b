/* `capsule explain`: what every task of a program may do, and why. */
#include <stdio.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/format.h"
#include "cli/json.h"
#include "cli/program.h"
#include "cli/report.h"

#define TEXT_MAX_BYTES (16u << 20)

static const char *compute_class(uint64_t units) {
    switch (units) {
    case 100000000: return " (LOW)";
    case 2000000000: return " (MEDIUM)";
    case 50000000000: return " (HIGH)";
    default: return "";
    }
}

static void add_row(cap_buffer *out, const char *name, const char *value) {
    char line[CLI_NAME_MAX];
    cap_buffer_add_format(out, "  %-15s%s\n", name, cli_name(value, line));
}

/* The entries of a list, a row each; "none" when it is empty. */
static void add_texts(cap_buffer *out, const char *name, yyjson_val *list) {
    yyjson_arr_iter iterator = yyjson_arr_iter_with(list);
    if (yyjson_arr_size(list) == 0) add_row(out, name, "none");
    for (yyjson_val *item; (item = yyjson_arr_iter_next(&iterator)); name = "") {
        const char *text = yyjson_get_str(item);
        add_row(out, name, text ? text : "?");
    }
}

static void add_grants(cap_buffer *out, yyjson_val *list) {
    const char *name = "allowed_files";
    char path[CLI_NAME_MAX], guest[CLI_NAME_MAX];
    yyjson_arr_iter iterator = yyjson_arr_iter_with(list);
    if (yyjson_arr_size(list) == 0) add_row(out, name, "none");
    for (yyjson_val *grant; (grant = yyjson_arr_iter_next(&iterator)); name = "")
        cap_buffer_add_format(out, "  %-15s%s as %s, %s\n", name, cli_name(cli_json_text(grant, "path", "?"), path),
                              cli_name(cli_json_text(grant, "guest", "?"), guest), cli_json_text(grant, "mode", "?"));
}

static void add_limits(cap_buffer *out, yyjson_val *policy) {
    char text[CAP_FORMAT_MAX];
    uint64_t compute = cli_json_number(policy, "compute");
    cap_buffer_add_format(out, "  %-15s%s%s%s\n", "compute", cap_format_count(compute, text),
                          compute == UINT64_MAX ? "" : " units", compute_class(compute));
    add_row(out, "ram", cap_format_size(cli_json_number(policy, "ram"), text));
    add_row(out, "timeout", cap_format_duration(cli_json_number(policy, "timeout_ns"), text));
    add_row(out, "cpu", cap_format_duration(cli_json_number(policy, "cpu_ns"), text));
    uint64_t tmp = cli_json_number(policy, "tmp");
    add_row(out, "tmp", tmp ? cap_format_size(tmp, text) : "none");
    add_row(out, "max_retries", cap_format_count(cli_json_number(policy, "max_retries"), text));
    add_row(out, "deterministic", yyjson_get_bool(yyjson_obj_get(policy, "deterministic")) ? "yes" : "no");
}

static void add_task(cap_buffer *out, yyjson_val *task, const char *default_task) {
    yyjson_val *policy = yyjson_obj_get(task, "effective");
    const char *name = cli_json_text(task, "name", "?");
    char line[CLI_NAME_MAX];
    cap_buffer_add_format(out, "\n%s%s\n", cli_name(name, line), !strcmp(name, default_task) ? " (what `run` starts)" : "");
    add_limits(out, policy);
    add_grants(out, yyjson_obj_get(policy, "allowed_files"));
    add_texts(out, "allowed_hosts", yyjson_obj_get(policy, "allowed_hosts"));
    add_texts(out, "env_variables", yyjson_obj_get(policy, "env_variables"));
    if (yyjson_arr_size(yyjson_obj_get(task, "notes"))) add_texts(out, "note", yyjson_obj_get(task, "notes"));
}

static void add_program(cap_buffer *out, const char *json) {
    cli_autojson yyjson_doc *document = cli_json_parse(json);
    yyjson_val *root = yyjson_doc_get_root(document), *tasks = yyjson_obj_get(root, "tasks");
    cap_buffer_add_format(out, "%s, %s, %zu %s\n", cli_json_text(root, "file", "?"), cli_json_text(root, "language", "?"),
                          yyjson_arr_size(tasks), yyjson_arr_size(tasks) == 1 ? "task" : "tasks");
    yyjson_arr_iter iterator = yyjson_arr_iter_with(tasks);
    for (yyjson_val *task; (task = yyjson_arr_iter_next(&iterator));)
        add_task(out, task, cli_json_text(root, "default", ""));
}

static int show(const cli_arguments *arguments, const capsule_program *program) {
    cap_autobuffer cap_buffer text;
    const char *json = capsule_program_describe(program);
    cap_buffer_init(&text, TEXT_MAX_BYTES);
    if (cli_given(arguments, CLI_JSON))
        cap_buffer_add_format(&text, "%s\n", json);
    else
        add_program(&text, json);
    return cli_print(&text);
}

static int explain(const cli_arguments *arguments) {
    cli_console console;
    cap_autoerror capsule_error *error = NULL;
    capsule_runtime *runtime = NULL;
    capsule_program *program = NULL;
    cli_console_init(&console, cli_given(arguments, CLI_JSON), false);
    int status = cli_runtime_create(arguments, &runtime, &error);
    if (status == 0) status = cli_program_load(arguments, &console, runtime, &program, &error);
    int code = status == 0 ? show(arguments, program) : cli_report_error(&console, error);
    capsule_program_free(program);
    capsule_runtime_free(runtime);
    cli_console_free(&console);
    return code;
}

const cli_command cli_explain = {
    .name = "explain",
    .operands = "[FILE]",
    .summary = "Show what every task of a program may do",
    .description =
        "Loads FILE (or the entrypoint of capsule.toml) without running it and lists, for\n"
        "each task, its limits and grants as they would hold for `run` with the same\n"
        "flags, and which bound of the operator lowered what it declared.\n",
    .flags = CLI_PROGRAM_FLAGS | CLI_FLAG(CLI_JSON),
    .operands_most = 1,
    .run = explain,
};
