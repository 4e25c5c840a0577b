/* UTF-8 as RFC 3629 defines it: no surrogates, no overlong forms, at most U+10FFFF. */
#ifndef CAP_BASE_UTF8_H
#define CAP_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Length (1 to 4) of the valid sequence at the start of text, 0 when there is none within `length` bytes. */
size_t cap_utf8_sequence(const char *text, size_t length);
bool cap_utf8_valid(const char *text, size_t length);
/* Longest prefix of at most `length` bytes that does not cut a sequence in two. */
size_t cap_utf8_cut(const char *text, size_t length);

#endif
