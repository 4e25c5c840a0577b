/* What a run may add to the disk: at each limit and one past it. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wasi/state.h"

enum { LIMIT = 1000 };

static int setup_quota(void **state) {
    if (setup_bare(state)) return -1;
    fixture *f = *state;
    static cap_wasi_mount mount;
    mount = (cap_wasi_mount){.guest_path = "/data", .host_fd = f->mount_fd, .writable = true};
    start(f, &(cap_wasi_config){.mounts = &mount, .mount_count = 1, .write_limit = LIMIT, .inode_limit = 5});
    return 0;
}

static uint64_t size_of(fixture *f, const char *path) {
    stat_result status;
    assert_int_equal(stat_path(f, ROOT, path, 0, &status), WASI_OK);
    return status.size;
}

static const char zeros[2 * LIMIT];

static void writing_up_to_the_limit_and_one_more(void **state) {
    fixture *f = *state;
    uint32_t fd = (uint32_t)open_create(f, "data/file"), size;
    assert_int_equal(write_fd(f, fd, zeros, LIMIT, &size), WASI_OK);
    assert_int_equal(size, LIMIT);
    assert_int_equal(cap_wasi_disk_bytes(f->wasi), LIMIT);
    assert_int_equal(cap_wasi_disk_inodes(f->wasi), 1);
    expect_excess(f, NULL, 0, 0);
    assert_int_equal(write_fd(f, fd, zeros, 1, NULL), WASI_EDQUOT);
    expect_excess(f, "write_bytes", LIMIT + 1, LIMIT);
    assert_int_equal(size_of(f, "data/file"), LIMIT);
}

static void the_part_that_fits_is_written(void **state) {
    fixture *f = *state;
    uint32_t fd = (uint32_t)open_create(f, "data/file"), size;
    assert_int_equal(write_fd(f, fd, zeros, LIMIT + 1, &size), WASI_OK);
    assert_int_equal(size, LIMIT);
    assert_int_equal(write_fd(f, fd, zeros, 1, NULL), WASI_EDQUOT);
}

static void overwriting_is_free(void **state) {
    fixture *f = *state;
    uint32_t fd = (uint32_t)open_create(f, "data/file"), size;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(pwrite_fd(f, fd, zeros, LIMIT, 0, &size), WASI_OK);
        assert_int_equal(size, LIMIT);
    }
    assert_int_equal(pwrite_fd(f, fd, zeros, 2, LIMIT - 1, &size), WASI_OK);
    assert_int_equal(size, 1);
}

static void growing_a_file_that_was_there_counts_the_growth(void **state) {
    fixture *f = *state;
    host_file(f, "mount/old", "0123456789");
    uint32_t fd = (uint32_t)open_write(f, "data/old"), size;
    assert_int_equal(pwrite_fd(f, fd, zeros, 10, 5, &size), WASI_OK);
    assert_int_equal(cap_wasi_fd_filestat_set_size(&f->host, fd, LIMIT + 11), WASI_EDQUOT);
    assert_int_equal(cap_wasi_fd_filestat_set_size(&f->host, fd, LIMIT + 10), WASI_OK);
}

static void sparse_files_cost_their_size(void **state) {
    fixture *f = *state;
    uint32_t fd = (uint32_t)open_create(f, "data/file"), size;
    assert_int_equal(cap_wasi_fd_filestat_set_size(&f->host, fd, UINT64_C(1) << 40), WASI_EDQUOT);
    assert_int_equal(cap_wasi_fd_filestat_set_size(&f->host, fd, LIMIT + 1), WASI_EDQUOT);
    assert_int_equal(cap_wasi_fd_allocate(&f->host, fd, 0, LIMIT + 1), WASI_EDQUOT);
    assert_int_equal(cap_wasi_fd_allocate(&f->host, fd, UINT64_C(1) << 40, 1), WASI_EDQUOT);
    assert_int_equal(pwrite_fd(f, fd, "x", 1, UINT64_C(1) << 40, NULL), WASI_EDQUOT);
    assert_int_equal(pwrite_fd(f, fd, "x", 1, LIMIT, NULL), WASI_EDQUOT);
    assert_int_equal(size_of(f, "data/file"), 0);
    assert_int_equal(pwrite_fd(f, fd, "x", 1, LIMIT - 1, &size), WASI_OK);
    assert_int_equal(size_of(f, "data/file"), LIMIT);
    assert_int_equal(pwrite_fd(f, fd, "x", 1, 0, &size), WASI_OK); /* the hole was paid for */
}

static void seeking_beyond_the_end_and_writing_counts_the_hole(void **state) {
    fixture *f = *state;
    uint32_t fd = (uint32_t)open_create(f, "data/file"), ret = guest_room(f, 8);
    assert_int_equal(cap_wasi_fd_seek(&f->host, fd, LIMIT, WASI_WHENCE_SET, ret), WASI_OK);
    assert_int_equal(write_fd(f, fd, "x", 1, NULL), WASI_EDQUOT);
    assert_int_equal(cap_wasi_fd_seek(&f->host, fd, LIMIT - 1, WASI_WHENCE_SET, ret), WASI_OK);
    assert_int_equal(write_fd(f, fd, "x", 1, NULL), WASI_OK);
}

static void shrinking_gives_back(void **state) {
    fixture *f = *state;
    uint32_t fd = (uint32_t)open_create(f, "data/file"), size;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(pwrite_fd(f, fd, zeros, LIMIT, 0, &size), WASI_OK);
        assert_int_equal(size, LIMIT);
        assert_int_equal(cap_wasi_fd_filestat_set_size(&f->host, fd, 0), WASI_OK);
    }
    for (int i = 0; i < 5; i++) assert_int_equal(put_file(f, "data/file", "by O_TRUNC too"), WASI_OK);
    expect_excess(f, NULL, 0, 0);
}

/* What was there before is not ours to turn into more than the limit. */
static void shrinking_what_was_there_gives_no_credit(void **state) {
    fixture *f = *state;
    char *content = calloc(1, 3 * LIMIT + 1);
    memset(content, 'x', 3 * LIMIT);
    host_file(f, "mount/big", content);
    free(content);
    uint32_t big = (uint32_t)open_write(f, "data/big"), fd = (uint32_t)open_create(f, "data/file"), size;
    assert_int_equal(cap_wasi_fd_filestat_set_size(&f->host, big, 0), WASI_OK);
    assert_int_equal(write_fd(f, fd, zeros, LIMIT + 1, &size), WASI_OK);
    assert_int_equal(size, LIMIT);
}

static void removing_gives_nothing_back(void **state) {
    fixture *f = *state;
    uint32_t fd = (uint32_t)open_create(f, "data/file");
    assert_int_equal(write_fd(f, fd, zeros, LIMIT, NULL), WASI_OK);
    assert_int_equal(unlink_file(f, "data/file"), WASI_OK);
    uint32_t other = (uint32_t)open_create(f, "data/other");
    assert_int_equal(write_fd(f, other, zeros, 1, NULL), WASI_EDQUOT);
}

static void inodes_are_counted(void **state) {
    fixture *f = *state;
    assert_int_equal(put_file(f, "data/1", ""), WASI_OK);
    assert_int_equal(put_file(f, "data/1", ""), WASI_OK); /* it exists: not a new one */
    assert_int_equal(make_directory(f, "data/2"), WASI_OK);
    assert_int_equal(make_directory(f, "data/2"), WASI_EEXIST); /* failures cost nothing */
    assert_int_equal(symlink_path(f, "x", "data/3"), WASI_OK);
    assert_int_equal(link_path(f, "data/1", "data/4"), WASI_OK);
    assert_int_equal(link_path(f, "data/1", "data/4"), WASI_EEXIST);
    assert_int_equal(put_file(f, "data/5", ""), WASI_OK);
    expect_excess(f, NULL, 0, 0);
    assert_int_equal(put_file(f, "data/6", ""), WASI_EDQUOT);
    assert_int_equal(make_directory(f, "data/6"), WASI_EDQUOT);
    assert_int_equal(symlink_path(f, "x", "data/6"), WASI_EDQUOT);
    assert_int_equal(link_path(f, "data/1", "data/6"), WASI_EDQUOT);
    assert_false(host_exists(f, "mount/6"));
    expect_excess(f, "inodes", 6, 5);
    assert_int_equal(rename_path(f, "data/5", "data/6"), WASI_OK); /* no new one */
}

/* Two tasks of a run: what one took is not there for the other, whichever way it goes. */
static void states_can_share_an_account(void **state) {
    fixture *f = *state;
    cap_wasi_account account = {0};
    const cap_wasi_mount mount = {.guest_path = "/data", .host_fd = f->mount_fd, .writable = true};
    const cap_wasi_config config = {
        .mounts = &mount, .mount_count = 1, .write_limit = LIMIT, .inode_limit = 2, .account = &account};
    start(f, &config);
    uint32_t size, fd = (uint32_t)open_create(f, "data/one");
    assert_int_equal(write_fd(f, fd, zeros, 600, NULL), WASI_OK);
    start(f, &config);
    fd = (uint32_t)open_create(f, "data/two");
    assert_int_equal(open_create(f, "data/three"), -WASI_EDQUOT);
    expect_excess(f, "inodes", 3, 2);
    assert_int_equal(write_fd(f, fd, zeros, 600, &size), WASI_OK);
    assert_int_equal(size, 400);
    assert_int_equal(write_fd(f, fd, zeros, 1, NULL), WASI_EDQUOT);
    expect_excess(f, "write_bytes", LIMIT + 1, LIMIT);
    assert_int_equal(cap_wasi_fd_filestat_set_size(&f->host, fd, 100), WASI_OK);
    assert_int_equal(account.bytes, 700);
    assert_int_equal(account.inodes, 2);
}

/* A write that the kernel refuses, or takes in part, costs what it did. */
static void writes_that_fail_cost_nothing(void **state) {
    fixture *f = *state;
    uint32_t fd = (uint32_t)open_create(f, "data/file"), size;
    cap_descriptor *descriptor = cap_descriptor_at(f->wasi, fd);
    int writable = descriptor->object.fd;
    descriptor->object.fd = f->scratch_fd; /* not open for writing */
    assert_int_not_equal(write_fd(f, fd, zeros, 100, &size), WASI_OK);
    assert_int_not_equal(cap_wasi_fd_filestat_set_size(&f->host, fd, LIMIT), WASI_OK);
    descriptor->object.fd = writable;
    assert_int_equal(cap_wasi_disk_bytes(f->wasi), 0);
    assert_int_equal(write_fd(f, fd, zeros, LIMIT, &size), WASI_OK);
    assert_int_equal(size, LIMIT);
}

/* The process's own RLIMIT_FSIZE would be a deadly signal, not an error. */
static void the_hosts_file_size_limit_is_an_error(void **state) {
    fixture *f = *state;
    struct rlimit before, limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 100;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    const cap_wasi_mount mount = {.guest_path = "/data", .host_fd = f->mount_fd, .writable = true};
    start_mounts(f, &mount, 1);
    uint32_t fd = (uint32_t)open_create(f, "data/file"), size;
    assert_int_equal(cap_wasi_fd_filestat_set_size(&f->host, fd, 101), WASI_EFBIG);
    assert_int_equal(cap_wasi_fd_allocate(&f->host, fd, 100, 1), WASI_EFBIG);
    assert_int_equal(pwrite_fd(f, fd, "x", 1, 100, NULL), WASI_EFBIG);
    assert_int_equal(pwrite_fd(f, fd, "xyz", 3, 98, &size), WASI_OK);
    assert_int_equal(size, 2);
    assert_int_equal(cap_wasi_fd_filestat_set_size(&f->host, fd, 100), WASI_OK);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(writing_up_to_the_limit_and_one_more, setup_quota, teardown),
        cmocka_unit_test_setup_teardown(the_part_that_fits_is_written, setup_quota, teardown),
        cmocka_unit_test_setup_teardown(overwriting_is_free, setup_quota, teardown),
        cmocka_unit_test_setup_teardown(growing_a_file_that_was_there_counts_the_growth, setup_quota, teardown),
        cmocka_unit_test_setup_teardown(sparse_files_cost_their_size, setup_quota, teardown),
        cmocka_unit_test_setup_teardown(seeking_beyond_the_end_and_writing_counts_the_hole, setup_quota, teardown),
        cmocka_unit_test_setup_teardown(shrinking_gives_back, setup_quota, teardown),
        cmocka_unit_test_setup_teardown(shrinking_what_was_there_gives_no_credit, setup_quota, teardown),
        cmocka_unit_test_setup_teardown(removing_gives_nothing_back, setup_quota, teardown),
        cmocka_unit_test_setup_teardown(inodes_are_counted, setup_quota, teardown),
        cmocka_unit_test_setup_teardown(states_can_share_an_account, setup_quota, teardown),
        cmocka_unit_test_setup_teardown(writes_that_fail_cost_nothing, setup_quota, teardown),
        cmocka_unit_test_setup_teardown(the_hosts_file_size_limit_is_an_error, setup_quota, teardown),
    };
    return cmocka_run_group_tests_name("wasi.quota", tests, NULL, NULL);
}
