#include "task/brought.h"

#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "base/cleanup.h"
#include "bundle/bundle.h"
#include "store/files.h"
#include "task/source.h"
#include "wasi/abi.h"

#define NAME_MAX_BYTES 255u /* of what a brought program is called */
#define PLAIN_NAME_MAX 60u  /* of what the bundler calls it */

bool cap_node_is_brought(const cap_node *node) { return node->program != node->tree->program; }

/* ---- What the caller may pass on ---- */

static uint64_t compute_left(cap_node *node) {
    const uint64_t limit = node->task->policy->compute;
    uint64_t used = node->slot ? cap_slot_meter(node->slot) * CAP_UNITS_PER_COUNT : 0;
    pthread_mutex_lock(&node->tree->lock);
    uint64_t lent = node->lent_fuel;
    pthread_mutex_unlock(&node->tree->lock);
    if (limit == CAP_NO_LIMIT) return limit;
    return used >= limit || lent >= limit - used ? 0 : limit - used - lent;
}

static cap_holdings holdings(cap_node *node) {
    const bool brought = cap_node_is_brought(node); /* it has no part in what the run's caller gave */
    return (cap_holdings){
        .policy = node->task->policy,
        .mounts = brought ? NULL : node->tree->mounts,
        .mount_count = brought ? 0 : node->tree->mount_count,
        .compute = compute_left(node),
    };
}

/* ---- Programs ---- */

static bool is_name(const char *name) {
    size_t length = strlen(name);
    if (length == 0 || length > NAME_MAX_BYTES) return false;
    for (const char *p = name; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f) return false;
    return true;
}

/* Where the text of the program is: a string to evaluate, or a file to import. */
static char **text_of(capsule_program *program, bool is_code, size_t **ret_length) {
    *ret_length = is_code ? &program->code_length : &program->bundle_length;
    return is_code ? &program->code : &program->bundle;
}

/* A program of nothing but its text. What the run has of project, ceiling and environment stays with the run's own. */
static int fill_program(capsule_program *program, cap_source_language language, bool is_code, const char *name, yyjson_val *source,
                        capsule_error **error) {
    size_t *length;
    char **text = text_of(program, is_code, &length);
    *length = yyjson_get_len(source);
    *text = strndup(yyjson_get_str(source), *length);
    program->name = strdup(name);
    program->entry = strdup("");
    program->translated = language != CAP_SOURCE_TYPESCRIPT;
    if (!*text || !program->name || !program->entry) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a program");
    if (cap_runtime_guest(program->runtime, language == CAP_SOURCE_PYTHON ? "python" : "javascript", &program->guest, error) < 0) return -1;
    program->image = program->guest->image;
    return 0;
}

static int make_program(capsule_runtime *runtime, cap_source_language language, bool is_code, const char *name, yyjson_val *source,
                        capsule_program **ret_program, capsule_error **error) {
    capsule_program_options options = CAPSULE_PROGRAM_OPTIONS_INIT;
    capsule_program *program = cap_program_create(runtime, &options, error);
    if (!program) return -1;
    if (fill_program(program, language, is_code, name, source, error) < 0) {
        capsule_program_free(program);
        return -1;
    }
    *ret_program = program;
    return 0;
}

size_t cap_brought_bytes(const capsule_program *program) { return program->bundle_length + program->code_length; }

void cap_brought_forget(capsule_program *program) {
    char **texts[] = {&program->bundle, &program->code, &program->original, &program->source_map};
    for (size_t i = 0; i < CAP_COUNT(texts); i++) {
        free(*texts[i]);
        *texts[i] = NULL;
    }
}

/* The program's name as the bundler can take it. */
static void plain_name(const char *name, char plain[NAME_MAX_BYTES + 1]) {
    static const char accepted[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_<>";
    size_t length = strlen(name), skipped = length > PLAIN_NAME_MAX ? length - PLAIN_NAME_MAX : 0, i = 0;
    for (const char *p = name + skipped; *p; p++) plain[i++] = strchr(accepted, *p) ? *p : '_';
    plain[i] = 0;
}

int cap_brought_translate(cap_node *node, capsule_error **error) {
    capsule_program *program = node->program;
    char name[NAME_MAX_BYTES + 1];
    cap_bundle made = {0};
    if (program->translated || node->stream != node) return 0;
    cap_autofree char *esbuild = cap_path_join(program->guest->directory, "esbuild");
    if (!esbuild) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a program");
    size_t *length;
    char **text = text_of(program, program->code != NULL, &length);
    plain_name(program->name, name);
    if (cap_bundle_translate(esbuild, *text, *length, name, &made, error) < 0) return -1;
    if (program->code) program->original = cap_steal(*text);
    free(*text);
    *text = cap_steal(made.code);
    *length = made.code_length;
    program->source_map = cap_steal(made.map);
    program->source_map_length = made.map_length;
    program->translated = true;
    cap_bundle_clear(&made);
    return 0;
}

/* ---- Requests ---- */

static void add_member(cap_buffer *out, yyjson_val *root, const char *key, bool is_kind(yyjson_val *), const char *otherwise) {
    yyjson_val *value = yyjson_obj_get(root, key);
    size_t length = 0;
    cap_autofree char *text = is_kind(value) ? yyjson_val_write(value, YYJSON_WRITE_NOFLAG, &length) : NULL;
    cap_buffer_add_json_key(out, key);
    cap_buffer_add(out, text ? text : otherwise, text ? length : strlen(otherwise));
}

static bool is_array(yyjson_val *value) { return yyjson_is_arr(value); }
static bool is_object(yyjson_val *value) { return yyjson_is_obj(value); }

static bool is_texts(yyjson_val *value) {
    yyjson_arr_iter iterator = yyjson_arr_iter_with(value);
    for (yyjson_val *item; (item = yyjson_arr_iter_next(&iterator));)
        if (!yyjson_is_str(item)) return false;
    return yyjson_is_arr(value);
}

/* {"argv","args","kwargs"}: what cap_brought_request makes a request of. NULL: no memory. */
static char *keep_arguments(yyjson_val *root, size_t *ret_length) {
    cap_buffer out;
    cap_buffer_init(&out, CAP_REQUEST_MAX);
    cap_buffer_add_text(&out, "{");
    add_member(&out, root, "argv", is_texts, "[]");
    add_member(&out, root, "args", is_array, "[]");
    add_member(&out, root, "kwargs", is_object, "{}");
    cap_buffer_add_text(&out, "}");
    *ret_length = out.length;
    return cap_buffer_take(&out);
}

static int check(yyjson_val *root, capsule_error **error) {
    const char *name = yyjson_get_str(yyjson_obj_get(root, "name"));
    yyjson_val *source = yyjson_obj_get(root, "source"), *kind = yyjson_obj_get(root, "kind");
    if (!name || !is_name(name))
        return cap_error_set(error, CAPSULE_CONFIG, "a program needs a name of 1 to %u bytes without control characters", NAME_MAX_BYTES);
    if (!yyjson_is_str(source)) return cap_error_set(error, CAPSULE_CONFIG, "a program needs its source as text");
    if (yyjson_get_len(source) > CAPSULE_SOURCE_MAX)
        return cap_error_set(error, CAPSULE_CONFIG, "the source of %zu bytes is too large, at most %u are accepted",
                             yyjson_get_len(source), CAPSULE_SOURCE_MAX);
    if (memchr(yyjson_get_str(source), 0, yyjson_get_len(source)))
        return cap_error_set(error, CAPSULE_CONFIG, "the source holds a NUL character");
    if (!yyjson_equals_str(kind, "file") && !yyjson_equals_str(kind, "code"))
        return cap_error_set(error, CAPSULE_CONFIG, "unknown kind of program: expected \"file\" or \"code\"");
    return 0;
}

/* Program and policy of a request. */
static int judge(cap_node *parent, yyjson_val *root, capsule_program **ret_program, cap_policy **ret_policy, capsule_error **error) {
    const char *language_text = yyjson_get_str(yyjson_obj_get(root, "language"));
    cap_source_language language;
    if (check(root, error) < 0 || cap_source_language_read(language_text ? language_text : "", &language, error) < 0) return -1;
    const cap_holdings own = holdings(parent);
    yyjson_val *source = yyjson_obj_get(root, "source"), *options = yyjson_obj_get(root, "options");
    cap_autofree char *text = options ? yyjson_val_write(options, YYJSON_WRITE_NOFLAG, NULL) : strdup("{}");
    if (!text) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a program");
    if (cap_policy_narrow(&own, text, ret_policy, error) < 0) return -1;
    return make_program(parent->tree->program->runtime, language, yyjson_equals_str(yyjson_obj_get(root, "kind"), "code"),
                        yyjson_get_str(yyjson_obj_get(root, "name")), source, ret_program, error);
}

/* ---- Nodes ---- */

static cap_node *create_node(cap_node *parent, yyjson_val *root, int32_t *ret_errno) {
    cap_autoerror capsule_error *error = NULL;
    const char *name = yyjson_get_str(yyjson_obj_get(root, "name"));
    capsule_program *program = NULL;
    cap_task own = {.name = strdup(name && is_name(name) ? name : "program")};
    size_t length = 0;
    char *arguments = own.name ? keep_arguments(root, &length) : NULL;
    *ret_errno = -WASI_ENOMEM;
    if (!arguments) {
        cap_task_clear(&own);
        return NULL;
    }
    int status = judge(parent, root, &program, &own.policy, &error);
    if (status < 0 && !own.policy) own.policy = calloc(1, sizeof *own.policy);
    cap_node *node = own.policy ? cap_node_create_own(parent, program ? program : parent->program, own, arguments, length) : NULL;
    if (!own.policy) {
        free(arguments);
        cap_task_clear(&own);
    }
    if (node && status < 0) cap_verdict_from_error(&node->verdict, error);
    capsule_program_free(program);
    return node;
}

cap_node *cap_brought_create(cap_node *parent, const char *request, size_t length, int32_t *ret_errno) {
    yyjson_doc *doc = yyjson_read(request, length, YYJSON_READ_NUMBER_AS_RAW);
    *ret_errno = -WASI_EINVAL;
    cap_node *node = doc ? create_node(parent, yyjson_doc_get_root(doc), ret_errno) : NULL;
    yyjson_doc_free(doc);
    return node;
}

cap_node *cap_brought_subtask(cap_node *parent, const char *name, char *request, size_t length) {
    cap_autoerror capsule_error *error = NULL;
    const cap_holdings own = holdings(parent);
    cap_task task = {.name = strdup(name)};
    if (!task.name || cap_policy_narrow(&own, NULL, &task.policy, &error) < 0) {
        free(request);
        cap_task_clear(&task);
        return NULL;
    }
    return cap_node_create_own(parent, parent->program, task, request, length);
}

/* The task that a program is run for, as its import reported; NULL when there is none. The caller frees it. */
static char *default_task(const char *tasks_json) {
    yyjson_doc *doc = tasks_json ? yyjson_read(tasks_json, strlen(tasks_json), YYJSON_READ_NUMBER_AS_RAW) : NULL;
    const char *task = yyjson_get_str(yyjson_obj_get(yyjson_doc_get_root(doc), "default"));
    char *copy = task ? strdup(task) : NULL;
    yyjson_doc_free(doc);
    return copy;
}

int cap_brought_request(const cap_node *node, const char *tasks_json, cap_buffer *out, capsule_error **error) {
    const capsule_program *program = node->program;
    cap_autofree char *task = program->code ? NULL : default_task(tasks_json);
    if (!task && !program->code) return cap_error_set(error, CAPSULE_BUILD, "%s has no task and no main function", program->name);
    cap_buffer_add_text(out, "{");
    cap_sandbox_add_callee(program, task, out);
    cap_buffer_add_text(out, ",");
    if (cap_buffer_add(out, node->request + 1, node->request_length - 1) == 0) return 0;
    return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a request");
}
