/* compute: "LOW", "MEDIUM", "HIGH" in any case, or a whole number of units. */
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "policy/options.h"
#include "policy/policy.h"

static const struct {
    const char *name;
    uint64_t units;
} classes[] = {
    {"LOW", CAP_COMPUTE_LOW},
    {"MEDIUM", CAP_COMPUTE_MEDIUM},
    {"HIGH", CAP_COMPUTE_HIGH},
};

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/* Digits only, from 1 to UINT64_MAX (which is as good as none). */
static int parse_units(const char *text, size_t length, uint64_t *ret_units) {
    uint64_t units = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') return -1;
        if (__builtin_mul_overflow(units, 10u, &units) ||
            __builtin_add_overflow(units, (unsigned)(text[i] - '0'), &units))
            return -1;
    }
    if (units == 0) return -1;
    *ret_units = units;
    return 0;
}

int cap_parse_compute(const char *option, const char *text, uint64_t *ret_units, capsule_error **error) {
    size_t full = strlen(text), length = full;
    const char *start = text;
    while (length && is_space(*start)) start++, length--;
    while (length && is_space(start[length - 1])) length--;
    for (size_t i = 0; i < CAP_COUNT(classes); i++)
        if (length == strlen(classes[i].name) && !strncasecmp(start, classes[i].name, length)) {
            *ret_units = classes[i].units;
            return 0;
        }
    if (length && parse_units(start, length, ret_units) == 0) return 0;
    return cap_option_invalid(option, text, full, cap_kind_accepts(CAP_KIND_COMPUTE), error);
}
