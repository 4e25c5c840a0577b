#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

static bool continuation(unsigned char c) { return (c & 0xc0) == 0x80; }

size_t cap_utf8_sequence(const char *text, size_t length) {
    const unsigned char *s = (const unsigned char *)text;
    if (!length) return 0;
    if (s[0] < 0x80) return 1;
    if (s[0] < 0xc2 || s[0] > 0xf4) return 0;
    size_t need = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (length < need || !continuation(s[1])) return 0;
    if (s[0] == 0xe0 && s[1] < 0xa0) return 0; /* overlong */
    if (s[0] == 0xed && s[1] > 0x9f) return 0; /* surrogate */
    if (s[0] == 0xf0 && s[1] < 0x90) return 0; /* overlong */
    if (s[0] == 0xf4 && s[1] > 0x8f) return 0; /* above U+10FFFF */
    for (size_t i = 2; i < need; i++)
        if (!continuation(s[i])) return 0;
    return need;
}

/* Bytes of ASCII in front, as far as eight at a time can tell: most text is nothing else. */
static size_t ascii_ahead(const char *text, size_t length) {
    size_t count = 0;
    for (uint64_t eight; length - count >= sizeof eight; count += sizeof eight) {
        memcpy(&eight, text + count, sizeof eight);
        if (eight & UINT64_C(0x8080808080808080)) break;
    }
    return count;
}

bool cap_utf8_valid(const char *text, size_t length) {
    size_t i = ascii_ahead(text, length);
    while (i < length) {
        size_t step = cap_utf8_sequence(text + i, length - i);
        if (!step) return false;
        i += step;
        i += ascii_ahead(text + i, length - i);
    }
    return true;
}

size_t cap_utf8_cut(const char *text, size_t length) {
    size_t start = length;
    while (start > 0 && length - start < 3 && continuation((unsigned char)text[start - 1])) start--;
    if (start == 0) return length;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t need = lead < 0xc2 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    return length - (start - 1) < need ? start - 1 : length;
}
