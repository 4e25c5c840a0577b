#include "policy/options.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/nearest.h"
#include "base/utf8.h"

#define VALUE_SHOWN_MAX 80u /* bytes of an offending value that an error text repeats */

const cap_option cap_options[CAP_OPTION_IDS] = {
    [CAP_OPTION_NAME] = {"name", CAP_KIND_TEXT, "name of the function", "-", "text", "name of the task"},
    [CAP_OPTION_COMPUTE] = {"compute", CAP_KIND_COMPUTE, "MEDIUM", "operator", "class or units",
                            "how much the task may compute: LOW (1e8), MEDIUM (2e9), HIGH (5e10) or units"},
    [CAP_OPTION_RAM] = {"ram", CAP_KIND_SIZE, "512MB", "4GB", "bytes",
                        "linear memory of the sandbox, interpreter included"},
    [CAP_OPTION_TIMEOUT] = {"timeout", CAP_KIND_DURATION, "none", "operator", "duration (a number: ms)",
                            "wall-clock time of one attempt; 0 is none"},
    [CAP_OPTION_MAX_RETRIES] = {"max_retries", CAP_KIND_COUNT, "0", "1000", "count",
                                "how often a failed task is tried again"},
    [CAP_OPTION_RETRY_DELAY] = {"retry_delay", CAP_KIND_DURATION, "none", "1h", "duration (a number: ms)",
                                "wait before the first repetition; twice as long before each further one"},
    [CAP_OPTION_ALLOWED_FILES] = {"allowed_files", CAP_KIND_GRANTS, "none", "64 entries", "directories",
                                  "directories of the project the task may use"},
    [CAP_OPTION_ALLOWED_HOSTS] = {"allowed_hosts", CAP_KIND_HOSTS, "none", "64 entries", "host patterns",
                                  "hosts the task may talk to"},
    [CAP_OPTION_ENV_VARIABLES] = {"env_variables", CAP_KIND_NAMES, "none", "64 entries", "names",
                                  "environment variables the task may read"},
    [CAP_OPTION_DETERMINISTIC] = {"deterministic", CAP_KIND_FLAG, "false", "-", "true or false",
                                  "the same program and input give the same output, result and fuel"},
    [CAP_LIMIT_MAX_COMPUTE] = {"max_compute", CAP_KIND_COMPUTE, "none", "-", "class or units",
                               "the most `compute` a task gets"},
    [CAP_LIMIT_MAX_RAM] = {"max_ram", CAP_KIND_SIZE, "none", "-", "bytes", "the most `ram` a task gets"},
    [CAP_LIMIT_MAX_TIMEOUT] = {"max_timeout", CAP_KIND_DURATION, "none", "-", "duration (a number: ms)",
                               "the most `timeout` a task gets, also when it asks for none"},
    [CAP_LIMIT_MAX_CPU] = {"max_cpu", CAP_KIND_DURATION, "none", "-", "duration (a number: ms)",
                           "the most CPU time of one attempt"},
    [CAP_LIMIT_MAX_WRITE] = {"max_write", CAP_KIND_SIZE, "1GB", "-", "bytes", "file bytes one run may write"},
    [CAP_LIMIT_MAX_TMP] = {"max_tmp", CAP_KIND_SIZE, "64GB", "64GB", "bytes",
                           "bytes of one task's `/tmp`; 64MB unless the caller asks for more or less"},
    [CAP_LIMIT_MAX_SUBTASKS] = {"max_subtasks", CAP_KIND_COUNT, "10000", "-", "count",
                                "subtasks of one run, all levels together"},
    [CAP_LIMIT_MAX_OUTPUT] = {"max_output", CAP_KIND_SIZE, "16MB", "1GB", "bytes",
                              "stdout and stderr of one run together"},
    [CAP_LIMIT_DENY_FILES] = {"deny_files", CAP_KIND_FLAG, "false", "-", "true or false",
                              "no directories, whatever a task declares or a caller mounts"},
    [CAP_LIMIT_DENY_NET] = {"deny_net", CAP_KIND_FLAG, "false", "-", "true or false",
                            "no network, whatever a task declares"},
    [CAP_TRACE_KEEP] = {"keep", CAP_KIND_DURATION, "30d", "-", "duration (a number: ms)",
                        "runs that started longer ago are forgotten; 0: none for their age"},
    [CAP_TRACE_MAX_SIZE] = {"max_size", CAP_KIND_SIZE, "256MB", "4GB", "bytes",
                            "size of the trace database above which the oldest runs are forgotten; at least 1MB"},
};

const char *cap_kind_accepts(cap_option_kind kind) {
    switch (kind) {
    case CAP_KIND_COMPUTE: return "LOW, MEDIUM, HIGH or a whole number of units from 1";
    case CAP_KIND_SIZE: return "a size like \"512MB\", \"1.5GB\", \"1GiB\" or a whole number of bytes";
    case CAP_KIND_DURATION: return "a duration like \"30s\", \"5m\", \"1h 30m\", \"500ms\" or a number of milliseconds";
    case CAP_KIND_COUNT: return "a whole number, 0 or more";
    case CAP_KIND_TEXT: return "a text that is not empty";
    case CAP_KIND_FLAG: return "true or false";
    case CAP_KIND_GRANTS: return "a list of directories, each a path or {\"path\", \"mode\"}";
    case CAP_KIND_HOSTS: return "a list of host names or patterns like \"*.example.com\"";
    case CAP_KIND_NAMES: return "a list of variable names";
    }
    return "something else";
}

const cap_option *cap_option_find(const char *name, size_t length, cap_option_id first, cap_option_id end) {
    for (cap_option_id id = first; id < end; id++)
        if (strlen(cap_options[id].name) == length && !memcmp(cap_options[id].name, name, length))
            return &cap_options[id];
    return NULL;
}

static const char *nearest(const char *name, size_t length, cap_option_id first, cap_option_id end) {
    const char *known[CAP_OPTION_IDS];
    for (cap_option_id id = first; id < end; id++) known[id - first] = cap_options[id].name;
    return cap_nearest_name(name, length, known, (size_t)(end - first));
}

/* How many bytes of a text an error repeats, cut between characters. */
static int shown_length(const char *text, size_t length) {
    return (int)(length > VALUE_SHOWN_MAX ? cap_utf8_cut(text, VALUE_SHOWN_MAX) : length);
}

int cap_option_unknown(const char *what, const char *name, size_t length, cap_option_id first, cap_option_id end,
                       capsule_error **error) {
    const char *close = nearest(name, length, first, end);
    int shown = shown_length(name, length);
    if (close)
        return cap_error_set(error, CAPSULE_CONFIG, "unknown %s \"%.*s\" (did you mean \"%s\"?)", what, shown, name,
                             close);
    cap_buffer known cap_cleanup(cap_buffer_free);
    cap_buffer_init(&known, 1024);
    for (cap_option_id id = first; id < end; id++)
        cap_buffer_add_format(&known, "%s%s", id == first ? "" : ", ", cap_options[id].name);
    return cap_error_set(error, CAPSULE_CONFIG, "unknown %s \"%.*s\": known are %s", what, shown, name,
                         known.failed ? "?" : known.data);
}

int cap_option_invalid(const char *name, const char *value, size_t length, const char *expected,
                       capsule_error **error) {
    int shown = shown_length(value, length);
    return cap_error_set(error, CAPSULE_CONFIG, "invalid %s \"%.*s%s\": expected %s", name, shown, value,
                         (size_t)shown < length ? "..." : "", expected);
}

void cap_options_markdown(cap_option_id first, cap_option_id end, cap_buffer *out) {
    cap_buffer_add_text(out, "| option | default | most | unit | meaning |\n|---|---|---|---|---|\n");
    for (cap_option_id id = first; id < end; id++) {
        const cap_option *option = &cap_options[id];
        cap_buffer_add_format(out, "| `%s` | %s | %s | %s | %s |\n", option->name, option->default_text,
                              option->maximum_text, option->unit, option->help);
    }
}
