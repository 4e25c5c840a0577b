#include "task/envelope.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define TRUNCATION_MARK "\n[output truncated]\n"
#define ENVELOPE_MAX ((size_t)4 << 30)
#define USUAL_BYTES 767u /* of an envelope with a short result */

static void add_number(cap_buffer *out, const char *key, uint64_t number) {
    cap_buffer_add_json_key(out, key);
    cap_buffer_add_number(out, number);
}

static void add_truth(cap_buffer *out, const char *key, bool truth) {
    cap_buffer_add_json_key(out, key);
    cap_buffer_add_text(out, truth ? "true" : "false");
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
        add_number(out, "used", verdict->used);
        add_number(out, "allowed", verdict->allowed);
    } else {
        cap_buffer_add_json_member(out, "used", NULL);
        cap_buffer_add_json_member(out, "allowed", NULL);
    }
    if (strcmp(verdict->error_type, "exit") == 0) {
        cap_buffer_add_json_key(out, "exit_code");
        cap_buffer_add_format(out, "%d", verdict->exit_code);
    } else {
        cap_buffer_add_json_member(out, "exit_code", NULL);
    }
    cap_buffer_add_json_member(out, "hint", verdict->hint);
    cap_buffer_add_text(out, "}");
}

void cap_retried_to_json(const cap_retried *retried, size_t count, cap_buffer *out) {
    cap_buffer_add_text(out, "[");
    for (size_t i = 0; i < count; i++) {
        cap_buffer_add_text(out, i ? ",{" : "{");
        cap_buffer_add_json_member(out, "error_type", retried[i].error_type);
        cap_buffer_add_json_member(out, "message", retried[i].message);
        add_number(out, "delay_ms", retried[i].delay_ns / 1000000u);
        cap_buffer_add_text(out, "}");
    }
    cap_buffer_add_text(out, "]");
}

static void add_execution(cap_buffer *out, const cap_execution *execution) {
    cap_buffer_add_json_key(out, "execution");
    cap_buffer_add_text(out, "{");
    cap_buffer_add_json_member(out, "task_name", execution->task_name);
    add_number(out, "duration_ms", execution->duration_ns / 1000000u);
    add_number(out, "retries", execution->attempts ? execution->attempts - 1 : 0);
    add_number(out, "fuel_consumed", execution->fuel);
    add_number(out, "ram_used", execution->ram);
    cap_buffer_add_json_key(out, "host_requests");
    cap_buffer_add_text(out, "[]");
    cap_buffer_add_json_member(out, "run_id", execution->id);
    add_number(out, "attempts", execution->attempts);
    add_number(out, "cpu_ms", execution->cpu_ns / 1000000u);
    add_number(out, "output_bytes", execution->output_bytes);
    cap_buffer_add_json_member(out, "language", execution->language);
    cap_buffer_add_json_member(out, "snapshot", execution->snapshot);
    add_truth(out, "deterministic", execution->deterministic);
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
    cap_buffer_reserve(&out, USUAL_BYTES);
    cap_buffer_add_text(&out, "{");
    add_truth(&out, "success", !verdict->error_type);
    cap_buffer_add_json_key(&out, "result");
    cap_buffer_add_text(&out, !verdict->error_type && verdict->value ? verdict->value : "null");
    add_error(&out, verdict);
    add_execution(&out, execution);
    add_stream(&out, "stdout", capture, 0);
    add_stream(&out, "stderr", capture, 1);
    add_truth(&out, "stdout_truncated", capture->truncated[0]);
    add_truth(&out, "stderr_truncated", capture->truncated[1]);
    cap_buffer_add_text(&out, "}");
    if (ret_length) *ret_length = out.length;
    return cap_buffer_take(&out);
}
