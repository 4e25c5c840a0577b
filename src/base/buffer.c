#include "base/buffer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

void cap_buffer_init(cap_buffer *buffer, size_t maximum) { *buffer = (cap_buffer){.maximum = maximum}; }

void cap_buffer_free(cap_buffer *buffer) {
    free(buffer->data);
    *buffer = (cap_buffer){.maximum = buffer->maximum};
}

void cap_buffer_clear(cap_buffer *buffer) {
    buffer->length = 0;
    buffer->failed = false;
    if (buffer->data) buffer->data[0] = 0;
}

static int fail(cap_buffer *buffer) {
    cap_buffer_free(buffer);
    buffer->failed = true;
    return -1;
}

static int grow(cap_buffer *buffer, size_t more) {
    if (buffer->failed) return -1;
    if (more > buffer->maximum - buffer->length) return fail(buffer);
    size_t needed = buffer->length + more + 1;
    size_t capacity = buffer->capacity ? buffer->capacity : 64;
    while (capacity < needed) capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    if (capacity > buffer->maximum + 1) capacity = buffer->maximum + 1;
    char *data = realloc(buffer->data, capacity);
    if (!data) return fail(buffer);
    buffer->data = data;
    buffer->capacity = capacity;
    return 0;
}

/* Room for `more` bytes and the NUL. (A buffer with a capacity has not failed, and that is at most maximum + 1.) */
static inline int reserve(cap_buffer *buffer, size_t more) {
    return more < buffer->capacity - buffer->length ? 0 : grow(buffer, more);
}

int cap_buffer_reserve(cap_buffer *buffer, size_t more) { return reserve(buffer, more); }

/* Where reserve() made room. */
static inline void append(cap_buffer *buffer, const void *bytes, size_t length) {
    if (length) memcpy(buffer->data + buffer->length, bytes, length);
    buffer->length += length;
    buffer->data[buffer->length] = 0;
}

int cap_buffer_add(cap_buffer *buffer, const void *bytes, size_t length) {
    if (reserve(buffer, length) < 0) return -1;
    append(buffer, bytes, length);
    return 0;
}

int cap_buffer_add_text(cap_buffer *buffer, const char *text) { return cap_buffer_add(buffer, text, strlen(text)); }

int cap_buffer_add_vformat(cap_buffer *buffer, const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    size_t room = buffer->capacity - buffer->length;
    int length = vsnprintf(room ? buffer->data + buffer->length : NULL, room, format, again);
    va_end(again);
    if (length < 0) return fail(buffer);
    if ((size_t)length >= room) {
        if (reserve(buffer, (size_t)length) < 0) return -1;
        vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, arguments);
    }
    buffer->length += (size_t)length;
    return 0;
}

int cap_buffer_add_number(cap_buffer *buffer, uint64_t number) {
    char digits[20];
    size_t at = sizeof digits;
    do digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    return cap_buffer_add(buffer, digits + at, sizeof digits - at);
}

int cap_buffer_add_format(cap_buffer *buffer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int status = cap_buffer_add_vformat(buffer, format, arguments);
    va_end(arguments);
    return status;
}

char *cap_buffer_take(cap_buffer *buffer) {
    if (!buffer->failed && !buffer->data) cap_buffer_add(buffer, "", 0);
    if (buffer->failed) return NULL;
    char *data = buffer->data;
    *buffer = (cap_buffer){.maximum = buffer->maximum};
    return data;
}

static const char *short_escape(unsigned char c) {
    switch (c) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    case '\b': return "\\b";
    case '\f': return "\\f";
    default: return NULL;
    }
}

static inline bool is_plain(unsigned char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

int cap_buffer_add_json_string(cap_buffer *buffer, const char *text, size_t length) {
    size_t start = 0, i = 0;
    while (i < length && is_plain((unsigned char)text[i])) i++;
    if (length < SIZE_MAX - 2) reserve(buffer, length + 2); /* most are plain, and then this is enough */
    cap_buffer_add(buffer, "\"", 1);
    while (i < length) {
        unsigned char c = (unsigned char)text[i];
        size_t step = c < 0x80 ? 1 : cap_utf8_sequence(text + i, length - i);
        if (is_plain(c) || (c >= 0x80 && step)) {
            i += step;
            continue;
        }
        cap_buffer_add(buffer, text + start, i - start);
        const char *escape = short_escape(c);
        if (escape)
            cap_buffer_add_text(buffer, escape);
        else if (!step)
            cap_buffer_add_text(buffer, "\xef\xbf\xbd"); /* U+FFFD */
        else
            cap_buffer_add_format(buffer, "\\u%04x", c);
        start = ++i;
    }
    cap_buffer_add(buffer, text + start, length - start);
    return cap_buffer_add(buffer, "\"", 1);
}

int cap_buffer_add_json_key(cap_buffer *buffer, const char *key) {
    if (buffer->length && buffer->data[buffer->length - 1] != '{') cap_buffer_add(buffer, ",", 1);
    cap_buffer_add_json_string(buffer, key, strlen(key));
    return cap_buffer_add(buffer, ":", 1);
}

int cap_buffer_add_json_member(cap_buffer *buffer, const char *key, const char *text) {
    cap_buffer_add_json_key(buffer, key);
    return text ? cap_buffer_add_json_string(buffer, text, strlen(text)) : cap_buffer_add_text(buffer, "null");
}
