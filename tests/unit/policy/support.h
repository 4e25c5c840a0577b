/* What the policy's unit tests share. Each test_*.c here is a program of its own. */
#ifndef CAP_TEST_POLICY_SUPPORT_H
#define CAP_TEST_POLICY_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/error.h"

/* Fails unless *error has this code and its message contains `part`; frees it. */
static inline void expect_error(capsule_error **error, capsule_code code, const char *part) {
    if (capsule_error_code(*error) != code || !strstr(capsule_error_message(*error), part))
        fail_msg("expected %s \"...%s...\", got %s \"%s\"", capsule_code_name(code), part,
                 capsule_code_name(capsule_error_code(*error)), capsule_error_message(*error));
    capsule_error_free(*error);
    *error = NULL;
}

/* Fails, showing the error, unless the call answers 0. A macro, so that the call comes before the look at its error. */
#define expect_ok(call, error) \
    do { \
        if ((call) != 0) fail_msg("unexpected error: %s", capsule_error_message(error)); \
    } while (0)

/* A text of `count` times `unit`; the caller frees it. */
static inline char *repeat(const char *unit, size_t count) {
    size_t length = strlen(unit);
    char *text = malloc(length * count + 1);
    assert_non_null(text);
    for (size_t i = 0; i < count; i++) memcpy(text + i * length, unit, length);
    text[length * count] = 0;
    return text;
}

/* A new directory below TMPDIR; its path is static and it is removed by remove_directory. */
static inline char *make_directory(void) {
    static char path[4096];
    const char *parent = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/capsule-policy-XXXXXX", parent ? parent : "/tmp");
    assert_non_null(mkdtemp(path));
    return path;
}

static inline void remove_directory(const char *path) {
    char command[4200];
    snprintf(command, sizeof command, "rm -rf '%s'", path);
    assert_int_equal(system(command), 0);
}

/* Writes bytes to directory/name. */
static inline void write_bytes(const char *directory, const char *name, const void *bytes, size_t length) {
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static inline void write_file(const char *directory, const char *name, const char *text) {
    write_bytes(directory, name, text, strlen(text));
}

#endif
