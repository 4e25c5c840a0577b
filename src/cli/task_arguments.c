#include "cli/task_arguments.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "yyjson.h"

#include "base/cleanup.h"
#include "base/utf8.h"

#define JSON_MAX_BYTES ((size_t)6 * CLI_ARGS_FILE_MAX) /* every byte may need an escape */

static int fail(cap_buffer *problem, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int fail(cap_buffer *problem, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    cap_buffer_clear(problem);
    cap_buffer_add_vformat(problem, format, arguments);
    va_end(arguments);
    return -1;
}

/* ---- The file ---- */

static int read_file(const char *path, char **ret_text, size_t *ret_length, cap_buffer *problem) {
    struct stat status;
    cap_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 || fstat(fd, &status) < 0)
        return fail(problem, "Failed to read --args-file '%s': %s", path, strerror(errno));
    if (S_ISDIR(status.st_mode)) return fail(problem, "Failed to read --args-file '%s': is a directory", path);
    size_t capacity = 4096, length = 0;
    cap_autofree char *text = malloc(capacity);
    while (text) {
        ssize_t got = read(fd, text + length, capacity - length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(problem, "Failed to read --args-file '%s': %s", path, strerror(errno));
        if (got == 0) break;
        length += (size_t)got;
        if (length > CLI_ARGS_FILE_MAX)
            return fail(problem, "--args-file '%s' is larger than %u MB", path, CLI_ARGS_FILE_MAX >> 20);
        if (length < capacity) continue;
        char *larger = realloc(text, capacity *= 2);
        if (!larger) return fail(problem, "out of memory");
        text = larger;
    }
    if (!text) return fail(problem, "out of memory");
    *ret_text = cap_steal(text);
    *ret_length = length;
    return 0;
}

/* Takes the strings of a JSON array; they are moved into one block that argv points into. */
static int take_strings(cli_task_arguments *out, const char *path, yyjson_val *list, size_t text_length,
                        cap_buffer *problem) {
    if (!yyjson_is_arr(list)) return fail(problem, "--args-file '%s': expected a JSON array of strings", path);
    out->argv = calloc(yyjson_arr_size(list) + 1, sizeof *out->argv);
    char *p = out->file_text = malloc(text_length + 1); /* unescaped strings and NULs fit: quotes and comma go */
    if (!out->argv || !p) return fail(problem, "out of memory");
    yyjson_arr_iter iterator = yyjson_arr_iter_with(list);
    for (yyjson_val *item; (item = yyjson_arr_iter_next(&iterator));) {
        const char *text = yyjson_get_str(item);
        size_t number = out->count + 1;
        if (!text) return fail(problem, "--args-file '%s': item %zu is no string", path, number);
        if (strlen(text) != yyjson_get_len(item))
            return fail(problem, "--args-file '%s': item %zu holds a NUL character", path, number);
        out->argv[out->count++] = p;
        p = stpcpy(p, text) + 1;
    }
    return 0;
}

static int read_args_file(const char *path, cli_task_arguments *out, cap_buffer *problem) {
    cap_autofree char *text = NULL;
    size_t length = 0;
    yyjson_read_err error;
    if (read_file(path, &text, &length, problem) < 0) return -1;
    yyjson_doc *document = yyjson_read_opts(text, length, 0, NULL, &error);
    if (!document)
        return fail(problem, "Failed to parse --args-file '%s': %s at byte %zu", path, error.msg, error.pos);
    int status = take_strings(out, path, yyjson_doc_get_root(document), length, problem);
    yyjson_doc_free(document);
    return status;
}

/* ---- The words ---- */

static int take_words(const cli_arguments *arguments, cli_task_arguments *out, cap_buffer *problem) {
    size_t first = arguments->first_argument, count = arguments->operand_count > first ? arguments->operand_count - first : 0;
    out->argv = calloc(count + 1, sizeof *out->argv);
    if (!out->argv) return fail(problem, "out of memory");
    for (size_t i = 0; i < count; i++) {
        const char *word = arguments->operands[first + i];
        if (!cap_utf8_valid(word, strlen(word)))
            return fail(problem, "argument %zu is not valid UTF-8: arguments reach the task as JSON strings", i + 1);
        out->argv[out->count++] = word;
    }
    return 0;
}

static int make_json(cli_task_arguments *out, cap_buffer *problem) {
    cap_buffer json;
    cap_buffer_init(&json, JSON_MAX_BYTES);
    cap_buffer_add_text(&json, "[");
    for (size_t i = 0; i < out->count; i++) {
        if (i) cap_buffer_add_text(&json, ",");
        cap_buffer_add_json_string(&json, out->argv[i], strlen(out->argv[i]));
    }
    cap_buffer_add_text(&json, "]");
    out->json = cap_buffer_take(&json);
    return out->json ? 0 : fail(problem, "out of memory");
}

int cli_task_arguments_make(const cli_arguments *arguments, cli_task_arguments *ret, cap_buffer *problem) {
    const char *file = arguments->values[CLI_ARGS_FILE];
    *ret = (cli_task_arguments){0};
    int status = file ? read_args_file(file, ret, problem) : take_words(arguments, ret, problem);
    if (status == 0) status = make_json(ret, problem);
    if (status < 0) cli_task_arguments_clear(ret);
    return status;
}

void cli_task_arguments_clear(cli_task_arguments *arguments) {
    free(arguments->json);
    free(arguments->argv);
    free(arguments->file_text);
    *arguments = (cli_task_arguments){0};
}
