/* The operator's ceiling: [limits] of capsule.toml under the flags of the command line. */
#include "policy/config.h"
#include "policy/policy.h"

static void lower(uint64_t *value, uint64_t bound) {
    if (bound < *value) *value = bound;
}

/* Parses a flag's text and lowers *value to it. */
static int lower_to_text(uint64_t *value, const char *flag, const char *text,
                         int parse(const char *, const char *, uint64_t *, capsule_error **), capsule_error **error) {
    uint64_t bound;
    if (!text) return 0;
    if (parse(flag, text, &bound, error) < 0) return -1;
    if (bound == 0)
        return cap_error_set(error, CAPSULE_CONFIG, "invalid %s \"%s\": a ceiling must be above zero", flag, text);
    lower(value, bound);
    return 0;
}

int cap_ceiling_make(const cap_config *config, const char *max_ram, const char *max_timeout, const char *max_compute,
                     bool deny_files, bool deny_net, cap_ceiling *ret_ceiling, capsule_error **error) {
    cap_ceiling ceiling = config ? config->limits : CAP_CEILING_NONE;
    if (lower_to_text(&ceiling.ram, "max-ram", max_ram, cap_parse_size, error) < 0 ||
        lower_to_text(&ceiling.timeout_ns, "max-timeout", max_timeout, cap_parse_duration, error) < 0 ||
        lower_to_text(&ceiling.compute, "max-compute", max_compute, cap_parse_compute, error) < 0)
        return -1;
    ceiling.deny_files |= deny_files;
    ceiling.deny_net |= deny_net;
    *ret_ceiling = ceiling;
    return 0;
}
