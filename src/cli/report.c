#include "cli/report.h"

#include <string.h>

#include "base/cleanup.h"
#include "cli/failure.h"

#define REPORT_MAX_BYTES (64u << 20)

/* ---- Exit codes and types ---- */

int cli_error_exit(const capsule_error *error) {
    switch (capsule_error_code(error)) {
    case CAPSULE_USAGE:
    case CAPSULE_NOT_FOUND:
    case CAPSULE_CONFIG:
    case CAPSULE_BUILD:
    case CAPSULE_CORRUPT: return CLI_USAGE;
    default: return CLI_FAULT;
    }
}

const char *cli_error_type(const capsule_error *error) {
    switch (capsule_error_code(error)) {
    case CAPSULE_USAGE:
    case CAPSULE_CONFIG: return "config_error";
    case CAPSULE_NOT_FOUND:
    case CAPSULE_BUILD:
    case CAPSULE_CORRUPT: return "build_error";
    case CAPSULE_CANCELLED: return "cancelled";
    default: return "host_fault";
    }
}

static int result_exit(const capsule_result *result, int signal) {
    const char *type = capsule_result_error_type(result);
    if (!type) return CLI_SUCCESS;
    if (!strcmp(type, "cancelled") && signal) return 128 + signal;
    if (!strcmp(type, "config_error") || !strcmp(type, "build_error")) return CLI_USAGE;
    return strcmp(type, "host_fault") ? CLI_FAILED : CLI_FAULT;
}

/* ---- For programs ---- */

void cli_report_envelope(cap_buffer *out, const char *type, const char *message, const char *detail) {
    cap_buffer_add_text(out, "{\"success\":false,\"result\":null,\"error\":{");
    cap_buffer_add_json_member(out, "error_type", type);
    cap_buffer_add_json_member(out, "message", message);
    cap_buffer_add_json_member(out, "traceback", detail);
    cap_buffer_add_text(out, ",\"limit\":null,\"used\":null,\"allowed\":null,\"exit_code\":null,\"hint\":null},"
                             "\"execution\":{\"task_name\":\"main\",\"duration_ms\":0,\"retries\":0,\"fuel_consumed\":0,"
                             "\"ram_used\":0,\"host_requests\":[],\"run_id\":null,\"attempts\":0,\"cpu_ms\":0,"
                             "\"output_bytes\":0,\"language\":null,\"snapshot\":null,\"deterministic\":false,\"retried\":[]},"
                             "\"stdout\":\"\",\"stderr\":\"\",\"stdout_truncated\":false,\"stderr_truncated\":false}");
}

/* ---- For people ---- */

static void print_failure(cli_console *console, const cap_buffer *text) {
    cli_sink_finish(&console->err, true); /* the guest may have left a line unfinished */
    cli_sink_write(&console->err, text->failed ? "" : text->data, text->failed ? 0 : text->length);
    cli_sink_finish(&console->err, true);
}

void cli_report_failure(cli_console *console, const char *type, const char *message, const char *detail) {
    cap_autobuffer cap_buffer text;
    cap_buffer_init(&text, REPORT_MAX_BYTES);
    cli_console_progress(console, NULL);
    if (console->json) {
        cli_report_envelope(&text, type, message, detail);
        cap_buffer_add_text(&text, "\n");
        if (!text.failed) cli_sink_write(&console->out, text.data, text.length);
        cli_sink_finish(&console->out, true);
    } else {
        cli_failure_add(&text, console, type, message, detail);
        print_failure(console, &text);
    }
}

int cli_report_error(cli_console *console, const capsule_error *error) {
    cli_report_failure(console, cli_error_type(error), capsule_error_message(error), capsule_error_detail(error));
    return cli_error_exit(error);
}

static void report_failed_task(cli_console *console, const capsule_result *result) {
    cap_autobuffer cap_buffer text;
    cap_buffer_init(&text, REPORT_MAX_BYTES);
    cli_failure_add(&text, console, capsule_result_error_type(result), capsule_result_error_message(result),
                    capsule_result_traceback(result));
    cli_failure_add_facts(&text, console, capsule_result_envelope(result));
    print_failure(console, &text);
}

int cli_report_result(cli_console *console, const capsule_result *result, int signal) {
    cli_console_end_output(console, true);
    if (console->out.error) return CLI_FAULT; /* whoever owns stdout is told by the caller, or has gone */
    bool success = capsule_result_success(result);
    if (console->json || (success && strcmp(capsule_result_value(result), "null"))) {
        if (!console->out.ended_line) cli_sink_text(&console->out, "\n"); /* not written yet: nobody read */
        cli_sink_text(&console->out, capsule_result_envelope(result));
        cli_sink_write(&console->out, "\n", 1);
        cli_sink_finish(&console->out, true);
    }
    if (!success && !console->json) report_failed_task(console, result);
    return result_exit(result, signal);
}
