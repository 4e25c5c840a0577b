/* One run with its subtasks as a tree. */
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/format.h"
#include "cli/console.h"
#include "cli/trace/view.h"

#define PREFIX_MAX (CLI_TRACE_DEPTH * 8u + 1u) /* bytes before a branch: a line and three blanks for each level */
#define MESSAGE_SHOWN 120                       /* bytes of an error's message on one line */

typedef struct tree_view {
    cap_buffer *out;
    uint32_t width;
    size_t left; /* subtasks that may still be shown */
    bool colours;
} tree_view;

/* "9,980" */
static const char *grouped(uint64_t number, char out[CAP_FORMAT_MAX]) {
    char digits[CAP_FORMAT_MAX];
    size_t length = strlen(cap_format_count(number, digits)), used = 0;
    for (size_t i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0) out[used++] = ',';
        out[used++] = digits[i];
    }
    out[used] = 0;
    return out;
}

static void add_message(cap_buffer *out, yyjson_val *object) {
    char message[CLI_NAME_MAX];
    const char *text = cli_json_text(object, "message", NULL);
    if (text && *text) cap_buffer_add_format(out, "  %.*s", MESSAGE_SHOWN, cli_name(text, message));
}

/* ---- Attempts ---- */

static void add_attempts(tree_view *view, yyjson_val *run, const char *prefix) {
    yyjson_val *attempts = yyjson_obj_get(run, "attempt_outcomes"), *attempt;
    size_t index, count;
    char duration[CAP_FORMAT_MAX], number[CAP_FORMAT_MAX], type[CLI_NAME_MAX];
    yyjson_arr_foreach(attempts, index, count, attempt) {
        if (index == CLI_TRACE_ATTEMPTS) {
            cap_buffer_add_format(view->out, "%s· … %s more attempts\n", prefix,
                                  grouped(cli_json_number(run, "attempts") - CLI_TRACE_ATTEMPTS, number));
            return;
        }
        cap_buffer_add_format(view->out, "%s· attempt %s  %s  %s", prefix,
                              cap_format_count(cli_json_number(attempt, "number"), number),
                              cli_name(cli_json_text(attempt, "error_type", "completed"), type),
                              cli_trace_duration(attempt, duration, sizeof duration));
        add_message(view->out, attempt);
        cap_buffer_add_text(view->out, "\n");
    }
}

/* ---- Subtasks ---- */

static void add_children(tree_view *view, yyjson_val *run, const char *prefix, unsigned depth);

static void add_child(tree_view *view, yyjson_val *run, const char *prefix, bool last, unsigned depth) {
    char below[PREFIX_MAX], task[CLI_NAME_MAX], outcome[CLI_NAME_MAX], duration[CAP_FORMAT_MAX];
    snprintf(below, sizeof below, "%s%s", prefix, last ? "   " : "│  ");
    cap_buffer_add_format(view->out, "%s%s %s  %s%s%s  %s", prefix, last ? "└─" : "├─", cli_name(cli_json_text(run, "task", "-"), task),
                          cli_trace_colour(run, view->colours), cli_name(cli_trace_outcome(run), outcome),
                          view->colours ? "\x1b[0m" : "", cli_trace_duration(run, duration, sizeof duration));
    uint64_t attempts = cli_json_number(run, "attempts");
    if (attempts > 1 && attempts != UINT64_MAX) cap_buffer_add_format(view->out, "  %llu attempts", (unsigned long long)attempts);
    add_message(view->out, run);
    cap_buffer_add_text(view->out, "\n");
    add_attempts(view, run, below);
    add_children(view, run, below, depth + 1);
}

/* What is not shown of `run`'s subtasks, from one of them on. */
static void add_rest(tree_view *view, yyjson_arr_iter *rest, size_t count, const char *prefix) {
    char number[CAP_FORMAT_MAX], failures[CAP_FORMAT_MAX];
    size_t failed = 0;
    for (yyjson_val *run; (run = yyjson_arr_iter_next(rest));) failed += cli_trace_failed(run);
    cap_buffer_add_format(view->out, "%s└─ … %s more", prefix, grouped(count, number));
    if (failed) cap_buffer_add_format(view->out, " (%s failed)", grouped(failed, failures));
    cap_buffer_add_text(view->out, "\n");
}

static void add_children(tree_view *view, yyjson_val *run, const char *prefix, unsigned depth) {
    yyjson_val *subtasks = yyjson_obj_get(run, "subtasks");
    size_t count = yyjson_arr_size(subtasks), shown = 0;
    yyjson_arr_iter iterator = yyjson_arr_iter_with(subtasks);
    while (shown < count && shown < view->width && view->left > 0 && depth < CLI_TRACE_DEPTH) {
        view->left--;
        shown++;
        add_child(view, yyjson_arr_iter_next(&iterator), prefix, shown == count, depth);
    }
    if (shown < count) add_rest(view, &iterator, count - shown, prefix);
}

/* ---- The run ---- */

static const char *size_text(uint64_t bytes, char out[CAP_FORMAT_MAX]) {
    if (bytes == UINT64_MAX)
        return "-";
    else if (bytes < 1024)
        snprintf(out, CAP_FORMAT_MAX, "%llu bytes", (unsigned long long)bytes);
    else if (bytes < (UINT64_C(1) << 20))
        snprintf(out, CAP_FORMAT_MAX, "%.1f KB", (double)bytes / 1024);
    else
        snprintf(out, CAP_FORMAT_MAX, "%.1f MB", (double)bytes / (1 << 20));
    return out;
}

static const char *number_text(yyjson_val *run, const char *key, char out[CAP_FORMAT_MAX]) {
    uint64_t number = cli_json_number(run, key);
    return number == UINT64_MAX ? "-" : grouped(number, out);
}

static void add_usage(cap_buffer *out, yyjson_val *run) {
    char a[CAP_FORMAT_MAX], b[CAP_FORMAT_MAX], c[CAP_FORMAT_MAX], digest[CLI_NAME_MAX];
    uint64_t timeout = cli_json_number(run, "timeout_ms");
    cap_buffer_add_format(out, "compute  %s of %s units, cpu %s ms\n", number_text(run, "fuel_consumed", a),
                          number_text(run, "fuel_limit", b), number_text(run, "cpu_ms", c));
    cap_buffer_add_format(out, "memory   %s of %s\n", size_text(cli_json_number(run, "ram_used"), a),
                          size_text(cli_json_number(run, "ram_limit"), b));
    if (timeout != UINT64_MAX && timeout <= UINT64_MAX / 1000000)
        cap_buffer_add_format(out, "timeout  %s an attempt\n", cap_format_duration(timeout * 1000000, a));
    cap_buffer_add_format(out, "output   %s, result %s\n", size_text(cli_json_number(run, "output_bytes"), a),
                          size_text(cli_json_number(run, "result_bytes"), b));
    cap_buffer_add_format(out, "files    %s calls, %s denied\n", number_text(run, "file_calls", a), number_text(run, "denials", b));
    cap_buffer_add_format(out, "policy   %s\n", cli_name(cli_json_text(run, "policy_digest", "-"), digest));
}

static void add_parent(cap_buffer *out, yyjson_val *run) {
    char id[CLI_NAME_MAX];
    const char *parent = cli_json_text(run, "parent_id", NULL);
    if (parent) cap_buffer_add_format(out, "subtask of %s\n", cli_name(parent, id));
}

void cli_trace_whole(cap_buffer *out, yyjson_val *run, uint32_t width, bool colours) {
    tree_view view = {.out = out, .width = width ? width : CLI_TRACE_WIDTH, .left = CLI_TRACE_LINES, .colours = colours};
    if (width > view.left) view.left = width;
    cli_trace_line(out, run, colours);
    add_parent(out, run);
    add_attempts(&view, run, "");
    add_children(&view, run, "", 0);
    cap_buffer_add_text(out, "\n");
    add_usage(out, run);
    static const char *const parts[] = {"limits", "envelope"};
    for (size_t i = 0; i < CAP_COUNT(parts); i++) {
        cap_autofree char *text = yyjson_val_write(yyjson_obj_get(run, parts[i]), YYJSON_WRITE_PRETTY_TWO_SPACES, NULL);
        cap_buffer_add_format(out, "\n%s: %s\n", parts[i], text ? text : "null");
    }
}
