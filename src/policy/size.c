/* Sizes as options have them. */
#include <string.h>

#include "base/decimal.h"
#include "policy/options.h"
#include "policy/policy.h"

int cap_parse_size(const char *option, const char *text, uint64_t *ret_bytes, capsule_error **error) {
    if (cap_size_read(text, ret_bytes) == 0) return 0;
    return cap_option_invalid(option, text, strlen(text), cap_kind_accepts(CAP_KIND_SIZE), error);
}
