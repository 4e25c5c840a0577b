/* Unsigned decimal numbers with an optional fraction, scaled exactly: "1.5" of a GB is 1610612736, never 1610612735.9. */
#ifndef CAP_BASE_DECIMAL_H
#define CAP_BASE_DECIMAL_H

#include <stdint.h>

typedef struct cap_decimal {
    uint64_t whole;
    uint64_t fraction; /* numerator over `scale`; digits behind the 18th are below any unit and dropped */
    uint64_t scale;    /* power of ten */
} cap_decimal;

/* Reads digits[.digits] at *cursor and moves it behind them. -1 (cursor unmoved) when there is no digit, a point without
 * digits on both sides, or a whole part above UINT64_MAX. No signs, exponents or separators. */
int cap_decimal_read(const char **cursor, cap_decimal *ret_decimal);

/* A size in bytes: a decimal number and a unit in any case. KB, KiB and K all are 1,024 bytes, as in the reference, and so on
 * upwards; a bare whole number is bytes. -1 when the text is none. */
int cap_size_read(const char *text, uint64_t *ret_bytes);

/* decimal x unit, rounded down; -1 when above UINT64_MAX - 1 (the highest value means "no limit" elsewhere). */
int cap_decimal_scale(const cap_decimal *decimal, uint64_t unit, uint64_t *ret_value);

#endif
