#include "cli/filter.h"

#include <string.h>

#include "base/utf8.h"

/* Control characters as ^X; other bytes and characters as \xNN and \uNNNN, which JSON text survives. */
static void show_byte(unsigned char c, cap_buffer *out) {
    if (c < 0x20)
        cap_buffer_add_format(out, "^%c", c + '@');
    else if (c == 0x7f)
        cap_buffer_add_text(out, "\\u007f");
    else if (c < 0x80)
        cap_buffer_add(out, &c, 1);
    else
        cap_buffer_add_format(out, "\\x%02x", c);
}

static void show_held(cli_filter *filter, cap_buffer *out) {
    for (size_t i = 0; i < filter->held_length; i++) show_byte(filter->held[i], out);
    filter->held_length = 0;
    filter->state = CLI_TEXT;
}

static void hold(cli_filter *filter, unsigned char c, int state) {
    filter->held[filter->held_length++] = c;
    filter->state = state;
}

/* Characters that control without looking like it: C1 controls, line separators, and the marks that reorder text. */
static bool is_hidden_control(unsigned code) {
    return (code >= 0x80 && code < 0xa0) || code == 0x2028 || code == 0x2029 || (code >= 0x202a && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

/* A complete sequence of the length its first byte announced. */
static void end_utf8(cli_filter *filter, cap_buffer *out) {
    const unsigned char *s = filter->held;
    if (cap_utf8_sequence((const char *)s, filter->held_length) != filter->held_length) {
        show_held(filter, out);
        return;
    }
    unsigned code = 0;
    if (filter->held_length == 2) code = (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu);
    if (filter->held_length == 3) code = (s[0] & 0x0fu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
    if (is_hidden_control(code))
        cap_buffer_add_format(out, "\\u%04x", code);
    else
        cap_buffer_add(out, s, filter->held_length);
    filter->held_length = 0;
    filter->state = CLI_TEXT;
}

static void end_colour(cli_filter *filter, cap_buffer *out) {
    size_t parameters = filter->held_length - 3; /* between ESC [ and m */
    filter->coloured = parameters > 1 || (parameters == 1 && filter->held[2] != '0');
    cap_buffer_add(out, filter->held, filter->held_length);
    filter->held_length = 0;
    filter->state = CLI_TEXT;
}

static void add_text_byte(cli_filter *filter, unsigned char c, cap_buffer *out) {
    if (c == '\r') {
        hold(filter, c, CLI_CARRIAGE_RETURN);
    } else if (c == 0x1b) {
        hold(filter, c, CLI_ESCAPE);
    } else if (c == '\n' || c == '\t') {
        cap_buffer_add(out, &c, 1);
    } else if (c >= 0xc2 && c <= 0xf4) {
        filter->utf8_length = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
        hold(filter, c, CLI_UTF8);
    } else {
        show_byte(c, out);
    }
}

/* One byte. False: what was held is shown now, and the byte has to be looked at again. */
static bool add_byte(cli_filter *filter, unsigned char c, cap_buffer *out) {
    switch (filter->state) {
    case CLI_TEXT: add_text_byte(filter, c, out); return true;
    case CLI_CARRIAGE_RETURN: /* only as part of a line break: alone it would overwrite the line */
        if (c != '\n') break;
        cap_buffer_add_text(out, "\r\n");
        filter->held_length = 0;
        filter->state = CLI_TEXT;
        return true;
    case CLI_UTF8:
        if ((c & 0xc0) != 0x80) break;
        hold(filter, c, CLI_UTF8);
        if (filter->held_length == filter->utf8_length) end_utf8(filter, out);
        return true;
    case CLI_ESCAPE:
        if (c != '[') break;
        hold(filter, c, CLI_CSI);
        return true;
    case CLI_CSI:
        if (filter->held_length == CLI_FILTER_HELD_MAX || !(c == 'm' || c == ';' || c == ':' || (c >= '0' && c <= '9')))
            break;
        hold(filter, c, CLI_CSI);
        if (c == 'm') end_colour(filter, out);
        return true;
    }
    show_held(filter, out);
    return false;
}

void cli_filter_add(cli_filter *filter, const void *bytes, size_t length, cap_buffer *out) {
    const unsigned char *p = bytes, *end = p + length;
    while (p < end) {
        const unsigned char *plain = p;
        if (filter->state == CLI_TEXT)
            while (plain < end && *plain >= 0x20 && *plain < 0x7f) plain++;
        if (plain > p) {
            cap_buffer_add(out, p, (size_t)(plain - p));
            p = plain;
        } else if (add_byte(filter, *p, out)) {
            p++;
        }
    }
}

void cli_filter_end(cli_filter *filter, cap_buffer *out) {
    show_held(filter, out);
    if (filter->coloured) cap_buffer_add_text(out, "\x1b[0m");
    filter->coloured = false;
}
