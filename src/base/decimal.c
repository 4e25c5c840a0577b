#include "base/decimal.h"

#include <stdbool.h>

#define FRACTION_DIGITS_MAX 18

__extension__ typedef unsigned __int128 wide; /* every supported target has 64-bit registers */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

int cap_decimal_read(const char **cursor, cap_decimal *ret_decimal) {
    const char *p = *cursor;
    cap_decimal decimal = {.scale = 1};
    if (!is_digit(*p)) return -1;
    for (; is_digit(*p); p++)
        if (__builtin_mul_overflow(decimal.whole, 10u, &decimal.whole) ||
            __builtin_add_overflow(decimal.whole, (unsigned)(*p - '0'), &decimal.whole))
            return -1;
    if (*p == '.') {
        if (!is_digit(*++p)) return -1;
        for (int digits = 0; is_digit(*p); p++, digits++) {
            if (digits >= FRACTION_DIGITS_MAX) continue;
            decimal.fraction = decimal.fraction * 10 + (unsigned)(*p - '0');
            decimal.scale *= 10;
        }
    }
    *cursor = p;
    *ret_decimal = decimal;
    return 0;
}

int cap_decimal_scale(const cap_decimal *decimal, uint64_t unit, uint64_t *ret_value) {
    /* Both products stay below 2^128 and so does their sum: whole x unit <= (2^64-1)^2, the rest is below 2^64. */
    wide value = (wide)decimal->whole * unit + (wide)decimal->fraction * unit / decimal->scale;
    if (value >= UINT64_MAX) return -1;
    *ret_value = (uint64_t)value;
    return 0;
}
