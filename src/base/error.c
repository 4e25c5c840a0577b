#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error_internal.h"

/* Answer of last resort when there is no memory for an error; never freed. */
static capsule_error no_memory = {.code = CAPSULE_MEMORY, .message = (char *)"out of memory", .is_static = true};

static const char *const names[] = {
    [CAPSULE_OK] = "ok",
    [CAPSULE_USAGE] = "usage",
    [CAPSULE_NOT_FOUND] = "not_found",
    [CAPSULE_CONFIG] = "config_error",
    [CAPSULE_BUILD] = "build_error",
    [CAPSULE_UNSUPPORTED] = "unsupported",
    [CAPSULE_CORRUPT] = "corrupt",
    [CAPSULE_MEMORY] = "memory",
    [CAPSULE_IO] = "io",
    [CAPSULE_CANCELLED] = "cancelled",
    [CAPSULE_FAULT] = "host_fault",
};

const char *capsule_code_name(capsule_code code) {
    size_t index = (size_t)code;
    return index < sizeof names / sizeof names[0] && names[index] ? names[index] : "unknown";
}

capsule_code capsule_error_code(const capsule_error *error) { return error ? error->code : CAPSULE_OK; }
const char *capsule_error_message(const capsule_error *error) { return error ? error->message : ""; }
const char *capsule_error_detail(const capsule_error *error) { return error ? error->detail : NULL; }

void capsule_error_free(capsule_error *error) {
    if (!error || error->is_static) return;
    free(error->message);
    free(error->detail);
    free(error);
}

void cap_error_cleanup(capsule_error **error) { capsule_error_free(*error); }

/* A copy of text in which control characters are shown as \xNN. */
static char *one_line(const char *text) {
    size_t extra = 0;
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f) extra += 3;
    char *copy = malloc(strlen(text) + extra + 1), *out = copy;
    if (!copy) return NULL;
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c < 0x20 || c == 0x7f)
            out += sprintf(out, "\\x%02x", c);
        else
            *out++ = (char)c;
    }
    *out = 0;
    return copy;
}

static void replace(capsule_error **error, capsule_code code, char *message) {
    char *line = message ? one_line(message) : NULL;
    free(message);
    capsule_error *made = line ? calloc(1, sizeof *made) : NULL;
    if (!made) {
        free(line);
        made = &no_memory;
    } else {
        made->code = code;
        made->message = line;
    }
    capsule_error_free(*error);
    *error = made;
}

int cap_error_set(capsule_error **error, capsule_code code, const char *format, ...) {
    if (!error) return -1;
    va_list arguments;
    va_start(arguments, format);
    char *message = NULL;
    if (vasprintf(&message, format, arguments) < 0) message = NULL;
    va_end(arguments);
    replace(error, code, message);
    return -1;
}

int cap_error_errno(capsule_error **error, capsule_code code, int number, const char *format, ...) {
    if (!error) return -1;
    va_list arguments;
    va_start(arguments, format);
    char *what = NULL, *message = NULL, reason[128];
    if (vasprintf(&what, format, arguments) < 0) what = NULL;
    va_end(arguments);
    if (what && asprintf(&message, "%s: %s", what, strerror_r(number, reason, sizeof reason)) < 0) message = NULL;
    free(what);
    replace(error, code, message);
    return -1;
}

int cap_error_context(capsule_error **error, const char *format, ...) {
    if (!error || !*error || (*error)->is_static) return -1;
    va_list arguments;
    va_start(arguments, format);
    char *context = NULL, *joined = NULL;
    if (vasprintf(&context, format, arguments) < 0) context = NULL;
    va_end(arguments);
    char *line = context ? one_line(context) : NULL;
    if (line && asprintf(&joined, "%s: %s", line, (*error)->message) >= 0) {
        free((*error)->message);
        (*error)->message = joined;
    }
    free(line);
    free(context);
    return -1;
}

int cap_error_detail(capsule_error **error, const char *text, size_t length) {
    if (!error || !*error || (*error)->is_static) return -1;
    char *copy = strndup(text, length);
    if (copy) {
        free((*error)->detail);
        (*error)->detail = copy;
    }
    return -1;
}
