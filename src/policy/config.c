/* capsule.toml: read once, judged whole, so that a mistake in it is told when it is read and not when a task needs it. */
#include "policy/config.h"

#include <string.h>

#include "policy/file.h"
#include "policy/toml.h"

#define CONFIG_BYTES_MAX (64u << 10)
#define CONFIG_JSON_MAX (1u << 20) /* the same as JSON: six bytes for a byte at most, and quotes */
#define DEFAULT_PREFIX "default_"

static const char *const file_names[] = {"capsule.toml", "Capsule.toml"};

/* ---- [workflow] ---- */

static int read_workflow(cap_config *config, yyjson_val *workflow, capsule_error **error) {
    if (!workflow) return 0;
    if (!yyjson_is_obj(workflow)) return cap_error_set(error, CAPSULE_CONFIG, "[workflow] is not a table");
    config->has_workflow = true;
    yyjson_val *entrypoint = yyjson_obj_get(workflow, "entrypoint");
    if (!entrypoint) return 0;
    const char *text = cap_value_text("[workflow] entrypoint", entrypoint, "the path of a program", error);
    if (!text) return -1;
    if (!*text) return cap_value_invalid("[workflow] entrypoint", entrypoint, "the path of a program", error);
    config->entrypoint = strdup(text);
    return config->entrypoint ? 0 : cap_error_set(error, CAPSULE_MEMORY, "out of memory");
}

/* ---- [tasks] ---- */

static int read_tasks(cap_config *config, yyjson_val *tasks, capsule_error **error) {
    if (!tasks) return 0;
    if (!yyjson_is_obj(tasks)) return cap_error_set(error, CAPSULE_CONFIG, "[tasks] is not a table");
    yyjson_obj_iter iterator = yyjson_obj_iter_with(tasks);
    for (yyjson_val *key; (key = yyjson_obj_iter_next(&iterator));) {
        const char *name = yyjson_get_str(key);
        size_t prefix = strlen(DEFAULT_PREFIX);
        if (strncmp(name, DEFAULT_PREFIX, prefix)) continue;
        const cap_option *option =
            cap_option_find(name + prefix, yyjson_get_len(key) - prefix, CAP_OPTION_COMPUTE, CAP_TASK_OPTIONS);
        if (!option) continue; /* unknown keys are somebody else's */
        cap_option_id id = (cap_option_id)(option - cap_options);
        if (cap_values_set(&config->defaults, id, name, yyjson_obj_iter_get_val(key), error) < 0)
            return cap_error_context(error, "[tasks]");
    }
    return 0;
}

/* ---- [limits] ---- */

/* A ceiling of zero is a slip: nothing could run, and a timeout of 0 means "none" elsewhere. */
static int positive(int status, const char *name, uint64_t value, capsule_error **error) {
    if (status < 0) return -1;
    return value ? 0 : cap_error_set(error, CAPSULE_CONFIG, "invalid %s 0: a ceiling must be above zero", name);
}

static int set_limit(cap_ceiling *limits, cap_option_id id, yyjson_val *value, capsule_error **error) {
    const char *name = cap_options[id].name;
    uint64_t *out = NULL;
    switch (id) {
    case CAP_LIMIT_DENY_FILES: return cap_value_flag(name, value, &limits->deny_files, error);
    case CAP_LIMIT_DENY_NET: return cap_value_flag(name, value, &limits->deny_net, error);
    case CAP_LIMIT_MAX_SUBTASKS: return cap_value_count(name, value, &limits->subtasks, error); /* 0: none at all */
    case CAP_LIMIT_MAX_WRITE: return cap_value_size(name, value, &limits->write_bytes, error);  /* 0: no writing */
    case CAP_LIMIT_MAX_TMP: return cap_value_size(name, value, &limits->tmp_bytes, error);      /* 0: no /tmp */
    case CAP_LIMIT_MAX_COMPUTE: return cap_value_compute(name, value, &limits->compute, error);
    case CAP_LIMIT_MAX_RAM: out = &limits->ram; break;
    case CAP_LIMIT_MAX_OUTPUT: out = &limits->output_bytes; break;
    case CAP_LIMIT_MAX_TIMEOUT: out = &limits->timeout_ns; break;
    default: out = &limits->cpu_ns; break;
    }
    int status = cap_options[id].kind == CAP_KIND_SIZE ? cap_value_size(name, value, out, error)
                                                       : cap_value_duration(name, value, out, error);
    return positive(status, name, *out, error);
}

static int read_limits(cap_config *config, yyjson_val *limits, capsule_error **error) {
    if (!limits) return 0;
    if (!yyjson_is_obj(limits)) return cap_error_set(error, CAPSULE_CONFIG, "[limits] is not a table");
    yyjson_obj_iter iterator = yyjson_obj_iter_with(limits);
    for (yyjson_val *key; (key = yyjson_obj_iter_next(&iterator));) {
        const char *name = yyjson_get_str(key);
        size_t length = yyjson_get_len(key);
        const cap_option *option = cap_option_find(name, length, CAP_LIMIT_MAX_COMPUTE, CAP_LIMITS_END);
        if (!option)
            return cap_option_unknown("key in [limits]", name, length, CAP_LIMIT_MAX_COMPUTE, CAP_LIMITS_END, error);
        cap_option_id id = (cap_option_id)(option - cap_options);
        if (set_limit(&config->limits, id, yyjson_obj_iter_get_val(key), error) < 0)
            return cap_error_context(error, "[limits]");
    }
    return 0;
}

/* ---- [trace] ---- */

static int set_trace(cap_config *config, cap_option_id id, yyjson_val *value, capsule_error **error) {
    const char *name = cap_options[id].name;
    if (id == CAP_TRACE_KEEP) return cap_value_duration(name, value, &config->trace_keep_ns, error);
    if (cap_value_size(name, value, &config->trace_bytes, error) < 0) return -1;
    if (config->trace_bytes < CAP_CONFIG_TRACE_BYTES_MIN)
        return cap_value_invalid(name, value, "a size of at least 1 MB", error);
    if (config->trace_bytes > CAP_CONFIG_TRACE_BYTES_MAX) config->trace_bytes = CAP_CONFIG_TRACE_BYTES_MAX;
    return 0;
}

static int read_trace(cap_config *config, yyjson_val *trace, capsule_error **error) {
    if (!trace) return 0;
    if (!yyjson_is_obj(trace)) return cap_error_set(error, CAPSULE_CONFIG, "[trace] is not a table");
    yyjson_obj_iter iterator = yyjson_obj_iter_with(trace);
    for (yyjson_val *key; (key = yyjson_obj_iter_next(&iterator));) {
        const char *name = yyjson_get_str(key);
        size_t length = yyjson_get_len(key);
        const cap_option *option = cap_option_find(name, length, CAP_TRACE_KEEP, CAP_OPTION_IDS);
        if (!option) return cap_option_unknown("key in [trace]", name, length, CAP_TRACE_KEEP, CAP_OPTION_IDS, error);
        if (set_trace(config, (cap_option_id)(option - cap_options), yyjson_obj_iter_get_val(key), error) < 0)
            return cap_error_context(error, "[trace]");
    }
    return 0;
}

/* ---- [python] ---- */

static int read_packages(cap_config *config, yyjson_val *list, capsule_error **error) {
    static const char expected[] = "a list of requirements like \"attrs>=23\"";
    size_t count = yyjson_arr_size(list), index, end;
    if (!yyjson_is_arr(list)) return cap_value_invalid("packages", list, expected, error);
    if (count > CAP_CONFIG_PACKAGES_MAX)
        return cap_error_set(error, CAPSULE_CONFIG, "packages: %zu entries, at most %u are accepted", count, CAP_CONFIG_PACKAGES_MAX);
    config->has_packages = true;
    config->packages.items = calloc(count + 1, sizeof *config->packages.items);
    if (!config->packages.items) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    yyjson_val *value;
    yyjson_arr_foreach(list, index, end, value) {
        const char *text = cap_value_text("packages", value, expected, error);
        if (!text) return -1;
        if (!(config->packages.items[index] = strdup(text))) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
        config->packages.count++;
    }
    return 0;
}

static int read_venv(cap_config *config, yyjson_val *value, capsule_error **error) {
    static const char expected[] = "the directory of a virtual environment inside the project";
    const char *text = cap_value_text("venv", value, expected, error);
    if (!text) return -1;
    if (!*text) return cap_value_invalid("venv", value, expected, error);
    config->venv = strdup(text);
    return config->venv ? 0 : cap_error_set(error, CAPSULE_MEMORY, "out of memory");
}

static int read_python(cap_config *config, yyjson_val *python, capsule_error **error) {
    if (!python) return 0;
    if (!yyjson_is_obj(python)) return cap_error_set(error, CAPSULE_CONFIG, "[python] is not a table");
    yyjson_obj_iter iterator = yyjson_obj_iter_with(python);
    for (yyjson_val *key; (key = yyjson_obj_iter_next(&iterator));) {
        const char *name = yyjson_get_str(key);
        yyjson_val *value = yyjson_obj_iter_get_val(key);
        int status;
        if (strcmp(name, "packages") == 0)
            status = read_packages(config, value, error);
        else if (strcmp(name, "venv") == 0)
            status = read_venv(config, value, error);
        else
            status = cap_error_set(error, CAPSULE_CONFIG, "unknown key \"%.100s\": packages and venv are known", name);
        if (status < 0) return cap_error_context(error, "[python]");
    }
    if (config->has_packages && config->venv)
        return cap_error_set(error, CAPSULE_CONFIG, "[python]: packages and venv exclude each other");
    return 0;
}

/* ---- The file ---- */

/* Where the options stand, for explanations. */
static void note_line(void *context, const char *table, const char *key, unsigned line) {
    cap_config *config = context;
    size_t prefix = strlen(DEFAULT_PREFIX);
    const cap_option *option = NULL;
    if (!strcmp(table, "limits"))
        option = cap_option_find(key, strlen(key), CAP_LIMIT_MAX_COMPUTE, CAP_OPTION_IDS);
    else if (!strcmp(table, "tasks") && !strncmp(key, DEFAULT_PREFIX, prefix))
        option = cap_option_find(key + prefix, strlen(key + prefix), CAP_OPTION_COMPUTE, CAP_TASK_OPTIONS);
    if (option) config->lines[option - cap_options] = line;
}

static void name_sources(cap_config *config) {
    for (cap_option_id id = CAP_LIMIT_MAX_COMPUTE; id < CAP_OPTION_IDS; id++)
        if (config->lines[id])
            config->limits.from[id] = (cap_source){CAP_SOURCE_CONFIG, config->file, cap_options[id].name, config->lines[id]};
}

static int parse(cap_config *config, const char *text, size_t length, capsule_error **error) {
    cap_autobuffer cap_buffer json;
    cap_toml_problem problem;
    cap_buffer_init(&json, CONFIG_JSON_MAX);
    if (cap_toml_read(text, length, &json, note_line, config, &problem) < 0) {
        if (!problem.line) return cap_error_set(error, CAPSULE_CONFIG, "%s", problem.text);
        return cap_error_set(error, CAPSULE_CONFIG, "line %u, column %u: %s", problem.line, problem.column,
                             problem.text);
    }
    yyjson_doc *document = yyjson_read(json.data, json.length, 0);
    yyjson_val *root = yyjson_doc_get_root(document);
    int status = -1;
    if (!root)
        cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    else if (read_workflow(config, yyjson_obj_get(root, "workflow"), error) == 0 &&
             read_tasks(config, yyjson_obj_get(root, "tasks"), error) == 0 &&
             read_limits(config, yyjson_obj_get(root, "limits"), error) == 0 &&
             read_trace(config, yyjson_obj_get(root, "trace"), error) == 0 &&
             read_python(config, yyjson_obj_get(root, "python"), error) == 0)
        status = 0;
    yyjson_doc_free(document);
    name_sources(config);
    return status;
}

static int read_file(cap_config *config, int project_fd, capsule_error **error) {
    for (size_t i = 0; i < CAP_COUNT(file_names); i++) {
        cap_autofree char *text = NULL;
        size_t length;
        int found = cap_project_file_read(project_fd, file_names[i], CONFIG_BYTES_MAX, &text, &length, error);
        if (found == 0) continue;
        if (found > 0) {
            config->exists = true;
            config->file = file_names[i];
            found = parse(config, text, length, error);
        }
        return found < 0 ? cap_error_context(error, "%s", file_names[i]) : 0;
    }
    return 0;
}

int cap_config_read(const char *project_dir, cap_config **ret_config, capsule_error **error) {
    cap_config *config cap_cleanup(cap_config_cleanup) = calloc(1, sizeof *config);
    if (!config) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    config->limits = CAP_CEILING_NONE;
    config->trace_keep_ns = config->trace_bytes = CAP_NO_LIMIT;
    if (project_dir) {
        cap_autoclose int project_fd = cap_project_open(project_dir, error);
        if (project_fd < 0 || read_file(config, project_fd, error) < 0) return -1;
    }
    *ret_config = cap_steal(config);
    return 0;
}

void cap_config_free(cap_config *config) {
    if (!config) return;
    free(config->entrypoint);
    cap_values_clear(&config->defaults);
    cap_texts_clear(&config->packages);
    free(config->venv);
    free(config);
}

const char *cap_config_entrypoint(const cap_config *config) { return config->entrypoint; }
bool cap_config_has_workflow(const cap_config *config) { return config->has_workflow; }
bool cap_config_exists(const cap_config *config) { return config->exists; }
uint64_t cap_config_trace_keep_ns(const cap_config *config) { return config->trace_keep_ns; }
uint64_t cap_config_trace_bytes(const cap_config *config) { return config->trace_bytes; }

int cap_config_require_entrypoint(const cap_config *config, const char **ret_entrypoint, capsule_error **error) {
    if (!config->exists)
        return cap_error_set(error, CAPSULE_CONFIG, "No file given, and no capsule.toml with an entrypoint here.");
    if (!config->has_workflow)
        return cap_error_set(error, CAPSULE_CONFIG, "No [workflow] section found in capsule.toml. Add one with an "
                                                    "entrypoint, or name a file.");
    if (!config->entrypoint)
        return cap_error_set(error, CAPSULE_CONFIG, "No 'entrypoint' field found in [workflow] section of capsule.toml.");
    *ret_entrypoint = config->entrypoint;
    return 0;
}

char *const *cap_config_packages(const cap_config *config, size_t *ret_count) {
    *ret_count = config->packages.count;
    return config->has_packages ? config->packages.items : NULL;
}

const char *cap_config_venv(const cap_config *config) { return config->venv; }
