/* A run on one line. */
#include <stdio.h>
#include <stdlib.h>

#include "base/format.h"
#include "cli/console.h"
#include "cli/trace/view.h"

const char *cli_trace_outcome(yyjson_val *run) {
    return cli_json_text(run, "error_type", cli_json_text(run, "state", "-"));
}

bool cli_trace_failed(yyjson_val *run) {
    const char *state = cli_json_text(run, "state", "");
    return strcmp(state, "completed") != 0 && strcmp(state, "running") != 0 && strcmp(state, "created") != 0;
}

const char *cli_trace_colour(yyjson_val *run, bool colours) {
    if (!colours) return "";
    if (cli_trace_failed(run)) return "\x1b[31m";
    return strcmp(cli_json_text(run, "state", ""), "completed") == 0 ? "\x1b[32m" : "\x1b[33m";
}

const char *cli_trace_duration(yyjson_val *run, char *out, size_t size) {
    char text[CAP_FORMAT_MAX] = "-";
    uint64_t ms = cli_json_number(run, "duration_ms");
    if (ms == 0) strcpy(text, "<1ms");
    if (ms > 0 && ms <= UINT64_MAX / 1000000) cap_format_duration(ms * 1000000, text);
    snprintf(out, size, "%s", text);
    return out;
}

/* "2026-11-27 02:38:04" of "2026-11-27T02:38:04.441Z". */
static const char *short_time(const char *time, char out[24]) {
    snprintf(out, 24, "%.19s", time);
    char *middle = strchr(out, 'T');
    if (middle) *middle = ' ';
    return out;
}

void cli_trace_heading(cap_buffer *out, bool colours) {
    cap_buffer_add_format(out, "%s%-26s  %-19s  %-18s  %10s  %8s  %s%s\n", colours ? "\x1b[1m" : "", "ID", "STARTED (UTC)", "OUTCOME",
                          "TIME", "ATTEMPTS", "TASK, FILE", colours ? "\x1b[0m" : "");
}

void cli_trace_line(cap_buffer *out, yyjson_val *run, bool colours) {
    char id[CLI_NAME_MAX], time[24], outcome[CLI_NAME_MAX], duration[CAP_FORMAT_MAX], attempts[CAP_FORMAT_MAX] = "-";
    char task[CLI_NAME_MAX], file[CLI_NAME_MAX];
    uint64_t count = cli_json_number(run, "attempts");
    if (count != UINT64_MAX) cap_format_count(count, attempts);
    cap_buffer_add_format(out, "%-26s  %-19s  %s%-18s%s  %10s  %8s  %s  %s\n", cli_name(cli_json_text(run, "id", "-"), id),
                          short_time(cli_json_text(run, "started_at", "-"), time), cli_trace_colour(run, colours),
                          cli_name(cli_trace_outcome(run), outcome), colours ? "\x1b[0m" : "",
                          cli_trace_duration(run, duration, sizeof duration), attempts,
                          cli_name(cli_json_text(run, "task", "-"), task), cli_name(cli_json_text(run, "file", "-"), file));
}
