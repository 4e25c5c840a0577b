#include "cli/worker/replies.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "cli/report.h"

#define REPLY_MAX_BYTES (512u << 20)
#define MESSAGE_SHOWN_MAX (64u << 10) /* bytes of an error's message or detail in a reply */

static void add_member(cap_buffer *out, const char *key, const char *text) {
    size_t length = strlen(text);
    cap_buffer_add_json_key(out, key);
    cap_buffer_add_json_string(out, text, length > MESSAGE_SHOWN_MAX ? cap_utf8_cut(text, MESSAGE_SHOWN_MAX) : length);
}

static void queue_buffer(cli_output *output, cap_buffer *line, bool wait) {
    cap_buffer_add_text(line, "}\n");
    size_t length = line->length;
    cli_output_queue(output, cap_buffer_take(line), length, wait);
}

void cli_reply_error(cli_output *output, const char *id, const char *type, const char *message, const char *detail,
                     bool wait) {
    cap_buffer line;
    cap_buffer_init(&line, REPLY_MAX_BYTES);
    cap_buffer_add_text(&line, "{");
    add_member(&line, "id", id ? id : "unknown");
    add_member(&line, "error", message);
    add_member(&line, "error_type", type);
    if (detail) add_member(&line, "detail", detail);
    queue_buffer(output, &line, wait);
}

void cli_reply_envelope(cli_output *output, const char *id, const char *envelope, bool wait) {
    cap_buffer line;
    cap_buffer_init(&line, REPLY_MAX_BYTES);
    cap_buffer_add_text(&line, "{");
    add_member(&line, "id", id);
    cap_buffer_add_json_key(&line, "output");
    cap_buffer_add_text(&line, envelope);
    queue_buffer(output, &line, wait);
}

void cli_reply_outcome(cli_output *output, const char *id, const char *type, const char *message) {
    cap_autobuffer cap_buffer envelope;
    cap_buffer_init(&envelope, REPLY_MAX_BYTES);
    cli_report_envelope(&envelope, type, message, NULL);
    if (envelope.failed)
        cli_output_queue(output, NULL, 0, false);
    else
        cli_reply_envelope(output, id, envelope.data, false);
}
