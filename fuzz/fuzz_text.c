/* What stands between a guest's bytes and a person's terminal or a file: the filter for terminals, cutting UTF-8, JSON
 * strings, one-line errors, and envelopes cut to fit into the trace.
 *
 * Input: one byte that chooses, then the text. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/utf8.h"
#include "cli/filter.h"
#include "must.h"
#include "store/trace_internal.h"
#include "yyjson.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { TEXT_MAX = 1 << 20 };

/* ---- The filter ---- */

/* Length of a colour sequence at `text`, 0 when it is none. */
static size_t colour(const char *text, size_t length) {
    if (length < 3 || text[0] != 0x1b || text[1] != '[') return 0;
    size_t end = 2 + strspn(text + 2, "0123456789;:");
    return end < length && text[end] == 'm' ? end + 1 : 0;
}

/* Nothing a terminal would obey but line breaks, tabs and colours; and the last colour is taken back. */
static void check_shown(const char *text, size_t length) {
    bool coloured = false;
    for (size_t i = 0; i < length;) {
        unsigned char c = (unsigned char)text[i];
        size_t step = cap_utf8_sequence(text + i, length - i);
        MUST(step); /* valid UTF-8 */
        if (c == 0x1b) {
            step = colour(text + i, length - i);
            MUST(step && step <= CLI_FILTER_HELD_MAX);
            coloured = !(step == 3 || (step == 4 && text[i + 2] == '0'));
        } else {
            MUST(c >= 0x20 || c == '\n' || c == '\t' || (c == '\r' && i + 1 < length && text[i + 1] == '\n'));
            MUST(c != 0x7f);
            MUST(!(c == 0xc2 && (unsigned char)text[i + 1] < 0xa0));                                 /* C1 controls */
            MUST(!(c == 0xe2 && (unsigned char)text[i + 1] == 0x80 && (unsigned char)text[i + 2] >= 0xa8 &&
                   (unsigned char)text[i + 2] <= 0xae));                                             /* lines, embeddings */
            MUST(!(c == 0xe2 && (unsigned char)text[i + 1] == 0x81 && (unsigned char)text[i + 2] >= 0xa6 &&
                   (unsigned char)text[i + 2] <= 0xa9));                                             /* isolates */
        }
        i += step;
    }
    MUST(!coloured);
}

/* The text in pieces of `piece` bytes (0: whole). */
static void show(const uint8_t *bytes, size_t length, size_t piece, cap_buffer *out) {
    cli_filter filter = {0};
    cap_buffer_init(out, TEXT_MAX);
    for (size_t at = 0; at < length;) {
        size_t step = piece && piece < length - at ? piece : length - at;
        cli_filter_add(&filter, bytes + at, step, out);
        at += step;
    }
    cli_filter_end(&filter, out);
    MUST(!out->failed && out->length <= CLI_FILTER_GROWTH * length + 4);
}

static void try_filter(const uint8_t *bytes, size_t length) {
    cap_buffer whole, pieces;
    show(bytes, length, 0, &whole);
    if (whole.length) check_shown(whole.data, whole.length);
    for (size_t piece = 1; piece < 4; piece += 2) {
        show(bytes, length, piece, &pieces);
        MUST(pieces.length == whole.length && (!whole.length || memcmp(pieces.data, whole.data, whole.length) == 0));
        cap_buffer_free(&pieces);
    }
    cap_buffer_free(&whole);
}

/* ---- Texts ---- */

static void try_utf8(const char *text, size_t length) {
    bool valid = cap_utf8_valid(text, length);
    for (size_t maximum = 0; maximum <= length && maximum < 64; maximum++) {
        size_t cut = cap_utf8_cut(text, maximum);
        MUST(cut <= maximum);
        if (valid) MUST(cap_utf8_valid(text, cut) && maximum - cut < 4);
    }
}

static void try_json_string(const char *text, size_t length) {
    cap_buffer out;
    cap_buffer_init(&out, TEXT_MAX);
    MUST(cap_buffer_add_json_string(&out, text, length) == 0);
    yyjson_doc *document = yyjson_read(out.data, out.length, 0);
    yyjson_val *value = yyjson_doc_get_root(document);
    MUST(yyjson_is_str(value));
    if (cap_utf8_valid(text, length))
        MUST(yyjson_get_len(value) == length && (!length || memcmp(yyjson_get_str(value), text, length) == 0));
    yyjson_doc_free(document);
    cap_buffer_free(&out);
}

static void try_error(const char *text, size_t length) {
    capsule_error *error = NULL;
    char *copy = strndup(text, length);
    cap_error_set(&error, CAPSULE_CONFIG, "\"%s\"", copy);
    cap_error_context(&error, "%.40s", copy);
    cap_error_detail(&error, text, length);
    for (const char *p = capsule_error_message(error); *p; p++) MUST((unsigned char)*p >= 0x20 && *p != 0x7f);
    capsule_error_free(error);
    free(copy);
}

/* ---- Envelopes for the trace ---- */

static void try_cut(const char *text, size_t length, size_t maximum) {
    char *copy = strndup(text, length), *owned = NULL;
    const char *cut = cap_trace_cut_envelope(copy, maximum, &owned);
    if (cut) MUST(strlen(cut) <= maximum);
    if (owned) {
        yyjson_doc *document = yyjson_read(owned, strlen(owned), YYJSON_READ_NUMBER_AS_RAW);
        MUST(yyjson_is_obj(yyjson_doc_get_root(document)));
        yyjson_doc_free(document);
    }
    free(owned);
    free(copy);
}

/* An envelope whose texts are long enough to be cut, with the input in them. */
static void try_long(const char *text, size_t length) {
    cap_buffer out;
    cap_buffer_init(&out, TEXT_MAX);
    cap_buffer_add_text(&out, "{\"result\":[1],\"error\":{\"message\":");
    cap_buffer_add_json_string(&out, text, length);
    cap_buffer_add_text(&out, "},\"stdout\":\"");
    for (int i = 0; i < 300; i++) cap_buffer_add_text(&out, "\xe2\x82\xac");
    cap_buffer_add_text(&out, "\",\"stderr\":");
    cap_buffer_add_json_string(&out, text, length);
    cap_buffer_add_text(&out, "}");
    MUST(!out.failed);
    try_cut(out.data, out.length, 600 + length % 256);
    cap_buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length == 0) return 0;
    const char *text = (const char *)bytes + 1;
    uint8_t chosen = bytes[0];
    length--;
    switch (chosen & 7) {
    case 0: try_utf8(text, length); break;
    case 1: try_json_string(text, length); break;
    case 2: try_error(text, length); break;
    case 3: try_cut(text, length, 1 + (chosen >> 3)); break;
    case 4: try_long(text, length); break;
    default: try_filter(bytes + 1, length); break;
    }
    return 0;
}
