#include "task/envelope.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define TRUNCATION_MARK "\n[output truncated]\n"
#define ENVELOPE_MAX ((size_t)4 << 30)

__attribute__((format(printf, 3, 4))) static void add_value(cap_buffer *out, const char *key, const char *format, ...) {
    cap_buffer_add_json_key(out, key);
    va_list arguments;
    va_start(arguments, format);
    cap_buffer_add_vformat(out, format, arguments);
    va_end(arguments);
}

static void add_error(cap_buffer *out, const cap_verdict *verdict) {
    cap_buffer_add_json_key(out, "error");
    if (!verdict->error_type) {
        cap_buffer_add_text(out, "null");
        return;
    }
    cap_buffer_add_text(out, "{");
    cap_buffer_add_json_member(out, "error_type", verdict->error_type);
    cap_buffer_add_json_member(out, "message", verdict->message ? verdict->message : "");
    cap_buffer_add_json_member(out, "traceback", verdict->traceback);
    cap_buffer_add_json_member(out, "limit", verdict->limit);
    if (verdict->limit) {
        add_value(out, "used", "%llu", (unsigned long long)verdict->used);
        add_value(out, "allowed", "%llu", (unsigned long long)verdict->allowed);
    } else {
        cap_buffer_add_json_member(out, "used", NULL);
        cap_buffer_add_json_member(out, "allowed", NULL);
    }
    if (strcmp(verdict->error_type, "exit") == 0)
        add_value(out, "exit_code", "%d", verdict->exit_code);
    else
        cap_buffer_add_json_member(out, "exit_code", NULL);
    cap_buffer_add_json_member(out, "hint", verdict->hint);
    cap_buffer_add_text(out, "}");
}

void cap_retried_to_json(const cap_retried *retried, size_t count, cap_buffer *out) {
    cap_buffer_add_text(out, "[");
    for (size_t i = 0; i < count; i++) {
        cap_buffer_add_text(out, i ? ",{" : "{");
        cap_buffer_add_json_member(out, "error_type", retried[i].error_type);
        cap_buffer_add_json_member(out, "message", retried[i].message);
        add_value(out, "delay_ms", "%llu", (unsigned long long)(retried[i].delay_ns / 1000000u));
        cap_buffer_add_text(out, "}");
    }
    cap_buffer_add_text(out, "]");
}

static void add_execution(cap_buffer *out, const cap_execution *execution) {
    cap_buffer_add_json_key(out, "execution");
    cap_buffer_add_text(out, "{");
    cap_buffer_add_json_member(out, "task_name", execution->task_name);
    add_value(out, "duration_ms", "%llu", (unsigned long long)(execution->duration_ns / 1000000u));
    add_value(out, "retries", "%u", execution->attempts ? execution->attempts - 1 : 0);
    add_value(out, "fuel_consumed", "%llu", (unsigned long long)execution->fuel);
    add_value(out, "ram_used", "%llu", (unsigned long long)execution->ram);
    add_value(out, "host_requests", "[]");
    cap_buffer_add_json_member(out, "run_id", execution->id);
    add_value(out, "attempts", "%u", execution->attempts);
    add_value(out, "cpu_ms", "%llu", (unsigned long long)(execution->cpu_ns / 1000000u));
    add_value(out, "output_bytes", "%llu", (unsigned long long)execution->output_bytes);
    cap_buffer_add_json_member(out, "language", execution->language);
    cap_buffer_add_json_member(out, "snapshot", execution->snapshot);
    add_value(out, "deterministic", execution->deterministic ? "true" : "false");
    cap_buffer_add_json_key(out, "retried");
    cap_retried_to_json(execution->retried, execution->retried_count, out);
    cap_buffer_add_text(out, "}");
}

static void add_stream(cap_buffer *out, const char *key, const cap_capture *capture, int stream) {
    const cap_buffer *bytes = &capture->streams[stream];
    size_t length = bytes->length;
    cap_buffer_add_json_key(out, key);
    if (!capture->truncated[stream]) {
        cap_buffer_add_json_string(out, bytes->data ? bytes->data : "", length);
        return;
    }
    /* The head, whole characters, and a mark. */
    cap_autobuffer cap_buffer marked;
    cap_buffer_init(&marked, length + sizeof TRUNCATION_MARK);
    cap_buffer_add(&marked, bytes->data ? bytes->data : "", cap_utf8_cut(bytes->data ? bytes->data : "", length));
    cap_buffer_add_text(&marked, TRUNCATION_MARK);
    cap_buffer_add_json_string(out, marked.data ? marked.data : "", marked.length);
}

char *cap_envelope_make(const cap_execution *execution, size_t *ret_length) {
    cap_buffer out;
    cap_buffer_init(&out, ENVELOPE_MAX);
    const cap_verdict *verdict = execution->verdict;
    const cap_capture *capture = execution->capture;
    cap_buffer_add_text(&out, "{");
    add_value(&out, "success", verdict->error_type ? "false" : "true");
    cap_buffer_add_json_key(&out, "result");
    cap_buffer_add_text(&out, !verdict->error_type && verdict->value ? verdict->value : "null");
    add_error(&out, verdict);
    add_execution(&out, execution);
    add_stream(&out, "stdout", capture, 0);
    add_stream(&out, "stderr", capture, 1);
    add_value(&out, "stdout_truncated", capture->truncated[0] ? "true" : "false");
    add_value(&out, "stderr_truncated", capture->truncated[1] ? "true" : "false");
    cap_buffer_add_text(&out, "}");
    if (ret_length) *ret_length = out.length;
    return cap_buffer_take(&out);
}
