/* Sizes: a decimal number and a unit in any case. KB, KiB and K all are 1,024 bytes, as in the reference, and so on
 * upwards; a bare whole number is bytes. */
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "policy/decimal.h"
#include "policy/options.h"
#include "policy/policy.h"

static const struct {
    const char *name;
    unsigned shift;
} units[] = {
    {"", 0},    {"B", 0},    {"K", 10},   {"KB", 10},  {"KiB", 10}, {"M", 20},   {"MB", 20},
    {"MiB", 20}, {"G", 30},  {"GB", 30},  {"GiB", 30}, {"T", 40},   {"TB", 40},  {"TiB", 40},
};

static bool is_space(char c) { return c == ' ' || c == '\t'; }

static int parse(const char *text, uint64_t *ret_bytes) {
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

int cap_parse_size(const char *option, const char *text, uint64_t *ret_bytes, capsule_error **error) {
    if (parse(text, ret_bytes) == 0) return 0;
    return cap_option_invalid(option, text, strlen(text), cap_kind_accepts(CAP_KIND_SIZE), error);
}
