/* A program that is a string: no file, no import, no image of its own. Every run evaluates it in the language image, with
 * what its caller gave it. */
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "bundle/bundle.h"
#include "store/files.h"
#include "store/hash.h"
#include "task/source.h"
#include "task/tasks.h"

#define DEFAULT_NAME "<string>"
#define NAME_BYTES_MAX 64u
#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 -_<>"

/* ---- What is accepted ---- */

static const struct {
    const char *names[2];
    cap_source_language language;
} languages[] = {
    {{"python", "py"}, CAP_SOURCE_PYTHON},
    {{"javascript", "js"}, CAP_SOURCE_JAVASCRIPT},
    {{"typescript", "ts"}, CAP_SOURCE_TYPESCRIPT},
};

int cap_source_language_read(const char *text, cap_source_language *ret_language, capsule_error **error) {
    for (size_t i = 0; i < CAP_COUNT(languages); i++)
        if (strcmp(text, languages[i].names[0]) == 0 || strcmp(text, languages[i].names[1]) == 0) {
            *ret_language = languages[i].language;
            return 0;
        }
    return cap_error_set(error, CAPSULE_USAGE, "unknown language \"%.40s\": expected py, js or ts (or python, javascript, typescript)",
                         text);
}

int cap_source_check(const char *code, size_t length, const char *name, capsule_error **error) {
    size_t size = strlen(name);
    if (size == 0 || size > NAME_BYTES_MAX || strspn(name, NAME_CHARACTERS) != size)
        return cap_error_set(error, CAPSULE_USAGE, "a string cannot be called \"%.80s\": expected 1 to %u letters, digits, blanks and \"-_<>\"",
                             name, NAME_BYTES_MAX);
    if (length > CAPSULE_SOURCE_MAX)
        return cap_error_set(error, CAPSULE_USAGE, "%s is larger than %u bytes", name, CAPSULE_SOURCE_MAX);
    const char *nul = memchr(code, 0, length);
    if (nul) return cap_error_set(error, CAPSULE_USAGE, "%s holds a NUL character (byte %zu)", name, (size_t)(nul - code) + 1);
    size_t valid = 0;
    for (size_t step; valid < length && (step = cap_utf8_sequence(code + valid, length - valid)); valid += step) {}
    if (valid < length) return cap_error_set(error, CAPSULE_USAGE, "%s is not valid UTF-8 (byte %zu)", name, valid + 1);
    return 0;
}

/* ---- Its text ---- */

static char *copy(const char *code, size_t length, capsule_error **error) {
    char *text = malloc(length + 1);
    if (text) {
        memcpy(text, code, length);
        text[length] = 0;
    } else {
        cap_error_set(error, CAPSULE_MEMORY, "out of memory for a string");
    }
    return text;
}

static int take(capsule_program *program, const char *code, size_t length, capsule_error **error) {
    program->code = copy(code, length, error);
    program->code_length = length;
    return program->code ? 0 : -1;
}

/* Names a translation in the image cache: by what it was made from, the guest's build aside. */
static char *translation_key(const capsule_program *program, const char *code, size_t length) {
    char hash[CAP_HASH_TEXT], *key = NULL;
    cap_hash_bytes(code, length, hash);
    return asprintf(&key, "translated\n%s\n%s", program->name, hash) < 0 ? NULL : key;
}

static bool find_translation(capsule_program *program, const char *key) {
    if (program->runtime->no_cache) return false;
    cap_images_entry *entry = cap_images_find(program->runtime->images, key, program->guest->build);
    if (!entry) return false;
    program->code = cap_images_entry_read(entry, "bundle.js", &program->code_length);
    program->source_map = cap_images_entry_read(entry, "bundle.map", &program->source_map_length);
    cap_images_entry_free(entry);
    if (program->code && program->source_map) return true;
    free(program->code);
    free(program->source_map);
    program->code = program->source_map = NULL;
    return false;
}

/* A cache that cannot be written costs the next run a translation. */
static void keep_translation(capsule_program *program, const char *key) {
    cap_autobuffer cap_buffer record;
    cap_buffer_init(&record, 4096);
    cap_buffer_add_text(&record, "{\"language\":\"javascript\"");
    cap_buffer_add_json_key(&record, "file");
    cap_buffer_add_json_string(&record, program->name, strlen(program->name));
    cap_buffer_add_text(&record, "}");
    const cap_images_file files[] = {
        {.name = "bundle.js", .bytes = program->code, .length = program->code_length},
        {.name = "bundle.map", .bytes = program->source_map, .length = program->source_map_length},
    };
    cap_autoerror capsule_error *ignored = NULL;
    if (record.failed || program->runtime->no_cache) return;
    cap_images_entry_free(cap_images_publish(program->runtime->images, key, program->guest->build, record.data,
                                             cap_images_begin(NULL), NULL, 0, files, CAP_COUNT(files), &ignored));
}

static int translate(capsule_program *program, const char *code, size_t length, const capsule_program_options *options,
                     capsule_error **error) {
    cap_autofree char *key = translation_key(program, code, length);
    cap_autofree char *esbuild = cap_path_join(program->guest->directory, "esbuild");
    cap_bundle made = {0};
    if (!key || !esbuild) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a string");
    if (!(program->original = copy(code, length, error))) return -1;
    if (find_translation(program, key)) return 0;
    if (options->progress) options->progress(options->progress_context, "bundling");
    int status = cap_bundle_translate(esbuild, code, length, program->name, &made, error);
    if (options->progress) options->progress(options->progress_context, NULL);
    if (status < 0) return -1;
    program->code = cap_steal(made.code);
    program->code_length = made.code_length;
    program->source_map = cap_steal(made.map);
    program->source_map_length = made.map_length;
    cap_bundle_clear(&made);
    keep_translation(program, key);
    return 0;
}

/* ---- Its task ---- */

/* "NAME" or "NAME=value": the name is declared, a value kept. */
static int add_variables(capsule_program *program, const char *const *given, yyjson_mut_doc *doc, yyjson_mut_val *names,
                         capsule_error **error) {
    size_t count = 0, kept = 0;
    while (given && given[count]) count++;
    program->variables = calloc(count + 1, sizeof *program->variables);
    if (!program->variables) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for variables");
    for (size_t i = 0; i < count; i++) {
        size_t length = strcspn(given[i], "=");
        if (!cap_utf8_valid(given[i], strlen(given[i])))
            return cap_error_set(error, CAPSULE_CONFIG, "environment variable %zu is not valid UTF-8", i + 1);
        if (!yyjson_mut_arr_add_strncpy(doc, names, given[i], length)) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for variables");
        if (given[i][length] && !(program->variables[kept++] = strdup(given[i])))
            return cap_error_set(error, CAPSULE_MEMORY, "out of memory for variables");
    }
    return 0;
}

/* TASKS as a guest would report it for a program whose one task declares what the caller gives. */
static int make_tasks(capsule_program *program, const capsule_source_options *source, yyjson_mut_doc *doc, capsule_error **error) {
    const struct {
        const char *key, *text;
    } texts[] = {{"compute", source->compute}, {"ram", source->ram}, {"timeout", source->timeout}};
    yyjson_mut_val *root = yyjson_mut_obj(doc), *tasks = yyjson_mut_arr(doc), *task = yyjson_mut_arr_add_obj(doc, tasks);
    yyjson_mut_val *options = yyjson_mut_obj(doc), *names = yyjson_mut_arr(doc);
    yyjson_mut_doc_set_root(doc, root);
    yyjson_mut_obj_add_val(doc, root, "tasks", tasks);
    yyjson_mut_obj_add_str(doc, root, "default", CAP_SOURCE_TASK);
    yyjson_mut_obj_add_str(doc, task, "name", CAP_SOURCE_TASK);
    yyjson_mut_obj_add_val(doc, task, "options", options);
    for (size_t i = 0; i < CAP_COUNT(texts); i++)
        if (texts[i].text) yyjson_mut_obj_add_strcpy(doc, options, texts[i].key, texts[i].text);
    if (add_variables(program, source->environment, doc, names, error) < 0) return -1;
    yyjson_mut_obj_add_val(doc, options, "env_variables", names);
    program->tasks_json = yyjson_mut_write(doc, YYJSON_WRITE_NOFLAG, NULL);
    return program->tasks_json ? 0 : cap_error_set(error, CAPSULE_MEMORY, "out of memory for a task");
}

/* The defaults of [tasks] are the project's word about its programs; a string is its caller's. */
static int read_task(capsule_program *program, const capsule_source_options *source, capsule_error **error) {
    cap_config *config = program->config;
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    int status = doc ? make_tasks(program, source, doc, error) : cap_error_set(error, CAPSULE_MEMORY, "out of memory for a task");
    yyjson_mut_doc_free(doc);
    program->config = NULL;
    if (status == 0) status = cap_tasks_read(program, error);
    program->config = config;
    return status;
}

/* ---- The whole ---- */

static int load(capsule_program *program, const char *code, size_t length, const capsule_source_options *source,
                const capsule_program_options *options, capsule_error **error) {
    cap_source_language language;
    const char *name = source->name ? source->name : DEFAULT_NAME;
    if (cap_source_language_read(source->language ? source->language : "python", &language, error) < 0 ||
        cap_source_check(code, length, name, error) < 0 || cap_program_configure(program, options, error) < 0)
        return -1;
    if (!(program->name = strdup(name))) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a string");
    if (cap_runtime_guest(program->runtime, language == CAP_SOURCE_PYTHON ? "python" : "javascript", &program->guest, error) < 0)
        return -1;
    program->image = program->guest->image;
    if (read_task(program, source, error) < 0) return -1;
    int status = language == CAP_SOURCE_TYPESCRIPT ? translate(program, code, length, options, error)
                                                   : take(program, code, length, error);
    return status < 0 || cap_source_import(program, error) < 0 ? -1 : cap_program_finish(program, error);
}

int capsule_program_load_source(capsule_runtime *runtime, const char *code, size_t length, const capsule_source_options *source,
                                const capsule_program_options *options, capsule_program **ret_program, capsule_error **error) {
    capsule_source_options given = CAPSULE_SOURCE_OPTIONS_INIT;
    capsule_program_options general = CAPSULE_PROGRAM_OPTIONS_INIT;
    if (source) memcpy(&given, source, source->size < sizeof given ? source->size : sizeof given);
    if (options) memcpy(&general, options, options->size < sizeof general ? options->size : sizeof general);
    capsule_program *program = cap_program_create(runtime, &general, error);
    if (!program) return -1;
    if (load(program, code, length, &given, &general, error) < 0) {
        capsule_program_free(program);
        return -1;
    }
    *ret_program = program;
    return 0;
}
