#include "policy/values.h"

#include <math.h>
#include <string.h>

#include "base/cleanup.h"

#define EXACT_DOUBLE_MAX 9007199254740992.0 /* 2^53: whole numbers up to here survive a trip through JavaScript */
#define NS_PER_MS UINT64_C(1000000)

int cap_value_invalid(const char *name, yyjson_val *value, const char *expected, capsule_error **error) {
    if (yyjson_is_str(value))
        return cap_option_invalid(name, yyjson_get_str(value), strlen(yyjson_get_str(value)), expected, error);
    /* Scalars are shown whole, lists and objects only by kind: they may be huge. */
    cap_autofree char *scalar = NULL;
    const char *shown = yyjson_is_arr(value) ? "[...]" : "{...}";
    if (!yyjson_is_ctn(value)) shown = scalar = yyjson_val_write(value, YYJSON_WRITE_ALLOW_INF_AND_NAN, NULL);
    return cap_error_set(error, CAPSULE_CONFIG, "invalid %s %s: expected %s", name, shown ? shown : "?", expected);
}

const char *cap_value_text(const char *name, yyjson_val *value, const char *expected, capsule_error **error) {
    const char *text = yyjson_get_str(value);
    if (text && strlen(text) == yyjson_get_len(value)) return text;
    cap_value_invalid(name, value, text ? "a text without NUL bytes" : expected, error);
    return NULL;
}

/* A whole number 0 or more, also when the language wrote it as a float (3.0). */
static bool whole_number(yyjson_val *value, uint64_t *ret_number) {
    if (yyjson_is_uint(value)) {
        *ret_number = yyjson_get_uint(value);
        return true;
    }
    if (!yyjson_is_real(value)) return false;
    double number = yyjson_get_real(value);
    if (!(number >= 0 && number <= EXACT_DOUBLE_MAX) || floor(number) != number) return false;
    *ret_number = (uint64_t)number;
    return true;
}

int cap_value_compute(const char *name, yyjson_val *value, uint64_t *ret_units, capsule_error **error) {
    const char *expected = cap_kind_accepts(CAP_KIND_COMPUTE);
    if (yyjson_is_obj(value) && yyjson_obj_size(value) == 1) { /* {custom = N} of the reference's capsule.toml */
        yyjson_val *custom = yyjson_obj_get(value, "custom");
        if (custom && !yyjson_is_obj(custom)) return cap_value_compute(name, custom, ret_units, error);
    }
    if (yyjson_is_num(value)) {
        if (whole_number(value, ret_units) && *ret_units > 0) return 0;
        return cap_value_invalid(name, value, expected, error);
    }
    const char *text = cap_value_text(name, value, expected, error);
    return text ? cap_parse_compute(name, text, ret_units, error) : -1;
}

int cap_value_size(const char *name, yyjson_val *value, uint64_t *ret_bytes, capsule_error **error) {
    const char *expected = cap_kind_accepts(CAP_KIND_SIZE);
    if (yyjson_is_num(value))
        return whole_number(value, ret_bytes) ? 0 : cap_value_invalid(name, value, expected, error);
    const char *text = cap_value_text(name, value, expected, error);
    return text ? cap_parse_size(name, text, ret_bytes, error) : -1;
}

int cap_value_duration(const char *name, yyjson_val *value, uint64_t *ret_ns, capsule_error **error) {
    const char *expected = cap_kind_accepts(CAP_KIND_DURATION);
    if (yyjson_is_uint(value)) {
        if (!__builtin_mul_overflow(yyjson_get_uint(value), NS_PER_MS, ret_ns) && *ret_ns != UINT64_MAX) return 0;
        return cap_value_invalid(name, value, expected, error);
    }
    if (yyjson_is_real(value)) {
        double ns = yyjson_get_real(value) * (double)NS_PER_MS;
        if (!(ns >= 0 && ns < 18e18)) return cap_value_invalid(name, value, expected, error);
        *ret_ns = (uint64_t)ceil(ns); /* a tiny fraction must not become 0, which is "none" */
        return 0;
    }
    const char *text = cap_value_text(name, value, expected, error);
    return text ? cap_parse_duration(name, text, ret_ns, error) : -1;
}

int cap_value_count(const char *name, yyjson_val *value, uint64_t *ret_count, capsule_error **error) {
    if (whole_number(value, ret_count)) return 0;
    return cap_value_invalid(name, value, cap_kind_accepts(CAP_KIND_COUNT), error);
}

int cap_value_flag(const char *name, yyjson_val *value, bool *ret_flag, capsule_error **error) {
    if (!yyjson_is_bool(value)) return cap_value_invalid(name, value, cap_kind_accepts(CAP_KIND_FLAG), error);
    *ret_flag = yyjson_get_bool(value);
    return 0;
}

static int set_task_option(cap_values *values, cap_option_id id, const char *name, yyjson_val *value,
                           capsule_error **error) {
    switch (id) {
    case CAP_OPTION_COMPUTE: return cap_value_compute(name, value, &values->compute, error);
    case CAP_OPTION_RAM: return cap_value_size(name, value, &values->ram, error);
    case CAP_OPTION_TIMEOUT: return cap_value_duration(name, value, &values->timeout_ns, error);
    case CAP_OPTION_MAX_RETRIES: return cap_value_count(name, value, &values->max_retries, error);
    case CAP_OPTION_RETRY_DELAY: return cap_value_duration(name, value, &values->retry_delay_ns, error);
    case CAP_OPTION_ALLOWED_FILES:
        return cap_list_grants(name, value, &values->files, &values->file_count, error);
    case CAP_OPTION_ALLOWED_HOSTS: return cap_list_hosts(name, value, &values->hosts, error);
    case CAP_OPTION_ENV_VARIABLES: return cap_list_names(name, value, &values->environment, error);
    case CAP_OPTION_DETERMINISTIC: return cap_value_flag(name, value, &values->deterministic, error);
    default: { /* name: the program's own, already known to the caller */
        const char *expected = cap_kind_accepts(CAP_KIND_TEXT);
        const char *text = cap_value_text(name, value, expected, error);
        if (!text) return -1;
        return *text ? 0 : cap_value_invalid(name, value, expected, error);
    }
    }
}

int cap_values_set(cap_values *values, cap_option_id id, const char *name, yyjson_val *value, capsule_error **error) {
    if (yyjson_is_null(value)) return 0;
    if (id == CAP_OPTION_COMPUTE && yyjson_equals_str(value, "")) return 0; /* the reference's SDK takes it for MEDIUM */
    if (cap_values_has(values, id)) return cap_error_set(error, CAPSULE_CONFIG, "%s is given twice", name);
    if (set_task_option(values, id, name, value, error) < 0) return -1;
    values->present |= UINT32_C(1) << id;
    return 0;
}

void cap_values_clear(cap_values *values) {
    cap_grants_free(values->files, values->file_count);
    cap_texts_clear(&values->hosts);
    cap_texts_clear(&values->environment);
    *values = (cap_values){0};
}
