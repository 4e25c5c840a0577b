/* The host runs out of memory: each allocation of a sequence of calls fails in turn. Every call answers ENOMEM or what it
 * always answers, nothing is half made, and nothing is lost. Linked with wrapped allocators. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "memfs_check.h"
#include "wasi/state.h"

static unsigned until_failure; /* 0: none fails */

static bool fails(void) { return until_failure && --until_failure == 0; }

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
void *__wrap_malloc(size_t size) { return fails() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return fails() ? NULL : __real_calloc(count, size); }
void *__wrap_realloc(void *old, size_t size) { return fails() ? NULL : __real_realloc(old, size); }
char *__wrap_strdup(const char *text) { return fails() ? NULL : __real_strdup(text); }

enum { MOST_ALLOCATIONS = 1000 };

static int setup_tmp(void **state) {
    if (setup_bare(state)) return -1;
    start(*state, &(cap_wasi_config){.tmp_limit = UINT64_C(1) << 40, .tmp_path = "/t"});
    return 0;
}

/* Fine, or out of memory; what depends on a call that failed may miss it. */
static uint32_t settled(fixture *f, uint32_t error) {
    if (error) assert_true(error == WASI_ENOMEM || error == WASI_ENOENT || error == WASI_EEXIST || error == WASI_ENOTEMPTY);
    unsigned kept = until_failure;
    until_failure = 0;
    assert_null(memfs_problem(f->wasi->memory));
    until_failure = kept;
    return error;
}

/* A bit of everything that allocates. */
static void use_everything(fixture *f) {
    char buffer[32];
    uint32_t size;
    settled(f, make_directory(f, "t/d"));
    settled(f, make_directory(f, "t/d/e"));
    settled(f, symlink_path(f, "d/e", "t/l"));
    int32_t fd = open_create(f, "t/d/file");
    settled(f, fd < 0 ? (uint32_t)-fd : 0);
    if (fd > 0) {
        settled(f, write_fd(f, (uint32_t)fd, "first", 5, NULL));
        settled(f, pwrite_fd(f, (uint32_t)fd, "far away", 8, UINT64_C(1) << 30, &size));
        settled(f, pwrite_fd(f, (uint32_t)fd, "and near", 8, 70000, &size));
        settled(f, cap_wasi_fd_filestat_set_size(&f->host, (uint32_t)fd, 80000));
    }
    settled(f, link_path(f, "t/d/file", "t/second"));
    settled(f, rename_path(f, "t/d/file", "t/d/e/moved"));
    settled(f, rename_path(f, "t/d/e", "t/up"));
    settled(f, stat_path(f, ROOT, "t/l/../up/moved", FOLLOW, &(stat_result){0}));
    settled(f, readlink_path(f, "t/l", buffer, sizeof buffer));
    int32_t directory = open_read(f, "t/up");
    if (directory > 0) {
        uint32_t room = guest_room(f, 256), ret = guest_room(f, 4);
        settled(f, cap_wasi_fd_readdir(&f->host, (uint32_t)directory, room, 256, 0, ret));
        cap_wasi_fd_close(&f->host, (uint32_t)directory);
    }
    if (fd > 0) cap_wasi_fd_close(&f->host, (uint32_t)fd);
}

static void remove_everything(fixture *f) {
    static const char *const files[] = {"t/l", "t/second", "t/d/file", "t/d/e/moved", "t/up/moved", "t/d/e", "t/up", "t/d"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (unlink_file(f, files[i])) remove_directory(f, files[i]);
    const cap_memfs_usage left = cap_memfs_used(f->wasi->memory);
    assert_int_equal(left.bytes + left.pages + left.nodes + left.names, 0);
}

static void each_allocation_in_turn(void **state) {
    fixture *f = *state;
    unsigned n = 1;
    for (bool failed = true; failed; n++) {
        assert_true(n < MOST_ALLOCATIONS);
        forget(f);
        until_failure = n;
        use_everything(f);
        failed = until_failure == 0;
        until_failure = 0;
        remove_everything(f);
    }
    assert_true(n > 20); /* or there was nothing to fail */
}

static void nor_does_a_run_begin_without_memory(void **state) {
    fixture *f = *state;
    const cap_wasi_mount mount = {.guest_path = "/data", .host_fd = f->mount_fd};
    const cap_wasi_config config = {.mounts = &mount, .mount_count = 1, .tmp_limit = 1000};
    cap_wasi *made = NULL;
    for (unsigned n = 1; !made; n++) {
        assert_true(n < 20);
        until_failure = n;
        made = cap_wasi_create(&config);
        until_failure = 0;
    }
    cap_wasi_free(made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_allocation_in_turn, setup_tmp, teardown),
        cmocka_unit_test_setup_teardown(nor_does_a_run_begin_without_memory, setup_tmp, teardown),
    };
    return cmocka_run_group_tests_name("wasi.memfs_memory", tests, NULL, NULL);
}
