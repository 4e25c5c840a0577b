#include "cli/worker/request.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "cli/cli.h"

#define SHOWN_MAX 80 /* bytes of a key that a message repeats */

__attribute__((format(printf, 2, 3))) static int fail(cap_buffer *problem, const char *format, ...) {
    char text[CLI_REQUEST_PROBLEM_MAX];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    cap_buffer_clear(problem);
    if (length < 0) length = 0;
    if ((size_t)length >= sizeof text) length = (int)cap_utf8_cut(text, sizeof text - 1);
    cap_buffer_add(problem, text, (size_t)length);
    return -1;
}

/* A text without NUL characters: it is going to be a C string. */
static const char *plain_text(yyjson_val *value) {
    const char *text = yyjson_get_str(value);
    return text && strlen(text) == yyjson_get_len(value) ? text : NULL;
}

static int take_text(const char *key, yyjson_val *value, const char **ret, cap_buffer *problem) {
    if (!yyjson_is_str(value)) return fail(problem, "\"%s\" must be a string", key);
    *ret = plain_text(value);
    return *ret ? 0 : fail(problem, "\"%s\" holds a NUL character", key);
}

static int take_id(const char *key, yyjson_val *value, const char **ret, cap_buffer *problem) {
    if (yyjson_is_str(value) && yyjson_get_len(value) > CLI_REQUEST_ID_MAX)
        return fail(problem, "\"%s\" is longer than %u bytes", key, CLI_REQUEST_ID_MAX);
    return take_text(key, value, ret, problem);
}

static int take_texts(const char *key, yyjson_val *value, size_t most, const char ***ret, cap_buffer *problem) {
    size_t count = yyjson_arr_size(value), i = 0;
    if (!yyjson_is_arr(value)) return fail(problem, "\"%s\" must be an array of strings", key);
    if (count > most) return fail(problem, "\"%s\" has %zu items, at most %zu are accepted", key, count, most);
    const char **texts = *ret = calloc(count + 1, sizeof *texts);
    if (!texts) return fail(problem, "out of memory");
    yyjson_arr_iter items = yyjson_arr_iter_with(value);
    for (yyjson_val *item; (item = yyjson_arr_iter_next(&items)); i++) {
        if (!yyjson_is_str(item)) return fail(problem, "\"%s\"[%zu] must be a string", key, i);
        if (!(texts[i] = plain_text(item))) return fail(problem, "\"%s\"[%zu] holds a NUL character", key, i);
    }
    return 0;
}

static int take_timeout(yyjson_val *value, uint64_t *ret_ms, cap_buffer *problem) {
    *ret_ms = yyjson_get_uint(value);
    if (yyjson_is_uint(value) && *ret_ms >= 1 && *ret_ms <= CLI_REQUEST_TIMEOUT_MAX_MS) return 0;
    return fail(problem, "\"timeout_ms\" must be a whole number of milliseconds from 1 to %llu",
                (unsigned long long)CLI_REQUEST_TIMEOUT_MAX_MS);
}

/* ---- Keys ---- */

enum { ID, FILE_, ARGS, MOUNTS, TIMEOUT_MS, STREAM, CANCEL, CODE, LANG, COMPUTE, RAM, TIMEOUT, ENV, KEYS };
#define STRING_KEYS (1u << LANG | 1u << COMPUTE | 1u << RAM | 1u << TIMEOUT | 1u << ENV) /* with "code" alone */
static const char *const names[KEYS] = {
    [ID] = "id",           [FILE_] = "file",      [ARGS] = "args",     [MOUNTS] = "mounts",
    [TIMEOUT_MS] = "timeout_ms", [STREAM] = "stream", [CANCEL] = "cancel", [CODE] = "code", [LANG] = "lang",
    [COMPUTE] = "compute", [RAM] = "ram",         [TIMEOUT] = "timeout", [ENV] = "env",
};

static int key_of(yyjson_val *key) {
    for (int i = 0; i < KEYS; i++)
        if (yyjson_equals_str(key, names[i])) return i;
    return KEYS;
}

static int take_member(int key, yyjson_val *value, cli_request *out, cap_buffer *problem) {
    switch (key) {
    case ID: return take_id("id", value, &out->id, problem);
    case CANCEL: return take_id("cancel", value, &out->cancel, problem);
    case FILE_:
        if (take_text("file", value, &out->file, problem) < 0) return -1;
        return *out->file ? 0 : fail(problem, "\"file\" is empty");
    case ARGS:
        if (take_texts("args", value, CLI_REQUEST_ARGS_MAX, &out->argv, problem) < 0) return -1;
        out->arguments = yyjson_val_write(value, 0, NULL);
        return out->arguments ? 0 : fail(problem, "out of memory");
    case MOUNTS: return take_texts("mounts", value, CLI_MOUNTS_MAX, &out->mounts, problem);
    case CODE: return take_text("code", value, &out->code, problem);
    case LANG: return take_text("lang", value, &out->lang, problem);
    case COMPUTE: return take_text("compute", value, &out->compute, problem);
    case RAM: return take_text("ram", value, &out->ram, problem);
    case TIMEOUT: return take_text("timeout", value, &out->timeout, problem);
    case ENV: return take_texts("env", value, CLI_REQUEST_ENV_MAX, &out->env, problem);
    case TIMEOUT_MS: return take_timeout(value, &out->timeout_ms, problem);
    default:
        out->stream = yyjson_is_true(value);
        return yyjson_is_bool(value) ? 0 : fail(problem, "\"stream\" must be true or false");
    }
}

/* A file or a string, and what a string alone may have. */
static int check_program(const cli_request *out, unsigned seen, cap_buffer *problem) {
    if (out->file && out->code) return fail(problem, "\"file\" and \"code\" exclude each other");
    if (!out->file && !out->code) return fail(problem, "missing \"file\" or \"code\"");
    for (int key = 0; out->file && key < KEYS; key++)
        if (seen & STRING_KEYS & 1u << key) return fail(problem, "\"%s\" is for \"code\": the tasks of a file declare what they need", names[key]);
    return 0;
}

/* The id comes first, wherever it stands: a complaint about another member is to carry it. */
static int take_members(yyjson_val *root, cli_request *out, cap_buffer *problem) {
    unsigned seen = 0;
    yyjson_val *id = yyjson_obj_get(root, "id");
    if (id && take_member(ID, id, out, problem) < 0) return -1;
    yyjson_obj_iter members = yyjson_obj_iter_with(root);
    for (yyjson_val *name; (name = yyjson_obj_iter_next(&members));) {
        int key = key_of(name);
        if (key == KEYS)
            return fail(problem, "unknown key \"%.*s\"", (int)cap_utf8_cut(yyjson_get_str(name), yyjson_get_len(name) < SHOWN_MAX ? yyjson_get_len(name) : SHOWN_MAX), yyjson_get_str(name));
        if (seen >> key & 1) return fail(problem, "\"%s\" is given twice", names[key]);
        seen |= 1u << key;
        if (key != ID && take_member(key, yyjson_obj_iter_get_val(name), out, problem) < 0) return -1;
    }
    if (out->cancel) return seen == 1u << CANCEL ? 0 : fail(problem, "\"cancel\" stands alone in its line");
    if (!out->id) return fail(problem, "missing \"id\"");
    return check_program(out, seen, problem);
}

int cli_request_parse(const char *line, size_t length, cli_request *ret, cap_buffer *problem) {
    yyjson_read_err error;
    *ret = (cli_request){0};
    /* The reader does not change the text without the in-situ flag. */
    ret->document = yyjson_read_opts((char *)(uintptr_t)line, length, 0, NULL, &error);
    if (!ret->document) return fail(problem, "Failed to parse request: %s at byte %zu", error.msg, error.pos);
    yyjson_val *root = yyjson_doc_get_root(ret->document);
    ret->bytes = 2 * length + yyjson_doc_get_val_count(ret->document) * (sizeof(char *) + 16);
    if (!yyjson_is_obj(root)) return fail(problem, "Failed to parse request: expected an object");
    return take_members(root, ret, problem);
}

void cli_request_clear(cli_request *request) {
    yyjson_doc_free(request->document);
    free(request->arguments);
    free(request->argv);
    free(request->mounts);
    free(request->env);
    *request = (cli_request){0};
}
