#include "base/format.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/cleanup.h"

const char *cap_format_count(uint64_t count, char out[CAP_FORMAT_MAX]) {
    if (count == UINT64_MAX)
        snprintf(out, CAP_FORMAT_MAX, "none");
    else
        snprintf(out, CAP_FORMAT_MAX, "%" PRIu64, count);
    return out;
}

/* value / unit with the fewest of at most three decimals when that is exact; false otherwise. */
static bool format_exact(uint64_t value, uint64_t unit, const char *name, char *out) {
    uint64_t whole = value / unit, rest = value % unit;
    for (uint64_t digits = 0, scale = 1; digits <= 3; digits++, scale *= 10) {
        if (rest * scale % unit) continue;
        if (digits)
            snprintf(out, CAP_FORMAT_MAX, "%" PRIu64 ".%0*" PRIu64 " %s", whole, (int)digits, rest * scale / unit, name);
        else
            snprintf(out, CAP_FORMAT_MAX, "%" PRIu64 " %s", whole, name);
        return true;
    }
    return false;
}

const char *cap_format_size(uint64_t bytes, char out[CAP_FORMAT_MAX]) {
    static const struct {
        uint64_t bytes;
        const char *name;
    } units[] = {{UINT64_C(1) << 40, "TB"}, {UINT64_C(1) << 30, "GB"}, {UINT64_C(1) << 20, "MB"}, {1024, "KB"}};
    if (bytes == UINT64_MAX) return cap_format_count(bytes, out);
    for (size_t i = 0; i < CAP_COUNT(units); i++)
        if (bytes >= units[i].bytes && format_exact(bytes, units[i].bytes, units[i].name, out)) return out;
    snprintf(out, CAP_FORMAT_MAX, "%" PRIu64 " bytes", bytes);
    return out;
}

const char *cap_format_duration(uint64_t ns, char out[CAP_FORMAT_MAX]) {
    static const struct {
        uint64_t ns;
        const char *name;
    } units[] = {
        {UINT64_C(86400000000000), "d"}, {UINT64_C(3600000000000), "h"}, {UINT64_C(60000000000), "m"},
        {UINT64_C(1000000000), "s"},     {UINT64_C(1000000), "ms"},      {UINT64_C(1000), "us"}, {1, "ns"},
    };
    size_t used = 0;
    if (ns == UINT64_MAX) return cap_format_count(ns, out);
    if (ns == 0) used = (size_t)snprintf(out, CAP_FORMAT_MAX, "0s");
    for (size_t i = 0; i < CAP_COUNT(units) && ns; i++) {
        uint64_t part = ns / units[i].ns;
        if (!part) continue;
        used += (size_t)snprintf(out + used, CAP_FORMAT_MAX - used, "%s%" PRIu64 "%s", used ? " " : "", part,
                                 units[i].name);
        ns %= units[i].ns;
        if (used > CAP_FORMAT_MAX - 12) break; /* the rest is below anybody's interest */
    }
    return out;
}
