#include "wasi/spelling.h"

#include <stdint.h>
#include <string.h>

#include "wasi/path.h"

/* Code points that have no glyph: file systems that fold names leave them out when they compare. */
static bool is_invisible(uint32_t c) {
    static const struct {
        uint32_t first, last;
    } ranges[] = {{0xad, 0xad},     {0x34f, 0x34f},   {0x61c, 0x61c},   {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f},
                  {0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},
                  {0xffa0, 0xffa0}, {0xfff0, 0xfff8}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (c >= ranges[i].first && c <= ranges[i].last) return true;
    return false;
}

/* The next code point of valid UTF-8. */
static uint32_t next_point(const char **at) {
    const unsigned char *bytes = (const unsigned char *)*at;
    uint32_t point = *bytes;
    int more = point < 0xc0 ? 0 : point < 0xe0 ? 1 : point < 0xf0 ? 2 : 3;
    if (more) point &= 0x3fu >> more;
    for (int i = 1; i <= more && (bytes[i] & 0xc0) == 0x80; i++) point = point << 6 | (bytes[i] & 0x3fu);
    for (++*at; (**at & 0xc0) == 0x80; ++*at) continue;
    return point;
}

/* The name as the most forgiving file system reads it: without case, without what has no glyph, the long s as an s, without
 * dots and blanks at the end. Other characters than ASCII become one that no name of ours has. */
static void fold(const char *name, char folded[CAP_NAME_MAX + 1]) {
    const uint32_t long_s = 0x17f;
    size_t length = 0;
    while (*name && length < CAP_NAME_MAX) {
        uint32_t c = next_point(&name);
        if (is_invisible(c)) continue;
        folded[length++] = c == long_s ? 's' : c >= 0x80 ? '?' : (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    while (length && (folded[length - 1] == '.' || folded[length - 1] == ' ')) length--;
    folded[length] = '\0';
}

bool cap_name_spells(const char *name, const char *wanted, bool suffixes) {
    char folded[CAP_NAME_MAX + 1];
    fold(name, folded);
    size_t length = strlen(wanted);
    if (strcmp(folded, wanted) == 0) return true;
    if (suffixes && strncmp(folded, wanted, length) == 0 && folded[length] == '.') return true;
    const char *letters = wanted + (wanted[0] == '.');
    size_t stem = strcspn(letters, ".");
    if (stem > 6) stem = 6;
    return strncmp(folded, letters, stem) == 0 && folded[stem] == '~' && folded[stem + 1] >= '0' && folded[stem + 1] <= '9';
}
