/* A directory of its own for each test, and short ways to put files into it. */
#ifndef CAP_TEST_STORE_SCRATCH_H
#define CAP_TEST_STORE_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char scratch[64];
static struct scratch_path {
    struct scratch_path *next;
    char text[];
} *scratch_paths;

static inline int scratch_remove_one(const char *path, const struct stat *status, int type, struct FTW *where) {
    (void)status, (void)type, (void)where;
    return remove(path);
}

/* The directory is made below a private one, so that it counts as safe: /tmp itself is sticky. */
static inline int scratch_setup(void **state) {
    (void)state;
    strcpy(scratch, "/tmp/capsule-test-XXXXXX");
    if (!mkdtemp(scratch)) return -1;
    return 0;
}

static inline int scratch_teardown(void **state) {
    (void)state;
    nftw(scratch, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
    while (scratch_paths) {
        struct scratch_path *next = scratch_paths->next;
        free(scratch_paths);
        scratch_paths = next;
    }
    return 0;
}

/* Absolute path below the scratch directory; it lives as long as the test. */
static inline const char *at(const char *name) {
    struct scratch_path *path = malloc(sizeof *path + strlen(scratch) + strlen(name) + 2);
    if (!path) abort();
    path->next = scratch_paths;
    scratch_paths = path;
    sprintf(path->text, "%s/%s", scratch, name);
    return path->text;
}

static inline void put(const char *name, const char *text) {
    FILE *file = fopen(at(name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static inline void make_directory(const char *name) { assert_int_equal(mkdir(at(name), 0700), 0); }

static inline int exists(const char *name) { return access(at(name), F_OK) == 0; }

/* Moves both times of a file `seconds` into the past; its ctime becomes now. */
static inline void age(const char *name, int seconds) {
    struct timespec times[2] = {{.tv_sec = time(NULL) - seconds}, {.tv_sec = time(NULL) - seconds}};
    assert_int_equal(utimensat(AT_FDCWD, at(name), times, 0), 0);
}

static inline void pause_ms(int milliseconds) {
    struct timespec wait = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000L};
    while (nanosleep(&wait, &wait) < 0) {}
}

#define scratch_test(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

#endif
