/* Durations: one or more numbers with a unit, as humantime writes them ("1h 30m"), fractions too ("1.8s"). A bare 0
 * needs no unit; any other bare number does, because people mean seconds and machines milliseconds. */
#include <string.h>

#include "base/cleanup.h"
#include "base/decimal.h"
#include "policy/options.h"
#include "policy/policy.h"

#define NS_PER_SECOND UINT64_C(1000000000)
#define NS_PER_DAY (UINT64_C(86400) * NS_PER_SECOND)

/* Names in lower and upper case differ: m is a minute, M a month (a twelfth of 365.25 days). */
static const struct {
    uint64_t ns;
    const char *names;
} units[] = {
    {1, " ns nsec nanos nanosecond nanoseconds "},
    {1000, " us usec micros microsecond microseconds \xc2\xb5s \xce\xbcs "},
    {1000000, " ms msec millis millisecond milliseconds "},
    {NS_PER_SECOND, " s sec secs second seconds "},
    {60 * NS_PER_SECOND, " m min mins minute minutes "},
    {3600 * NS_PER_SECOND, " h hr hrs hour hours "},
    {NS_PER_DAY, " d day days "},
    {7 * NS_PER_DAY, " w wk wks week weeks "},
    {2630016 * NS_PER_SECOND, " M month months "},
    {31557600 * NS_PER_SECOND, " y yr yrs year years "},
};
#define UNIT_NAME_MAX 12u /* bytes of the longest name */

static bool is_space(char c) { return c == ' ' || c == '\t'; }
static bool ends_unit(char c) { return !c || is_space(c) || (c >= '0' && c <= '9') || c == '.'; }

/* Nanoseconds of the unit at *cursor, which moves behind it; 0 when there is none. */
static uint64_t read_unit(const char **cursor) {
    const char *start = *cursor;
    size_t length = 0;
    char wanted[UNIT_NAME_MAX + 3];
    while (!ends_unit(start[length]) && length <= UNIT_NAME_MAX) length++;
    if (length == 0 || length > UNIT_NAME_MAX) return 0;
    wanted[0] = wanted[length + 1] = ' ';
    memcpy(wanted + 1, start, length);
    wanted[length + 2] = 0;
    for (size_t i = 0; i < CAP_COUNT(units); i++)
        if (strstr(units[i].names, wanted)) {
            *cursor = start + length;
            return units[i].ns;
        }
    return 0;
}

static const char *skip_spaces(const char *text) {
    while (is_space(*text)) text++;
    return text;
}

static int parse(const char *text, uint64_t *ret_ns) {
    uint64_t total = 0;
    text = skip_spaces(text);
    if (!*text) return -1;
    if (*text == '0' && !*skip_spaces(text + 1)) {
        *ret_ns = 0;
        return 0;
    }
    while (*text) {
        cap_decimal number;
        uint64_t part;
        if (cap_decimal_read(&text, &number) < 0) return -1;
        text = skip_spaces(text);
        uint64_t unit = read_unit(&text);
        if (!unit || cap_decimal_scale(&number, unit, &part) < 0) return -1;
        if (__builtin_add_overflow(total, part, &total) || total == UINT64_MAX) return -1;
        text = skip_spaces(text);
    }
    *ret_ns = total;
    return 0;
}

int cap_parse_duration(const char *option, const char *text, uint64_t *ret_ns, capsule_error **error) {
    if (parse(text, ret_ns) == 0) return 0;
    return cap_option_invalid(option, text, strlen(text),
                              "a duration with its unit, like \"30s\", \"5m\", \"1h 30m\" or \"500ms\"", error);
}
