/* `capsule explain`: what every task of a program may do, and why. */
#include <stdio.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/format.h"
#include "base/nearest.h"
#include "cli/json.h"
#include "cli/program.h"
#include "cli/report.h"

#define TEXT_MAX_BYTES (16u << 20)
#define TASKS_MAX 1024u /* of one program */

static const char *compute_class(uint64_t units) {
    switch (units) {
    case 100000000: return " (LOW)";
    case 2000000000: return " (MEDIUM)";
    case 50000000000: return " (HIGH)";
    default: return "";
    }
}

/* `main.py:4 ram, lowered by --max-ram`, out of "sources" of a task. NULL: nothing is known about the value. */
static const char *source_of(yyjson_val *task, const char *key, char out[CLI_NAME_MAX]) {
    yyjson_val *rule = yyjson_obj_get(yyjson_obj_get(task, "sources"), key);
    const char *set_by = cli_json_text(yyjson_obj_get(rule, "set_by"), "text", NULL);
    const char *lowered_by = cli_json_text(yyjson_obj_get(rule, "lowered_by"), "text", NULL);
    char both[2 * CLI_NAME_MAX];
    if (!set_by) return NULL;
    snprintf(both, sizeof both, "%.500s%s%.500s", set_by, lowered_by ? ", lowered by " : "", lowered_by ? lowered_by : "");
    return cli_name(both, out);
}

/* A line of the list; `key` names the rule that tells where the value comes from, NULL for a line that goes on. */
static void add_row(cap_buffer *out, yyjson_val *task, const char *name, const char *value, const char *key) {
    char line[CLI_NAME_MAX], source[CLI_NAME_MAX];
    const char *from = key ? source_of(task, key, source) : NULL;
    const char *shown = cli_name(value, line);
    if (from)
        cap_buffer_add_format(out, "  %-15s%-26s  %s\n", name, shown, from);
    else
        cap_buffer_add_format(out, "  %-15s%s\n", name, shown);
}

/* The entries of a list, a row each; "none" when it is empty. */
static void add_texts(cap_buffer *out, yyjson_val *task, const char *key, yyjson_val *list) {
    const char *name = key, *source = key;
    yyjson_arr_iter iterator = yyjson_arr_iter_with(list);
    if (yyjson_arr_size(list) == 0) add_row(out, task, name, "none", source);
    for (yyjson_val *item; (item = yyjson_arr_iter_next(&iterator)); name = "", source = NULL) {
        const char *text = yyjson_get_str(item);
        add_row(out, task, name, text ? text : "?", source);
    }
}

static void add_grants(cap_buffer *out, yyjson_val *task, yyjson_val *list) {
    const char *name = "allowed_files", *source = name;
    char value[2 * CLI_NAME_MAX];
    yyjson_arr_iter iterator = yyjson_arr_iter_with(list);
    if (yyjson_arr_size(list) == 0) add_row(out, task, name, "none", source);
    for (yyjson_val *grant; (grant = yyjson_arr_iter_next(&iterator)); name = "", source = NULL) {
        snprintf(value, sizeof value, "%.440s as %.440s, %.40s", cli_json_text(grant, "path", "?"),
                 cli_json_text(grant, "guest", "?"), cli_json_text(grant, "mode", "?"));
        add_row(out, task, name, value, source);
    }
}

static void add_limits(cap_buffer *out, yyjson_val *task) {
    yyjson_val *policy = yyjson_obj_get(task, "effective");
    char text[CAP_FORMAT_MAX], line[2 * CAP_FORMAT_MAX];
    uint64_t compute = cli_json_number(policy, "compute");
    snprintf(line, sizeof line, "%s%s%s", cap_format_count(compute, text), compute == UINT64_MAX ? "" : " units",
             compute_class(compute));
    add_row(out, task, "compute", line, "compute");
    add_row(out, task, "ram", cap_format_size(cli_json_number(policy, "ram"), text), "ram");
    add_row(out, task, "timeout", cap_format_duration(cli_json_number(policy, "timeout_ns"), text), "timeout");
    add_row(out, task, "cpu", cap_format_duration(cli_json_number(policy, "cpu_ns"), text), "cpu");
    uint64_t tmp = cli_json_number(policy, "tmp");
    add_row(out, task, "tmp", tmp ? cap_format_size(tmp, text) : "none", "tmp");
    add_row(out, task, "max_retries", cap_format_count(cli_json_number(policy, "max_retries"), text), "max_retries");
    uint64_t delay = cli_json_number(policy, "retry_delay_ns");
    add_row(out, task, "retry_delay", delay ? cap_format_duration(delay, text) : "none", "retry_delay");
    add_row(out, task, "deterministic", yyjson_get_bool(yyjson_obj_get(policy, "deterministic")) ? "yes" : "no",
            "deterministic");
}

/* `main, declared at main.py:3 (what `run` starts)` */
static void add_heading(cap_buffer *out, yyjson_val *task, bool is_default) {
    const char *name = cli_json_text(task, "name", "?");
    yyjson_val *place = yyjson_obj_get(task, "declared_at");
    char line[CLI_NAME_MAX];
    cap_buffer_add_format(out, "\n%s", cli_name(name, line));
    const char *file = cli_json_text(place, "file", NULL);
    uint64_t number = cli_json_number(place, "line");
    if (file) cap_buffer_add_format(out, ", declared at %s", cli_name(file, line));
    if (file && number < UINT64_MAX) cap_buffer_add_format(out, ":%llu", (unsigned long long)number);
    cap_buffer_add_text(out, is_default ? " (what `run` starts)\n" : "\n");
}

static void add_task(cap_buffer *out, yyjson_val *task, const char *default_task) {
    yyjson_val *policy = yyjson_obj_get(task, "effective");
    add_heading(out, task, !strcmp(cli_json_text(task, "name", "?"), default_task));
    add_row(out, task, "cost", cli_json_text(yyjson_obj_get(task, "cost"), "text", "?"), NULL);
    add_limits(out, task);
    add_grants(out, task, yyjson_obj_get(policy, "allowed_files"));
    add_texts(out, task, "allowed_hosts", yyjson_obj_get(policy, "allowed_hosts"));
    add_texts(out, task, "env_variables", yyjson_obj_get(policy, "env_variables"));
    if (yyjson_arr_size(yyjson_obj_get(task, "notes"))) add_texts(out, task, "note", yyjson_obj_get(task, "notes"));
}

/* ---- One task of many ---- */

static int unknown_task(yyjson_val *tasks, const char *wanted, capsule_error **error) {
    const char *names[TASKS_MAX] = {0};
    size_t count = 0;
    yyjson_arr_iter iterator = yyjson_arr_iter_with(tasks);
    for (yyjson_val *task; count < TASKS_MAX && (task = yyjson_arr_iter_next(&iterator));)
        names[count++] = cli_json_text(task, "name", "");
    const char *close = cap_nearest_name(wanted, strlen(wanted), names, count);
    char line[CLI_NAME_MAX], other[CLI_NAME_MAX];
    cli_name(wanted, line);
    if (close) return cap_error_set(error, CAPSULE_USAGE, "there is no task '%.80s' (did you mean '%s'?)", line, cli_name(close, other));
    cap_autobuffer cap_buffer known;
    cap_buffer_init(&known, 2048);
    for (size_t i = 0; i < count && known.length < 400; i++) cap_buffer_add_format(&known, "%s%.80s", i ? ", " : "", names[i]);
    return cap_error_set(error, CAPSULE_USAGE, "there is no task '%.80s': known are %s", line,
                         count == 0 ? "none" : known.failed ? "?" : cli_name(known.data, other));
}

/* The description with this task alone. Caller frees; NULL with an error when there is none of that name. */
static char *choose_task(const char *json, const char *wanted, capsule_error **error) {
    cli_autojson yyjson_doc *document = cli_json_parse(json);
    yyjson_val *root = yyjson_doc_get_root(document), *tasks = yyjson_obj_get(root, "tasks"), *found = NULL;
    yyjson_arr_iter iterator = yyjson_arr_iter_with(tasks);
    for (yyjson_val *task; !found && (task = yyjson_arr_iter_next(&iterator));)
        if (!strcmp(cli_json_text(task, "name", ""), wanted)) found = task;
    if (!found) {
        unknown_task(tasks, wanted, error);
        return NULL;
    }
    yyjson_mut_doc *copy = yyjson_doc_mut_copy(document, NULL);
    yyjson_mut_val *list = yyjson_mut_arr(copy), *one = yyjson_val_mut_copy(copy, found);
    yyjson_mut_arr_append(list, one);
    yyjson_mut_obj_put(yyjson_mut_doc_get_root(copy), yyjson_mut_str(copy, "tasks"), list);
    char *text = yyjson_mut_write(copy, 0, NULL);
    yyjson_mut_doc_free(copy);
    if (!text) cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    return text;
}

/* "NAME VERSION" of each package, a row each; nothing when there are none. */
static void add_packages(cap_buffer *out, yyjson_val *list) {
    const char *name = "packages";
    char package[CLI_NAME_MAX], version[CLI_NAME_MAX];
    yyjson_arr_iter iterator = yyjson_arr_iter_with(list);
    for (yyjson_val *item; (item = yyjson_arr_iter_next(&iterator)); name = "")
        cap_buffer_add_format(out, "  %-15s%s %s\n", name, cli_name(cli_json_text(item, "name", "?"), package),
                              cli_name(cli_json_text(item, "version", "?"), version));
}

static void add_program(cap_buffer *out, const char *json) {
    cli_autojson yyjson_doc *document = cli_json_parse(json);
    yyjson_val *root = yyjson_doc_get_root(document), *tasks = yyjson_obj_get(root, "tasks");
    cap_buffer_add_format(out, "%s, %s, %zu %s\n", cli_json_text(root, "file", "?"), cli_json_text(root, "language", "?"),
                          yyjson_arr_size(tasks), yyjson_arr_size(tasks) == 1 ? "task" : "tasks");
    add_packages(out, yyjson_obj_get(root, "packages"));
    yyjson_arr_iter iterator = yyjson_arr_iter_with(tasks);
    for (yyjson_val *task; (task = yyjson_arr_iter_next(&iterator));)
        add_task(out, task, cli_json_text(root, "default", ""));
}

static int show(const cli_arguments *arguments, const capsule_program *program, int *ret_code, capsule_error **error) {
    cap_autobuffer cap_buffer text;
    cap_buffer_init(&text, TEXT_MAX_BYTES);
    const char *json = capsule_program_describe(program);
    cap_autofree char *chosen = NULL;
    if (arguments->operand_count > 1) {
        if (!(chosen = choose_task(json, arguments->operands[1], error))) return -1;
        json = chosen;
    }
    if (cli_given(arguments, CLI_JSON))
        cap_buffer_add_format(&text, "%s\n", json);
    else
        add_program(&text, json);
    *ret_code = cli_print(&text);
    return 0;
}

static int explain(const cli_arguments *arguments) {
    cli_console console;
    cap_autoerror capsule_error *error = NULL;
    capsule_runtime *runtime = NULL;
    capsule_program *program = NULL;
    int code = CLI_SUCCESS;
    cli_console_init(&console, cli_given(arguments, CLI_JSON), false);
    int status = cli_runtime_create(arguments, &runtime, &error);
    if (status == 0) status = cli_program_load(arguments, &console, runtime, &program, &error);
    if (status == 0) status = show(arguments, program, &code, &error);
    if (status < 0) code = cli_report_error(&console, error);
    capsule_program_free(program);
    capsule_runtime_free(runtime);
    cli_console_free(&console);
    return code;
}

const cli_command cli_explain = {
    .name = "explain",
    .operands = "[FILE [TASK]]",
    .summary = "Show what every task of a program may do, and why",
    .description =
        "Loads FILE (or the entrypoint of capsule.toml) without running it and lists, for\n"
        "each task or for TASK alone, what it may cost, its limits and its grants as they\n"
        "would hold for `run` with the same flags, and where each of them comes from: the\n"
        "program's line, a line of capsule.toml, a flag, or a default.\n",
    .flags = CLI_PROGRAM_FLAGS | CLI_FLAG(CLI_JSON),
    .operands_most = 2,
    .run = explain,
};
