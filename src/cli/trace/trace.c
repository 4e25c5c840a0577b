/* `capsule trace`: the runs of a project, as its trace database recorded them. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/format.h"
#include "cli/console.h"
#include "cli/json.h"
#include "cli/report.h"

#define TEXT_MAX_BYTES (512u << 20)
#define LIMIT_MAX 10000u

/* `-` stands for what is missing. */
static void add_run(cap_buffer *out, yyjson_val *run) {
    const char *type = cli_json_text(run, "error_type", NULL);
    char duration[CAP_FORMAT_MAX] = "-", task[CLI_NAME_MAX], file[CLI_NAME_MAX];
    uint64_t ms = cli_json_number(run, "duration_ms");
    if (ms == 0) strcpy(duration, "<1ms");
    if (ms > 0 && ms <= UINT64_MAX / 1000000) cap_format_duration(ms * 1000000, duration);
    cap_buffer_add_format(out, "%-26s  %-24s  %-18s  %10s  %s  %s\n", cli_json_text(run, "id", "-"),
                          cli_json_text(run, "started_at", "-"), type ? type : cli_json_text(run, "state", "-"), duration,
                          cli_name(cli_json_text(run, "task", "-"), task),
                          cli_name(cli_json_text(run, "file", "-"), file));
}

static void add_list(cap_buffer *out, yyjson_val *runs) {
    yyjson_arr_iter iterator = yyjson_arr_iter_with(runs);
    cap_buffer_add_format(out, "%-26s  %-24s  %-18s  %10s  %s\n", "ID", "STARTED", "OUTCOME", "TIME", "TASK, FILE");
    for (yyjson_val *run; (run = yyjson_arr_iter_next(&iterator));) add_run(out, run);
}

/* The run in a line, its subtasks, then everything that was kept, as indented JSON. */
static void add_whole(cap_buffer *out, yyjson_val *run) {
    yyjson_val *subtasks = yyjson_obj_get(run, "subtasks"), *envelope = yyjson_obj_get(run, "envelope");
    add_run(out, run);
    yyjson_arr_iter iterator = yyjson_arr_iter_with(subtasks);
    for (yyjson_val *task; (task = yyjson_arr_iter_next(&iterator));) {
        cap_buffer_add_text(out, "  ");
        add_run(out, task);
    }
    static const char *const parts[] = {"limits", "envelope"};
    yyjson_val *values[] = {yyjson_obj_get(run, "limits"), envelope};
    for (size_t i = 0; i < CAP_COUNT(parts); i++) {
        cap_autofree char *text = yyjson_val_write(values[i], YYJSON_WRITE_PRETTY_TWO_SPACES, NULL);
        cap_buffer_add_format(out, "\n%s: %s\n", parts[i], text ? text : "null");
    }
}

static int show(const cli_arguments *arguments, const char *json, bool whole) {
    cap_autobuffer cap_buffer text;
    cap_buffer_init(&text, TEXT_MAX_BYTES);
    /* Numbers stay as they were written: a result may hold integers of any size. */
    cli_autojson yyjson_doc *document = yyjson_read(json, strlen(json), YYJSON_READ_BIGNUM_AS_RAW);
    yyjson_val *root = yyjson_doc_get_root(document);
    if (cli_given(arguments, CLI_JSON) || !root)
        cap_buffer_add_format(&text, "%s\n", json);
    else if (whole)
        add_whole(&text, root);
    else if (yyjson_arr_size(root) == 0)
        cap_buffer_add_text(&text, "No runs recorded here yet.\n");
    else
        add_list(&text, root);
    return cli_print(&text);
}

static int query(const cli_arguments *arguments, const char *project, const char *id, char **json, capsule_error **error) {
    const char *limit = arguments->values[CLI_LIMIT], *problem;
    uint32_t count = 0;
    if (id) return capsule_trace_show(project, id, json, error);
    if (limit && !(count = (uint32_t)cli_number(limit, LIMIT_MAX, &problem)))
        return cap_error_set(error, CAPSULE_USAGE, "invalid --limit \"%.40s\": %s, accepted is 1 to %u", limit, problem, LIMIT_MAX);
    return capsule_trace_list(project, count, json, error);
}

static int trace(const cli_arguments *arguments) {
    const char *project = arguments->values[CLI_PROJECT];
    const char *id = arguments->operand_count > 0 ? arguments->operands[0] : NULL;
    cap_autoerror capsule_error *error = NULL;
    char *json = NULL;
    if (query(arguments, project ? project : ".", id, &json, &error) < 0) {
        cli_console console;
        cli_console_init(&console, cli_given(arguments, CLI_JSON), false);
        int code = cli_error_exit(error);
        if (capsule_error_code(error) == CAPSULE_NOT_FOUND) /* no program that could not be built */
            cli_report_failure(&console, "config_error", capsule_error_message(error), NULL);
        else
            cli_report_error(&console, error);
        cli_console_free(&console);
        return code;
    }
    int code = show(arguments, json, id != NULL);
    capsule_text_free(json);
    return code;
}

const cli_command cli_trace = {
    .name = "trace",
    .operands = "[ID]",
    .summary = "List the last runs, or show one whole",
    .description = "An unambiguous beginning of an ID is enough.\n",
    .words = "",
    .flags = CLI_FLAG(CLI_JSON) | CLI_FLAG(CLI_LIMIT) | CLI_FLAG(CLI_PROJECT),
    .operands_most = 1,
    .run = trace,
};
