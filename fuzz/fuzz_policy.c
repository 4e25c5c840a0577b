/* What people write and programs declare: sizes, durations, compute, mounts, declared options, capsule.toml, .env files.
 *
 * Whatever is written gives a value within its bounds or one error with a text. What is accepted comes out as JSON that
 * parses, and a mount as an absolute, normal guest path and a host path inside the project.
 *
 * Input: one byte that chooses, then the text. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "must.h"
#include "policy/dotenv.h"
#include "policy/policy.h"
#include "policy/toml.h"
#include "scratch_directory.h"
#include "yyjson.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_error(int status, capsule_error *error) {
    MUST((status < 0) == (error != NULL));
    if (!error) return;
    const char *text = capsule_error_message(error);
    MUST(*text);
    for (; *text; text++) MUST((unsigned char)*text >= 0x20);
    capsule_error_free(error);
}

static void check_json(const char *text, size_t length) {
    yyjson_doc *document = yyjson_read(text, length, 0);
    MUST(yyjson_is_obj(yyjson_doc_get_root(document)));
    yyjson_doc_free(document);
}

static void try_number(int which, const char *text) {
    uint64_t value = 0;
    capsule_error *error = NULL;
    int status = which == 0   ? cap_parse_size("size", text, &value, &error)
                 : which == 1 ? cap_parse_duration("duration", text, &value, &error)
                              : cap_parse_compute("compute", text, &value, &error);
    if (status == 0) MUST(value != UINT64_MAX);
    check_error(status, error);
}

/* "/" or components that are neither empty nor "." nor "..". */
static void check_normal(const char *path) {
    MUST(path[0] == '/');
    for (const char *at = path + 1; *at || at[-1] == '/';) {
        size_t part = strcspn(at, "/");
        if (path[1] == 0) return;
        MUST(part > 0 && !(part == 1 && at[0] == '.') && !(part == 2 && at[0] == '.' && at[1] == '.'));
        at += part;
        if (!*at) return;
        at++;
    }
}

/* A host path inside the project: relative, and never above where it began. */
static void check_inside(const char *path) {
    int depth = 0;
    MUST(path[0] != '/');
    for (const char *at = path; *at;) {
        size_t part = strcspn(at, "/");
        if (part == 2 && at[0] == '.' && at[1] == '.')
            MUST(--depth >= 0);
        else if (part > 0 && !(part == 1 && at[0] == '.'))
            depth++;
        at += part + (at[part] == '/');
    }
}

static void check_grant(const cap_grant *grant) {
    check_normal(grant->guest_path);
    check_inside(grant->host_path);
    MUST(strcmp(grant->guest_path, "/.capsule") != 0 && strncmp(grant->guest_path, "/.capsule/", 10) != 0);
}

static void try_mount(const char *text) {
    cap_grant grant = {0};
    capsule_error *error = NULL;
    int status = cap_parse_mount(text, &grant, &error);
    if (status == 0) {
        check_grant(&grant);
        cap_grant_clear(&grant);
    }
    check_error(status, error);
}

/* Explanations and advice of any policy are whole, and JSON where they say so. */
static void try_explain(const cap_policy *policy) {
    cap_buffer out;
    cap_buffer_init(&out, 1 << 20);
    cap_buffer_add_text(&out, "{\"name\":1");
    MUST(cap_policy_explain(policy, &out) == 0);
    cap_buffer_add_text(&out, "}");
    check_json(out.data, out.length);
    for (cap_option_id id = CAP_OPTION_COMPUTE; id < CAP_TASK_OPTIONS; id++) {
        cap_advise_limit(policy, id, "1GB", &out);
        cap_advise_entry(policy, id, "entry", NULL, &out);
    }
    MUST(!out.failed);
    cap_buffer_free(&out);
}

static void try_policy(const char *declared, const cap_config *config, const cap_ceiling *ceiling) {
    cap_policy *policy = NULL;
    capsule_error *error = NULL;
    int status = cap_policy_make("task", declared, config, ceiling, NULL, &policy, &error);
    if (status == 0) {
        cap_buffer out;
        cap_buffer_init(&out, 1 << 20);
        MUST(cap_policy_to_json(policy, &out) == 0);
        check_json(out.data, out.length);
        cap_buffer_free(&out);
        try_explain(policy);
        MUST(policy->ram <= CAP_RAM_MAX && policy->max_retries <= CAP_RETRIES_MAX && policy->file_count <= CAP_GRANTS_MAX);
        if (ceiling) {
            MUST(policy->ram <= ceiling->ram && policy->compute <= ceiling->compute && policy->cpu_ns <= ceiling->cpu_ns);
            MUST(policy->timeout_ns <= ceiling->timeout_ns);
            if (ceiling->deny_files) MUST(policy->file_count == 0);
            if (ceiling->deny_net) MUST(policy->host_count == 0);
        }
        for (size_t i = 0; i < policy->file_count; i++) check_grant(&policy->files[i]);
        cap_policy_free(policy);
    }
    check_error(status, error);
}

static void try_declared(const char *text) {
    static const cap_ceiling low = {.compute = 1000, .ram = 1 << 20, .timeout_ns = 1000, .cpu_ns = 1000,
                                    .write_bytes = 0, .subtasks = 0, .output_bytes = 1, .deny_files = true, .deny_net = true};
    try_policy(text, NULL, NULL);
    try_policy(text, NULL, &low);
}

static const char *look_up(void *context, const char *name) { return name[0] == 'A' ? context : NULL; }

static int define(void *context, const char *name, const char *value, capsule_error **error) {
    (void)context, (void)error;
    MUST(name[0] && strlen(name) <= 255 && strlen(value) <= 128u << 10);
    return 0;
}

static void try_dotenv(const char *text) {
    char value[] = "expanded";
    const cap_dotenv_sink sink = {value, look_up, define};
    capsule_error *error = NULL;
    int status = cap_dotenv_parse(text, &sink, &error);
    check_error(status, error);
}

static void try_toml(const char *text, size_t length) {
    cap_buffer out;
    cap_toml_problem problem = {0};
    cap_buffer_init(&out, 1 << 20);
    if (cap_toml_to_json(text, length, &out, &problem) == 0)
        check_json(out.data, out.length);
    else
        MUST(problem.text[0] && strlen(problem.text) < sizeof problem.text);
    cap_buffer_free(&out);
}

/* capsule.toml as a project has it: ceiling and defaults out of it, and a policy under both. */
static void try_config(const char *text, size_t length) {
    cap_config *config = NULL;
    capsule_error *error = NULL;
    scratch_put("capsule.toml", text, length);
    int status = cap_config_read(scratch_path(), &config, &error);
    check_error(status, error);
    if (status < 0) return;
    cap_ceiling ceiling = CAP_CEILING_NONE;
    error = NULL;
    status = cap_ceiling_make(config, NULL, NULL, NULL, false, false, &ceiling, &error);
    check_error(status, error);
    if (status == 0) try_policy("{\"ram\":\"64MB\",\"compute\":\"HIGH\",\"timeout\":\"1h\"}", config, &ceiling);
    cap_config_free(config);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length == 0) return 0;
    uint8_t chosen = bytes[0] & 15;
    length--;
    char *text = strndup((const char *)bytes + 1, length);
    MUST(text);
    switch (chosen) {
    case 0:
    case 1:
    case 2: try_number(chosen, text); break;
    case 3:
    case 4: try_mount(text); break;
    case 5:
    case 6:
    case 7:
    case 8: try_declared(text); break;
    case 9:
    case 10:
    case 11: try_dotenv(text); break;
    case 12:
    case 13: try_toml((const char *)bytes + 1, length); break;
    default: try_config((const char *)bytes + 1, length); break;
    }
    free(text);
    return 0;
}
