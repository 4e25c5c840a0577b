#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/decimal.h"

static const struct {
    const char *name;
    unsigned shift;
} units[] = {
    {"", 0},    {"B", 0},    {"K", 10},   {"KB", 10},  {"KiB", 10}, {"M", 20},   {"MB", 20},
    {"MiB", 20}, {"G", 30},  {"GB", 30},  {"GiB", 30}, {"T", 40},   {"TB", 40},  {"TiB", 40},
};

static bool is_space(char c) { return c == ' ' || c == '\t'; }

int cap_size_read(const char *text, uint64_t *ret_bytes) {
    cap_decimal number;
    while (is_space(*text)) text++;
    if (cap_decimal_read(&text, &number) < 0) return -1;
    while (is_space(*text)) text++;
    size_t length = strlen(text);
    while (length && is_space(text[length - 1])) length--;
    for (size_t i = 0; i < CAP_COUNT(units); i++) {
        if (strlen(units[i].name) != length || strncasecmp(text, units[i].name, length)) continue;
        if (units[i].shift == 0 && number.scale != 1) return -1; /* half a byte is a slip of the pen */
        return cap_decimal_scale(&number, UINT64_C(1) << units[i].shift, ret_bytes);
    }
    return -1;
}
