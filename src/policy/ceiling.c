/* The operator's ceiling: [limits] of capsule.toml under the flags of the command line. */
#include <string.h>

#include "policy/config.h"
#include "policy/policy.h"

static cap_source from_flag(const char *flag) { return (cap_source){.kind = CAP_SOURCE_CALLER, .name = flag}; }

static void lower(uint64_t *value, uint64_t bound, cap_source *source, const char *flag) {
    if (bound >= *value) return;
    *value = bound;
    *source = from_flag(flag);
}

static void deny(bool *value, bool denied, cap_source *source, const char *flag) {
    if (denied && !*value) *source = from_flag(flag);
    *value |= denied;
}

/* Parses the text of a flag ("--max-ram") and lowers *value to it. */
static int lower_to_text(uint64_t *value, cap_source *source, const char *flag, const char *text,
                         int parse(const char *, const char *, uint64_t *, capsule_error **), capsule_error **error) {
    uint64_t bound;
    if (!text) return 0;
    const char *name = flag + strlen("--");
    if (parse(name, text, &bound, error) < 0) return -1;
    if (bound == 0)
        return cap_error_set(error, CAPSULE_CONFIG, "invalid %s \"%s\": a ceiling must be above zero", name, text);
    lower(value, bound, source, flag);
    return 0;
}

int cap_ceiling_make(const cap_config *config, const char *max_ram, const char *max_timeout, const char *max_compute,
                     bool deny_files, bool deny_net, cap_ceiling *ret_ceiling, capsule_error **error) {
    cap_ceiling ceiling = config ? config->limits : CAP_CEILING_NONE;
    cap_source *from = ceiling.from;
    if (lower_to_text(&ceiling.ram, &from[CAP_LIMIT_MAX_RAM], "--max-ram", max_ram, cap_parse_size, error) < 0 ||
        lower_to_text(&ceiling.timeout_ns, &from[CAP_LIMIT_MAX_TIMEOUT], "--max-timeout", max_timeout, cap_parse_duration,
                      error) < 0 ||
        lower_to_text(&ceiling.compute, &from[CAP_LIMIT_MAX_COMPUTE], "--max-compute", max_compute, cap_parse_compute,
                      error) < 0)
        return -1;
    deny(&ceiling.deny_files, deny_files, &from[CAP_LIMIT_DENY_FILES], "--deny-files");
    deny(&ceiling.deny_net, deny_net, &from[CAP_LIMIT_DENY_NET], "--deny-net");
    *ret_ceiling = ceiling;
    return 0;
}
