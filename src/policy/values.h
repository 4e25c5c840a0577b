/* Option values as written, parsed but neither defaulted nor bounded: what one task declares, or [tasks] of capsule.toml.
 * Values come as JSON (capsule.toml is turned into it first), so both go through the same door. */
#ifndef CAP_POLICY_VALUES_H
#define CAP_POLICY_VALUES_H

#include "policy/options.h"
#include "policy/policy.h"
#include "yyjson.h"

typedef struct cap_texts {
    char **items; /* owned, each owned */
    size_t count;
} cap_texts;

typedef struct cap_values {
    uint32_t present; /* bit per cap_option_id that was written (null and, for compute, "" count as not written) */
    uint64_t compute, ram, timeout_ns, max_retries, retry_delay_ns;
    bool deterministic;
    cap_grant *files;
    size_t file_count;
    cap_texts hosts, environment;
} cap_values;

static inline bool cap_values_has(const cap_values *values, cap_option_id id) { return values->present >> id & 1; }

/* Parses the value of one task option into *values. `name` is the option's name as written, for errors. */
int cap_values_set(cap_values *values, cap_option_id id, const char *name, yyjson_val *value, capsule_error **error);
void cap_values_clear(cap_values *values);

/* Numbers and flags of any option, for [limits] too. */
int cap_value_compute(const char *name, yyjson_val *value, uint64_t *ret_units, capsule_error **error);
int cap_value_size(const char *name, yyjson_val *value, uint64_t *ret_bytes, capsule_error **error);
int cap_value_duration(const char *name, yyjson_val *value, uint64_t *ret_ns, capsule_error **error); /* number: ms */
int cap_value_count(const char *name, yyjson_val *value, uint64_t *ret_count, capsule_error **error);
int cap_value_flag(const char *name, yyjson_val *value, bool *ret_flag, capsule_error **error);

/* Lists of directories, hosts and names, without duplicates; the caller frees them. */
int cap_list_grants(const char *name, yyjson_val *list, cap_grant **ret_grants, size_t *ret_count, capsule_error **error);
/* Directories that a task passes on: its own guest paths. */
typedef enum cap_pass_mode { CAP_PASS_AS_HELD, CAP_PASS_READ_ONLY, CAP_PASS_WRITABLE } cap_pass_mode;
typedef struct cap_passed {
    char *path; /* normal, owned */
    cap_pass_mode mode;
} cap_passed;
int cap_list_passed(const char *name, yyjson_val *list, cap_passed **ret_passed, size_t *ret_count, capsule_error **error);
void cap_passed_free(cap_passed *passed, size_t count);
int cap_list_hosts(const char *name, yyjson_val *list, cap_texts *ret_texts, capsule_error **error);
int cap_list_names(const char *name, yyjson_val *list, cap_texts *ret_texts, capsule_error **error);
int cap_texts_copy(const cap_texts *texts, cap_texts *ret_copy); /* -1: out of memory */
void cap_texts_clear(cap_texts *texts);
void cap_grants_free(cap_grant *grants, size_t count);

/* A string's text, or NULL (with an error) when it is no string or holds a NUL. */
const char *cap_value_text(const char *name, yyjson_val *value, const char *expected, capsule_error **error);
/* `invalid NAME JSON: expected ...`. Answers -1. */
int cap_value_invalid(const char *name, yyjson_val *value, const char *expected, capsule_error **error);

#endif
