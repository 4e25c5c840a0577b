/* One task's effective policy: declared values over defaults, under the maximum of each option and the ceiling. */
#include "policy/policy.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/format.h"
#include "policy/config.h"
#include "policy/grants.h"
#include "policy/values.h"

#define NOTES_MAX (CAP_GRANTS_MAX + 16u) /* one a host pattern, a few for limits */

/* ---- Declared options ---- */

static int read_declared(const char *json, cap_values *values, capsule_error **error) {
    yyjson_read_err problem;
    yyjson_doc *document = yyjson_read_opts((char *)json, strlen(json), 0, NULL, &problem);
    if (!document) return cap_error_set(error, CAPSULE_CONFIG, "options are not valid JSON: %s", problem.msg);
    yyjson_val *root = yyjson_doc_get_root(document);
    int status = yyjson_is_obj(root) ? 0 : cap_error_set(error, CAPSULE_CONFIG, "options are not an object");
    yyjson_obj_iter iterator = yyjson_obj_iter_with(root);
    for (yyjson_val *key; status == 0 && (key = yyjson_obj_iter_next(&iterator));) {
        const char *name = yyjson_get_str(key);
        size_t length = yyjson_get_len(key);
        const cap_option *option = cap_option_find(name, length, CAP_OPTION_NAME, CAP_TASK_OPTIONS);
        if (option)
            status = cap_values_set(values, (cap_option_id)(option - cap_options), option->name,
                                    yyjson_obj_iter_get_val(key), error);
        else
            status = cap_option_unknown("option", name, length, CAP_OPTION_NAME, CAP_TASK_OPTIONS, error);
    }
    yyjson_doc_free(document);
    return status;
}

/* ---- Notes ---- */

static int add_note(cap_policy *policy, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int add_note(cap_policy *policy, const char *format, ...) {
    if (!policy->notes && !(policy->notes = calloc(NOTES_MAX, sizeof *policy->notes))) return -1;
    if (policy->note_count == NOTES_MAX) return 0;
    va_list arguments;
    va_start(arguments, format);
    char *note = NULL;
    int length = vasprintf(&note, format, arguments);
    va_end(arguments);
    if (length < 0) return -1;
    policy->notes[policy->note_count++] = note;
    return 0;
}

/* Lowers *value, whose rule is `id`'s, to `bound`; `by` says whose bound it is, `source` where that stands. */
static int lower(cap_policy *policy, cap_option_id id, const char *option, uint64_t *value, uint64_t bound, const char *by,
                 const cap_source *source, const char *format(uint64_t, char *)) {
    char from[CAP_FORMAT_MAX], to[CAP_FORMAT_MAX];
    if (*value <= bound) return 0;
    policy->rules[id].lowered_by = *source;
    int status = add_note(policy, "%s %s lowered to %s (%s)", option, format(*value, from), format(bound, to), by);
    *value = bound;
    return status;
}

/* ---- Merge ---- */

static const cap_values no_values;
static const cap_source the_most = {.kind = CAP_SOURCE_MOST};

/* Who decides each option: the declaration, else capsule.toml, else whoever gave a default, else the house. */
static void name_sources(cap_policy *policy, const cap_values *declared, const cap_config *config,
                         const char *default_timeout) {
    const cap_values *defaults = config ? &config->defaults : &no_values;
    for (cap_option_id id = CAP_OPTION_COMPUTE; id < CAP_TASK_OPTIONS; id++) {
        cap_source *source = &policy->rules[id].set_by;
        if (cap_values_has(declared, id))
            *source = (cap_source){.kind = CAP_SOURCE_DECLARED, .name = cap_options[id].name};
        else if (cap_values_has(defaults, id))
            *source = (cap_source){CAP_SOURCE_CONFIG, config->file, cap_options[id].name, config->lines[id]};
        else if (id == CAP_OPTION_TIMEOUT && default_timeout)
            *source = (cap_source){.kind = CAP_SOURCE_CALLER, .name = "default_timeout"};
        else
            source->kind = CAP_SOURCE_BUILT_IN;
    }
    policy->rules[CAP_RULE_CPU].set_by.kind = CAP_SOURCE_DERIVED;
    policy->rules[CAP_RULE_TMP].set_by.kind = CAP_SOURCE_BUILT_IN;
}

/* Numbers and flags: declared, else default, else built in. */
static int merge_numbers(cap_policy *policy, const cap_values *declared, const cap_values *defaults,
                         const char *default_timeout, capsule_error **error) {
    uint64_t timeout = 0;
#define PICK(id, field, fallback) \
    (cap_values_has(declared, id) ? declared->field : cap_values_has(defaults, id) ? defaults->field : (fallback))
    policy->compute = PICK(CAP_OPTION_COMPUTE, compute, CAP_COMPUTE_MEDIUM);
    policy->ram = PICK(CAP_OPTION_RAM, ram, CAP_RAM_DEFAULT);
    if (default_timeout && cap_parse_duration("default_timeout", default_timeout, &timeout, error) < 0) return -1;
    timeout = PICK(CAP_OPTION_TIMEOUT, timeout_ns, timeout);
    policy->timeout_ns = timeout ? timeout : CAP_NO_LIMIT;
    policy->deterministic = PICK(CAP_OPTION_DETERMINISTIC, deterministic, false);
    uint64_t retries = PICK(CAP_OPTION_MAX_RETRIES, max_retries, 0);
    uint64_t delay = PICK(CAP_OPTION_RETRY_DELAY, retry_delay_ns, 0);
#undef PICK
    if (lower(policy, CAP_OPTION_MAX_RETRIES, "max_retries", &retries, CAP_RETRIES_MAX, "the most there is", &the_most,
              cap_format_count) < 0 ||
        lower(policy, CAP_OPTION_RETRY_DELAY, "retry_delay", &delay, CAP_RETRY_DELAY_MAX_NS, "the most there is", &the_most,
              cap_format_duration) < 0)
        return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    policy->max_retries = (uint32_t)retries;
    policy->retry_delay_ns = delay;
    policy->tmp = CAP_TMP_DEFAULT;
    return 0;
}

static int copy_grants(cap_policy *policy, const cap_values *from) {
    if (!from->file_count) return 0;
    if (!(policy->files = calloc(from->file_count, sizeof *policy->files))) return -1;
    for (; policy->file_count < from->file_count; policy->file_count++)
        if (cap_grant_copy(&from->files[policy->file_count], &policy->files[policy->file_count]) < 0) return -1;
    return 0;
}

static int copy_texts(const cap_texts *from, char ***ret_items, size_t *ret_count) {
    cap_texts copy;
    if (cap_texts_copy(from, &copy) < 0) return -1;
    *ret_items = copy.items;
    *ret_count = copy.count;
    return 0;
}

static int merge_lists(cap_policy *policy, const cap_values *declared, const cap_values *defaults) {
    const cap_values *files = cap_values_has(declared, CAP_OPTION_ALLOWED_FILES) ? declared : defaults;
    const cap_values *hosts = cap_values_has(declared, CAP_OPTION_ALLOWED_HOSTS) ? declared : defaults;
    const cap_values *names = cap_values_has(declared, CAP_OPTION_ENV_VARIABLES) ? declared : defaults;
    if (copy_grants(policy, files) < 0 || copy_texts(&hosts->hosts, &policy->hosts, &policy->host_count) < 0)
        return -1;
    return copy_texts(&names->environment, &policy->environment, &policy->environment_count);
}

/* ---- Bounds ---- */

/* CPU time allowed for a number of units: unlimited units, unlimited time. */
uint64_t cap_policy_cpu(uint64_t compute) {
    uint64_t ns;
    if (__builtin_mul_overflow(compute, CAP_CPU_FACTOR * UINT64_C(1000000000) / CAP_COMPUTE_UNITS_PER_SECOND, &ns))
        return CAP_NO_LIMIT;
    return ns > CAP_CPU_FLOOR_NS ? ns : CAP_CPU_FLOOR_NS;
}

static int bound_numbers(cap_policy *policy, const cap_ceiling *ceiling) {
    const cap_source *from = ceiling->from;
    if (lower(policy, CAP_OPTION_RAM, "ram", &policy->ram, CAP_RAM_MAX, "the most a sandbox can have", &the_most,
              cap_format_size) < 0 ||
        lower(policy, CAP_OPTION_RAM, "ram", &policy->ram, ceiling->ram, "operator's max_ram", &from[CAP_LIMIT_MAX_RAM],
              cap_format_size) < 0 ||
        lower(policy, CAP_RULE_TMP, "tmp", &policy->tmp, ceiling->tmp_bytes, "operator's max_tmp",
              &from[CAP_LIMIT_MAX_TMP], cap_format_size) < 0 ||
        lower(policy, CAP_OPTION_COMPUTE, "compute", &policy->compute, ceiling->compute, "operator's max_compute",
              &from[CAP_LIMIT_MAX_COMPUTE], cap_format_count) < 0 ||
        lower(policy, CAP_OPTION_TIMEOUT, "timeout", &policy->timeout_ns, ceiling->timeout_ns, "operator's max_timeout",
              &from[CAP_LIMIT_MAX_TIMEOUT], cap_format_duration) < 0)
        return -1;
    policy->cpu_ns = cap_policy_cpu(policy->compute);
    return lower(policy, CAP_RULE_CPU, "cpu", &policy->cpu_ns, ceiling->cpu_ns, "operator's max_cpu",
                 &from[CAP_LIMIT_MAX_CPU], cap_format_duration);
}

static void drop_texts(char ***items, size_t *count) {
    cap_texts texts = {*items, *count};
    cap_texts_clear(&texts);
    *items = NULL;
    *count = 0;
}

/* A pattern with a scheme, port or path is compared to a bare host name and so never matches, as in the reference. */
static int note_hosts(cap_policy *policy) {
    for (size_t i = 0; i < policy->host_count; i++)
        if (strpbrk(policy->hosts[i], ":/") &&
            add_note(policy, "allowed_hosts \"%s\" never matches: write the host name without scheme, port or path",
                     policy->hosts[i]) < 0)
            return -1;
    return 0;
}

static int bound_lists(cap_policy *policy, const cap_ceiling *ceiling) {
    int status = 0;
    if (ceiling->deny_files) policy->rules[CAP_OPTION_ALLOWED_FILES].lowered_by = ceiling->from[CAP_LIMIT_DENY_FILES];
    if (ceiling->deny_net) policy->rules[CAP_OPTION_ALLOWED_HOSTS].lowered_by = ceiling->from[CAP_LIMIT_DENY_NET];
    if (ceiling->deny_files && policy->file_count) {
        status = add_note(policy, "allowed_files: all %zu denied (operator's deny_files)", policy->file_count);
        cap_grants_free(policy->files, policy->file_count);
        policy->files = NULL;
        policy->file_count = 0;
    }
    if (ceiling->deny_net && policy->host_count) {
        if (add_note(policy, "allowed_hosts: all %zu denied (operator's deny_net)", policy->host_count) < 0) status = -1;
        drop_texts(&policy->hosts, &policy->host_count);
    }
    return status < 0 ? -1 : note_hosts(policy);
}

/* ---- The whole ---- */

static void policy_cleanup(cap_policy **policy) { cap_policy_free(*policy); }

static int make(const char *task, const cap_values *declared, const cap_config *config, const cap_ceiling *ceiling,
                const char *default_timeout, cap_policy **ret_policy, capsule_error **error) {
    const cap_ceiling none = CAP_CEILING_NONE;
    const cap_values *defaults = config ? &config->defaults : &no_values;
    cap_policy *policy cap_cleanup(policy_cleanup) = calloc(1, sizeof *policy);
    if (!policy || !(policy->task = strdup(task))) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    name_sources(policy, declared, config, default_timeout);
    if (merge_numbers(policy, declared, defaults, default_timeout, error) < 0) return -1;
    if (merge_lists(policy, declared, defaults) < 0 || bound_numbers(policy, ceiling ? ceiling : &none) < 0 ||
        bound_lists(policy, ceiling ? ceiling : &none) < 0)
        return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    *ret_policy = cap_steal(policy);
    return 0;
}

int cap_policy_make(const char *task, const char *declared_json, const cap_config *config, const cap_ceiling *ceiling,
                    const char *default_timeout, cap_policy **ret_policy, capsule_error **error) {
    cap_values declared cap_cleanup(cap_values_clear) = {0};
    size_t length = strlen(task);
    if (length == 0) return cap_error_set(error, CAPSULE_CONFIG, "a task has an empty name");
    if (length > CAP_TASK_NAME_MAX)
        return cap_error_set(error, CAPSULE_CONFIG, "task name \"%.40s...\" is longer than %u bytes", task,
                             CAP_TASK_NAME_MAX);
    if ((declared_json && read_declared(declared_json, &declared, error) < 0) ||
        make(task, &declared, config, ceiling, default_timeout, ret_policy, error) < 0)
        return cap_error_context(error, "task \"%s\"", task);
    return 0;
}

void cap_policy_free(cap_policy *policy) {
    if (!policy) return;
    cap_grants_free(policy->files, policy->file_count);
    drop_texts(&policy->hosts, &policy->host_count);
    drop_texts(&policy->environment, &policy->environment_count);
    drop_texts(&policy->notes, &policy->note_count);
    free(policy->declared.file);
    free(policy->task);
    free(policy->json);
    free(policy->canonical);
    free(policy);
}

/* ---- JSON ---- */

static void add_text(cap_buffer *out, const char *key, const char *text) {
    cap_buffer_add_json_key(out, key);
    cap_buffer_add_json_string(out, text, strlen(text));
}

static void add_number(cap_buffer *out, const char *key, uint64_t number) {
    char text[CAP_FORMAT_MAX];
    cap_buffer_add_json_key(out, key);
    cap_buffer_add_text(out, number == CAP_NO_LIMIT ? "null" : cap_format_count(number, text));
}

static int compare_texts(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static int compare_grants(const void *a, const void *b) {
    const cap_grant *first = *(const cap_grant *const *)a, *second = *(const cap_grant *const *)b;
    int order = strcmp(first->guest_path, second->guest_path);
    return order ? order : strcmp(first->host_path, second->host_path);
}

/* At most CAP_GRANTS_MAX items, in their order or sorted. */
static void add_texts(cap_buffer *out, const char *key, char *const *items, size_t count, bool sorted) {
    const char *list[CAP_GRANTS_MAX];
    for (size_t i = 0; i < count && i < CAP_GRANTS_MAX; i++) list[i] = items[i];
    if (sorted && count) qsort(list, count, sizeof *list, compare_texts);
    cap_buffer_add_json_key(out, key);
    cap_buffer_add_text(out, "[");
    for (size_t i = 0; i < count && i < CAP_GRANTS_MAX; i++) {
        if (i) cap_buffer_add_text(out, ",");
        cap_buffer_add_json_string(out, list[i], strlen(list[i]));
    }
    cap_buffer_add_text(out, "]");
}

static void add_grants(cap_buffer *out, const cap_grant *grants, size_t count, bool sorted) {
    const cap_grant *list[CAP_GRANTS_MAX];
    for (size_t i = 0; i < count && i < CAP_GRANTS_MAX; i++) list[i] = &grants[i];
    if (sorted && count) qsort(list, count, sizeof *list, compare_grants);
    cap_buffer_add_text(out, "[");
    for (size_t i = 0; i < count && i < CAP_GRANTS_MAX; i++) {
        cap_buffer_add_text(out, i ? ",{" : "{");
        add_text(out, "path", list[i]->host_path);
        add_text(out, "guest", list[i]->guest_path);
        add_text(out, "mode", list[i]->writable ? "read-write" : "read-only");
        cap_buffer_add_text(out, "}");
    }
    cap_buffer_add_text(out, "]");
}

/* canonical: what the policy is called, and the order of its lists, make no difference. */
static int add_policy(const cap_policy *policy, bool canonical, cap_buffer *out) {
    cap_buffer_add_text(out, "{");
    if (!canonical) add_text(out, "name", policy->task);
    add_number(out, "compute", policy->compute);
    add_number(out, "ram", policy->ram);
    add_number(out, "timeout_ns", policy->timeout_ns);
    add_number(out, "cpu_ns", policy->cpu_ns);
    add_number(out, "tmp", policy->tmp);
    add_number(out, "max_retries", policy->max_retries);
    add_number(out, "retry_delay_ns", policy->retry_delay_ns);
    cap_buffer_add_json_key(out, "allowed_files");
    add_grants(out, policy->files, policy->file_count, canonical);
    add_texts(out, "allowed_hosts", policy->hosts, policy->host_count, canonical);
    add_texts(out, "env_variables", policy->environment, policy->environment_count, canonical);
    cap_buffer_add_json_key(out, "deterministic");
    cap_buffer_add_text(out, policy->deterministic ? "true" : "false");
    return cap_buffer_add_text(out, "}");
}

int cap_policy_to_json(const cap_policy *policy, cap_buffer *out) { return add_policy(policy, false, out); }
int cap_policy_canonical(const cap_policy *policy, cap_buffer *out) { return add_policy(policy, true, out); }

/* The first of several threads that make the text keeps it. */
static const char *kept_text(const cap_policy *policy, bool canonical) {
    cap_policy *keeper = (cap_policy *)(uintptr_t)policy; /* what is kept is no part of what the policy says */
    char **place = canonical ? &keeper->canonical : &keeper->json, *kept = __atomic_load_n(place, __ATOMIC_ACQUIRE);
    if (kept) return kept;
    cap_buffer text;
    cap_buffer_init(&text, CAP_POLICY_TEXT_MAX);
    add_policy(policy, canonical, &text);
    char *made = cap_buffer_take(&text);
    if (!made || __atomic_compare_exchange_n(place, &kept, made, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return made;
    free(made);
    return kept;
}

const char *cap_policy_text(const cap_policy *policy) { return kept_text(policy, false); }
const char *cap_policy_canonical_text(const cap_policy *policy) { return kept_text(policy, true); }

int cap_grants_canonical(const cap_grant *grants, size_t count, cap_buffer *out) {
    add_grants(out, grants, count, true);
    return out->failed ? -1 : 0;
}
