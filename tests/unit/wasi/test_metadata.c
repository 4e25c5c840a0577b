/* filestat_get and filestat_set_times. */
#include "support.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

static void files_and_directories_are_described(void **state) {
    fixture *f = *state;
    stat_result file = {0}, directory, open_file = {0};
    tree_file(f, "file", "12345");
    tree_mkdir(f, "dir");
    assert_int_equal(stat_path(f, ROOT, "data/file", 0, &file), WASI_OK);
    assert_int_equal(file.filetype, WASI_FILETYPE_REGULAR_FILE);
    assert_int_equal(file.size, 5);
    assert_int_equal(file.links, 1);
    assert_in_range(file.modified / 1000000000, (uint64_t)time(NULL) - 60, (uint64_t)time(NULL) + 60);
    assert_int_equal(stat_path(f, ROOT, "data/dir", 0, &directory), WASI_OK);
    assert_int_equal(directory.filetype, WASI_FILETYPE_DIRECTORY);
    assert_int_equal(directory.device, file.device);
    uint32_t fd = (uint32_t)open_read(f, "data/file");
    assert_int_equal(stat_fd(f, fd, &open_file), WASI_OK);
    assert_int_equal(open_file.inode, file.inode);
    assert_int_equal(open_file.device, file.device);
    assert_int_equal(open_file.size, file.size);
    assert_int_equal(open_file.changed, file.changed);
}

/* The guest sees our numbers for devices, not the host's. */
static void devices_are_ours(void **state) {
    fixture *f = *state;
    struct stat host;
    stat_result status, root;
    assert_int_equal(fstat(f->mount_fd, &host), 0);
    assert_int_equal(stat_path(f, ROOT, "data", 0, &status), WASI_OK);
    assert_int_equal(status.device, 2);
    assert_int_equal(status.inode, host.st_ino);
    assert_int_equal(stat_fd(f, ROOT, &root), WASI_OK);
    assert_int_equal(root.device, 1);
}

static void links_are_followed_when_asked(void **state) {
    fixture *f = *state;
    stat_result status;
    tree_file(f, "file", "12345");
    tree_link(f, "file", "link");
    assert_int_equal(stat_path(f, ROOT, "data/link", 0, &status), WASI_OK);
    assert_int_equal(status.filetype, WASI_FILETYPE_SYMBOLIC_LINK);
    assert_int_equal(stat_path(f, ROOT, "data/link", FOLLOW, &status), WASI_OK);
    assert_int_equal(status.size, 5);
}

static void special_files_can_be_looked_at(void **state) {
    fixture *f = *state;
    stat_result status;
    assert_int_equal(mkfifoat(f->mount_fd, "fifo", 0644), 0);
    assert_int_equal(stat_path(f, ROOT, "data/fifo", FOLLOW, &status), WASI_OK);
    assert_int_equal(status.filetype, WASI_FILETYPE_UNKNOWN);
}

static void times_are_set(void **state) {
    fixture *f = *state;
    stat_result status;
    const uint64_t when = UINT64_C(1234567890123456789);
    tree_file(f, "file", "");
    assert_int_equal(set_times(f, "data/file", when, WASI_FST_ATIM | WASI_FST_MTIM), WASI_OK);
    assert_int_equal(stat_path(f, ROOT, "data/file", 0, &status), WASI_OK);
    assert_int_equal(status.accessed, when);
    assert_int_equal(status.modified, when);
    assert_int_equal(set_times(f, "data/file", 7, WASI_FST_ATIM | WASI_FST_MTIM_NOW), WASI_OK);
    assert_int_equal(stat_path(f, ROOT, "data/file", 0, &status), WASI_OK);
    assert_int_equal(status.accessed, 7);
    assert_in_range(status.modified / 1000000000, (uint64_t)time(NULL) - 60, (uint64_t)time(NULL) + 60);
    uint32_t fd = (uint32_t)open_read(f, "data/file");
    assert_int_equal(cap_wasi_fd_filestat_set_times(&f->host, fd, 5, 6, WASI_FST_ATIM | WASI_FST_MTIM), WASI_OK);
    assert_int_equal(stat_fd(f, fd, &status), WASI_OK);
    assert_int_equal(status.accessed, 5);
    assert_int_equal(status.modified, 6);
}

static void time_flags_are_checked(void **state) {
    fixture *f = *state;
    tree_file(f, "file", "");
    uint32_t fd = (uint32_t)open_read(f, "data/file");
    static const uint32_t bad[] = {3, 12, 15, 16, 32};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(set_times(f, "data/file", 1, bad[i]), WASI_EINVAL);
        assert_int_equal(cap_wasi_fd_filestat_set_times(&f->host, fd, 1, 1, bad[i]), WASI_EINVAL);
    }
    assert_int_equal(set_times(f, "data/none", 1, WASI_FST_MTIM), WASI_ENOENT);
    assert_int_equal(set_times(f, "data/file/", 1, WASI_FST_MTIM), WASI_ENOTDIR);
    assert_int_equal(cap_wasi_fd_filestat_set_times(&f->host, 99, 1, 1, 4), WASI_EBADF);
    assert_int_equal(cap_wasi_fd_filestat_set_times(&f->host, 1, 1, 1, 4), WASI_ENOTCAPABLE);
}

static void times_of_directories_and_mounts(void **state) {
    fixture *f = *state;
    stat_result status;
    tree_mkdir(f, "dir");
    assert_int_equal(set_times(f, "data/dir", 42, WASI_FST_MTIM), WASI_OK);
    assert_int_equal(stat_path(f, ROOT, "data/dir", 0, &status), WASI_OK);
    assert_int_equal(status.modified, 42);
    assert_int_equal(set_times(f, "data", 43, WASI_FST_MTIM), WASI_OK);
    assert_int_equal(stat_path(f, ROOT, "data", 0, &status), WASI_OK);
    assert_int_equal(status.modified, 43);
    const cap_wasi_mount mount = {.guest_path = "/", .host_fd = f->mount_fd, .writable = true};
    start_mounts(f, &mount, 1);
    assert_int_equal(cap_wasi_fd_filestat_set_times(&f->host, ROOT, 44, 44, WASI_FST_MTIM), WASI_OK);
    assert_int_equal(stat_fd(f, ROOT, &status), WASI_OK);
    assert_int_equal(status.modified, 44);
}

/* A slash must not make the kernel follow a link that was judged as a name. */
static void a_slash_does_not_smuggle_a_link(void **state) {
    fixture *f = *state;
    struct stat before, after;
    tree_link(f, "../outside", "out");
    assert_int_equal(fstatat(f->scratch_fd, "outside", &before, 0), 0);
    assert_int_equal(stat_path(f, ROOT, "data/out/", 0, NULL), WASI_EPERM);
    assert_int_equal(set_times(f, "data/out/", 1, WASI_FST_MTIM | WASI_FST_ATIM), WASI_EPERM);
    assert_int_equal(open_as(f, ROOT, "data/out/", 0, WASI_OFLAG_DIRECTORY, READ_RIGHTS, 0), -WASI_EPERM);
    assert_int_equal(open_as(f, ROOT, "data/out/canary", 0, 0, READ_RIGHTS, 0), -WASI_EPERM);
    assert_int_equal(fstatat(f->scratch_fd, "outside", &after, 0), 0);
    assert_int_equal(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        OVER_BOTH(files_and_directories_are_described),
        cmocka_unit_test_setup_teardown(devices_are_ours, setup, teardown),
        OVER_BOTH(links_are_followed_when_asked),
        cmocka_unit_test_setup_teardown(special_files_can_be_looked_at, setup, teardown),
        OVER_BOTH(times_are_set),
        OVER_BOTH(time_flags_are_checked),
        cmocka_unit_test_setup_teardown(times_of_directories_and_mounts, setup, teardown),
        OVER_BOTH(a_slash_does_not_smuggle_a_link),
    };
    return cmocka_run_group_tests_name("wasi.metadata", tests, NULL, NULL);
}
