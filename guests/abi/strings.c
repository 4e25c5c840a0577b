/* Functions of the C library over strings and bytes, eight bytes at a time.
 *
 * Those of zig's library go byte by byte (memcmp, memchr, strlen), and its strchr measures the whole string before it looks
 * at the first byte, so that a loop over the lines of a text takes quadratic time: compiling 220 KB of Python cost 18e9
 * units. A guest links this file before the library.
 *
 * Reading whole words may read beyond a string's end, but never beyond its aligned word, and so never beyond memory. */
#include <stddef.h>
#include <stdint.h>

#define WORD sizeof(uint64_t)
#define ONES UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

/* In a program that defines the functions below a compiler must not turn their loops into calls of them. */
#if defined(__clang__)
#define PLAIN __attribute__((no_builtin))
#else
#define PLAIN __attribute__((optimize("no-tree-loop-distribute-patterns")))
#endif

typedef uint64_t __attribute__((may_alias)) word;
typedef struct {
    uint64_t value;
} __attribute__((packed, may_alias)) unaligned;

/* Not 0 when a byte of `value` is 0; its lowest set bit is in the first such byte. */
static inline uint64_t zeros(uint64_t value) { return (value - ONES) & ~value & HIGHS; }

static inline unsigned first_byte(uint64_t marks) { return (unsigned)__builtin_ctzll(marks) / 8; }

PLAIN int memcmp(const void *a, const void *b, size_t length) {
    const unsigned char *x = a, *y = b;
    for (; length >= WORD; x += WORD, y += WORD, length -= WORD) {
        uint64_t p = ((const unaligned *)x)->value, q = ((const unaligned *)y)->value;
        if (p == q) continue;
        p = __builtin_bswap64(p);
        q = __builtin_bswap64(q);
        return p < q ? -1 : 1;
    }
    for (; length; x++, y++, length--)
        if (*x != *y) return *x - *y;
    return 0;
}

PLAIN void *memchr(const void *bytes, int value, size_t length) {
    const unsigned char *at = bytes, wanted = (unsigned char)value;
    const uint64_t pattern = wanted * ONES;
    for (; length >= WORD; at += WORD, length -= WORD) {
        uint64_t marks = zeros(((const unaligned *)at)->value ^ pattern);
        if (marks) return (void *)(uintptr_t)(at + first_byte(marks));
    }
    for (; length; at++, length--)
        if (*at == wanted) return (void *)(uintptr_t)at;
    return NULL;
}

PLAIN void *memrchr(const void *bytes, int value, size_t length) {
    const unsigned char *start = bytes, wanted = (unsigned char)value;
    const uint64_t pattern = wanted * ONES;
    while (length >= WORD && !zeros(((const unaligned *)(start + length - WORD))->value ^ pattern)) length -= WORD;
    while (length)
        if (start[--length] == wanted) return (void *)(uintptr_t)(start + length);
    return NULL;
}

PLAIN size_t strlen(const char *text) {
    const char *at = text;
    for (; (uintptr_t)at % WORD; at++)
        if (!*at) return (size_t)(at - text);
    uint64_t marks;
    while (!(marks = zeros(*(const word *)(const void *)at))) at += WORD;
    return (size_t)(at + first_byte(marks) - text);
}

PLAIN char *strchrnul(const char *text, int value) {
    const unsigned char *at = (const unsigned char *)text, wanted = (unsigned char)value;
    const uint64_t pattern = wanted * ONES;
    for (; (uintptr_t)at % WORD; at++)
        if (!*at || *at == wanted) return (char *)(uintptr_t)at;
    for (;; at += WORD) {
        uint64_t bytes = *(const word *)(const void *)at;
        uint64_t marks = zeros(bytes) | zeros(bytes ^ pattern);
        if (marks) return (char *)(uintptr_t)(at + first_byte(marks));
    }
}

char *__strchrnul(const char *text, int value) { return strchrnul(text, value); }

char *strchr(const char *text, int value) {
    char *at = strchrnul(text, value);
    return *(unsigned char *)at == (unsigned char)value ? at : NULL;
}
