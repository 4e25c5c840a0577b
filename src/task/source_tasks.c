/* A string that declares tasks is a program as a file of that text would be: imported with nothing granted, its tasks frozen,
 * its main called. What its tasks declare can lower what the caller gave the string, and adds nothing to it. */
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "base/cleanup.h"
#include "store/hash.h"
#include "task/snapshot.h"
#include "task/source.h"
#include "task/tasks.h"

/* A text that does not name the SDK declares nothing: most strings are spared the import. */
static bool may_declare(const capsule_program *program) {
    bool python = strcmp(program->guest->language, "python") == 0;
    return strstr(program->code, python ? "capsule" : "@capsule-run/sdk") != NULL;
}

/* Whether a task was registered by the SDK, which gives it options: a function that is merely called main is not. */
static bool declares(const char *tasks_json) {
    yyjson_doc *doc = yyjson_read(tasks_json, strlen(tasks_json), 0);
    yyjson_val *list = yyjson_obj_get(yyjson_doc_get_root(doc), "tasks"), *item;
    size_t index, count;
    bool found = false;
    yyjson_arr_foreach(list, index, count, item) found |= yyjson_obj_size(yyjson_obj_get(item, "options")) > 0;
    yyjson_doc_free(doc);
    return found;
}

/* Takes the text for the source of an import. */
static int become_importable(capsule_program *program, capsule_error **error) {
    char hash[CAP_HASH_TEXT];
    cap_hash_bytes(program->code, program->code_length, hash);
    program->entry = strdup("");
    if (!program->entry || asprintf(&program->key, "string\n%s\n%s", program->name, hash) < 0) {
        program->key = NULL;
        return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a string");
    }
    program->bundle = cap_steal(program->code);
    program->bundle_length = program->code_length;
    return 0;
}

static void become_string(capsule_program *program) {
    free(program->entry);
    free(program->key);
    free(program->tasks_json);
    program->entry = program->key = program->tasks_json = NULL;
    if (program->bundle) program->code = cap_steal(program->bundle);
}

/* 1: it declares tasks, and they are known now; 0: not, whatever went wrong. What is wrong shows again when it runs. */
static int import(capsule_program *program, capsule_error **error) {
    cap_autoerror capsule_error *ignored = NULL;
    cap_import made = {0};
    int status = 0;
    if (cap_snapshot_find(program)) return 1;
    program->since = cap_images_begin(NULL);
    if (cap_import_run(program, NULL, &made, &ignored) == 0 && declares(made.tasks))
        status = cap_snapshot_keep(program, &made, NULL, 0, error) < 0 ? -1 : 1;
    cap_import_clear(&made);
    return status;
}

static bool is_given(const cap_policy *given, const char *name) {
    for (size_t i = 0; i < given->environment_count; i++)
        if (strcmp(given->environment[i], name) == 0) return true;
    return false;
}

static void keep_given_variables(cap_policy *policy, const cap_policy *given) {
    size_t kept = 0;
    for (size_t i = 0; i < policy->environment_count; i++) {
        if (is_given(given, policy->environment[i]))
            policy->environment[kept++] = policy->environment[i];
        else
            free(policy->environment[i]);
    }
    policy->environment_count = kept;
}

static uint64_t lower(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* What the string has is the ceiling of its tasks; directories come from the caller's mounts alone. */
static cap_ceiling ceiling_of(const cap_ceiling *operator, const cap_policy *given) {
    cap_ceiling ceiling = *operator;
    ceiling.compute = lower(ceiling.compute, given->compute);
    ceiling.ram = lower(ceiling.ram, given->ram);
    ceiling.timeout_ns = lower(ceiling.timeout_ns, given->timeout_ns);
    ceiling.cpu_ns = lower(ceiling.cpu_ns, given->cpu_ns);
    ceiling.deny_files = ceiling.deny_net = true;
    return ceiling;
}

static int read_tasks(capsule_program *program, const cap_policy *given, capsule_error **error) {
    cap_config *config = program->config;
    program->config = NULL;
    int status = cap_tasks_read(program, error);
    program->config = config;
    for (size_t i = 0; status == 0 && i < program->task_count; i++) keep_given_variables(program->tasks[i].policy, given);
    return status;
}

/* The tasks take the place of the one that stood for the string. */
int cap_source_import(capsule_program *program, capsule_error **error) {
    if (!may_declare(program)) return 0;
    cap_task string = program->tasks[0];
    cap_autofree char *tasks_json = program->tasks_json, *default_task = program->default_task;
    cap_ceiling operator = program->ceiling;
    cap_task *tasks = cap_steal(program->tasks);
    program->task_count = 0;
    program->tasks_json = program->default_task = NULL;
    program->ceiling = ceiling_of(&operator, string.policy);
    int status = become_importable(program, error);
    if (status == 0) status = import(program, error);
    if (status > 0) {
        status = read_tasks(program, string.policy, error);
        cap_task_clear(&string);
        free(tasks);
    } else {
        become_string(program);
        program->tasks = tasks;
        program->task_count = 1;
        program->tasks_json = cap_steal(tasks_json);
        program->default_task = cap_steal(default_task);
    }
    program->ceiling = operator;
    return status;
}
