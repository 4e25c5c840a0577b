/* Somebody else changes the tree while the guest uses it: names that swap between a directory, a file and a link that leads
 * out. Nothing outside is reached, whatever the moment. CAPSULE_RACE_ROUNDS sets how long this goes on. */
#include "support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEFAULT_ROUNDS = 5000 };

static atomic_bool done;

static int rounds(void) {
    const char *text = getenv("CAPSULE_RACE_ROUNDS");
    return text ? atoi(text) : DEFAULT_ROUNDS;
}

/* mount/swap is in turn a directory and a link out; mount/leaf in turn a file and a link to the canary; mount/a/deep moves
 * up and down, so that its "..", were it the host's, would change under a walk. */
static void *change_names(void *context) {
    const fixture *f = context;
    int mount = f->mount_fd;
    while (!atomic_load(&done)) {
        renameat2(mount, "swap", mount, "swap-link", RENAME_EXCHANGE);
        renameat2(mount, "leaf", mount, "leaf-link", RENAME_EXCHANGE);
        renameat(mount, "a/deep", mount, "deep");
        renameat(mount, "deep", mount, "a/deep");
    }
    return NULL;
}

static void check_content(fixture *f, int32_t fd) {
    char buffer[64];
    if (fd < 0) return;
    if (read_fd(f, (uint32_t)fd, buffer, sizeof buffer, NULL) == WASI_OK) assert_null(strstr(buffer, CANARY));
    assert_int_equal(cap_wasi_fd_close(&f->host, (uint32_t)fd), WASI_OK);
}

/* Every way to a name, once. */
static void try_everything(fixture *f, uint64_t canary_inode) {
    static const char *const paths[] = {"data/swap/canary",     "data/leaf",       "data/swap/../leaf", "data/a/deep/../../leaf",
                                        "data/a/deep/../../../../outside/canary", "data/swap/new", "data/a/deep/swap/canary",
                                        "data/swap/"};
    stat_result status;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        check_content(f, open_read(f, paths[i]));
        if (stat_path(f, ROOT, paths[i], FOLLOW, &status) == WASI_OK) assert_int_not_equal(status.inode, canary_inode);
    }
    int32_t fd = open_create(f, "data/swap/made");
    if (fd >= 0) cap_wasi_fd_close(&f->host, (uint32_t)fd);
    fd = open_as(f, ROOT, "data/leaf", FOLLOW, WASI_OFLAG_TRUNC, ALL_RIGHTS, 0);
    if (fd >= 0) cap_wasi_fd_close(&f->host, (uint32_t)fd);
    make_directory(f, "data/swap/dir");
    set_times(f, "data/leaf", 1, WASI_FST_MTIM);
    set_times(f, "data/swap/", 1, WASI_FST_MTIM);
    link_path(f, "data/swap/canary", "data/stolen");
    rename_path(f, "data/swap/canary", "data/stolen");
    unlink_file(f, "data/swap/canary");
    remove_directory(f, "data/swap/dir");
    list(f, "data/swap");
}

static void swapped_names_never_lead_out(void **state) {
    fixture *f = *state;
    struct stat canary, outside, now;
    pthread_t thread;
    host_mkdir(f, "mount/swap");
    host_mkdir(f, "mount/a");
    host_mkdir(f, "mount/a/deep");
    host_link(f, "../outside", "mount/swap-link");
    host_link(f, "../../swap", "mount/a/deep/swap");
    host_file(f, "mount/leaf", "leaf");
    host_link(f, "../outside/canary", "mount/leaf-link");
    assert_int_equal(fstatat(f->scratch_fd, "outside/canary", &canary, 0), 0);
    assert_int_equal(fstatat(f->scratch_fd, "outside", &outside, 0), 0);
    atomic_store(&done, false);
    assert_int_equal(pthread_create(&thread, NULL, change_names, f), 0);
    for (int i = 0; i < rounds(); i++) {
        forget(f);
        try_everything(f, canary.st_ino);
    }
    atomic_store(&done, true);
    pthread_join(thread, NULL);
    assert_false(host_exists(f, "mount/stolen"));
    assert_int_equal(fstatat(f->scratch_fd, "outside", &now, 0), 0);
    assert_memory_equal(&now.st_mtim, &outside.st_mtim, sizeof now.st_mtim);
    assert_memory_equal(&now.st_ctim, &outside.st_ctim, sizeof now.st_ctim);
    assert_int_equal(fstatat(f->scratch_fd, "outside/canary", &now, 0), 0);
    assert_memory_equal(&now.st_ctim, &canary.st_ctim, sizeof now.st_ctim);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(swapped_names_never_lead_out, setup, teardown),
    };
    return cmocka_run_group_tests_name("wasi.races", tests, NULL, NULL);
}
