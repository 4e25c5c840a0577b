/* The descriptor table: numbers, limits, renumbering, flags, rights, the preopen. */
#include "support.h"

#include <string.h>

#include "wasi/wire.h"

static void the_preopen_is_the_root(void **state) {
    fixture *f = *state;
    uint32_t ret = guest_room(f, 8);
    memset(at(f, ret), 0xaa, 8);
    assert_int_equal(cap_wasi_fd_prestat_get(&f->host, ROOT, ret), WASI_OK);
    assert_int_equal(cap_wire_get32(at(f, ret)), 0); /* a directory, and the padding is zero */
    assert_int_equal(cap_wire_get32(at(f, ret) + 4), 1);
    assert_int_equal(cap_wasi_fd_prestat_dir_name(&f->host, ROOT, ret, 0), WASI_ENAMETOOLONG);
    assert_int_equal(cap_wasi_fd_prestat_dir_name(&f->host, ROOT, ret, 1), WASI_OK);
    assert_int_equal(*at(f, ret), '/');
    assert_int_equal(cap_wasi_fd_prestat_dir_name(&f->host, ROOT, ret, 8), WASI_OK);
    assert_int_equal(cap_wasi_fd_prestat_get(&f->host, 4, ret), WASI_EBADF);
    assert_int_equal(open_read(f, "."), 4);
    assert_int_equal(cap_wasi_fd_prestat_get(&f->host, 4, ret), WASI_EBADF);
}

static void without_mounts_there_is_no_preopen(void **state) {
    fixture *f = *state;
    start(f, &(cap_wasi_config){0});
    assert_int_equal(cap_wasi_fd_prestat_get(&f->host, ROOT, 16), WASI_EBADF);
    assert_int_equal(open_read(f, "."), -WASI_EBADF);
}

static void numbers_are_the_lowest_free(void **state) {
    fixture *f = *state;
    for (int32_t fd = 4; fd < 40; fd++) assert_int_equal(open_read(f, "data"), fd); /* past the first allocation */
    assert_int_equal(cap_wasi_fd_close(&f->host, 7), WASI_OK);
    assert_int_equal(cap_wasi_fd_close(&f->host, 5), WASI_OK);
    assert_int_equal(open_read(f, "data"), 5);
    assert_int_equal(open_read(f, "data"), 7);
    assert_int_equal(cap_wasi_fd_close(&f->host, 7), WASI_OK);
    assert_int_equal(cap_wasi_fd_close(&f->host, 7), WASI_EBADF);
    assert_int_equal(cap_wasi_fd_close(&f->host, UINT32_MAX), WASI_EBADF);
}

static void the_limit_is_emfile_inside(void **state) {
    fixture *f = *state;
    const cap_wasi_mount mount = {.guest_path = "/data", .host_fd = f->mount_fd, .writable = true};
    start(f, &(cap_wasi_config){.mounts = &mount, .mount_count = 1, .descriptor_limit = 20});
    for (int32_t fd = 4; fd < 20; fd++) assert_int_equal(open_read(f, "data"), fd);
    assert_int_equal(open_read(f, "data"), -WASI_EMFILE);
    assert_int_equal(open_create(f, "data/new"), -WASI_EMFILE);
    assert_false(host_exists(f, "mount/new")); /* seen before there is an effect */
    assert_int_equal(cap_wasi_fd_close(&f->host, 10), WASI_OK);
    assert_int_equal(open_create(f, "data/new"), 10);
}

static void the_default_limit_is_256(void **state) {
    fixture *f = *state;
    for (int32_t fd = 4; fd < 256; fd++) assert_int_equal(open_read(f, "."), fd);
    assert_int_equal(open_read(f, "."), -WASI_EMFILE);
}

static void renumbering(void **state) {
    fixture *f = *state;
    host_file(f, "mount/one", "1");
    host_file(f, "mount/two", "2");
    uint32_t one = (uint32_t)open_read(f, "data/one"), two = (uint32_t)open_read(f, "data/two");
    char buffer[4];
    assert_int_equal(cap_wasi_fd_renumber(&f->host, one, two), WASI_OK);
    assert_int_equal(read_fd(f, two, buffer, 4, NULL), WASI_OK);
    assert_string_equal(buffer, "1");
    assert_int_equal(cap_wasi_fd_close(&f->host, one), WASI_EBADF);
    assert_int_equal(cap_wasi_fd_renumber(&f->host, two, one), WASI_EBADF);
    assert_int_equal(cap_wasi_fd_renumber(&f->host, one, two), WASI_EBADF);
    assert_int_equal(cap_wasi_fd_renumber(&f->host, two, two), WASI_OK);
    assert_int_equal(cap_wasi_fd_renumber(&f->host, two, UINT32_MAX), WASI_EBADF);
    assert_int_equal(cap_wasi_fd_renumber(&f->host, two, ROOT), WASI_OK); /* even over the preopen */
    assert_int_equal(open_read(f, "data/one"), -WASI_ENOTDIR);
}

static void the_preopen_can_be_closed(void **state) {
    fixture *f = *state;
    int32_t data = open_read(f, "data");
    assert_int_equal(cap_wasi_fd_close(&f->host, ROOT), WASI_OK);
    assert_int_equal(open_read(f, "data"), -WASI_EBADF);
    assert_int_equal(open_as(f, (uint32_t)data, ".", 0, 0, READ_RIGHTS, 0), ROOT);
}

static void flags_change_within_reason(void **state) {
    fixture *f = *state;
    const uint32_t sync = WASI_FDFLAG_SYNC;
    uint32_t fd = (uint32_t)open_as(f, ROOT, "data/file", 0, WASI_OFLAG_CREAT, ALL_RIGHTS, sync), ret = guest_room(f, 24);
    assert_int_equal(cap_wasi_fd_fdstat_get(&f->host, fd, ret), WASI_OK);
    assert_int_equal(cap_wire_get16(at(f, ret) + 2), sync);
    assert_int_equal(at(f, ret)[1] | at(f, ret)[4] | at(f, ret)[5] | at(f, ret)[6] | at(f, ret)[7], 0);
    assert_int_equal(cap_wasi_fd_fdstat_set_flags(&f->host, fd, sync | WASI_FDFLAG_APPEND | WASI_FDFLAG_NONBLOCK), WASI_OK);
    assert_int_equal(cap_wasi_fd_fdstat_set_flags(&f->host, fd, 0), WASI_ENOTSUP);
    assert_int_equal(cap_wasi_fd_fdstat_set_flags(&f->host, fd, 32), WASI_EINVAL);
    assert_int_equal(write_fd(f, fd, "synced", 6, NULL), WASI_OK);
    assert_int_equal(cap_wasi_fd_fdstat_set_flags(&f->host, 99, 0), WASI_EBADF);
}

static void rights_only_shrink(void **state) {
    fixture *f = *state;
    uint32_t fd = (uint32_t)open_create(f, "data/file");
    uint64_t rights, inheriting;
    char buffer[4];
    assert_int_equal(fd_rights(f, fd, &rights, &inheriting), WASI_OK);
    assert_int_equal(cap_wasi_fd_fdstat_set_rights(&f->host, fd, rights | WASI_RIGHT_PATH_OPEN, inheriting), WASI_ENOTCAPABLE);
    uint64_t fewer = rights & ~(WASI_RIGHT_FD_READ | WASI_RIGHT_FD_SEEK | WASI_RIGHT_FD_SYNC);
    assert_int_equal(cap_wasi_fd_fdstat_set_rights(&f->host, fd, fewer, 0), WASI_OK);
    assert_int_equal(cap_wasi_fd_fdstat_set_rights(&f->host, fd, rights, 0), WASI_ENOTCAPABLE);
    uint32_t ret = guest_room(f, 8);
    assert_int_equal(read_fd(f, fd, buffer, 4, NULL), WASI_EBADF);
    assert_int_equal(cap_wasi_fd_seek(&f->host, fd, 1, WASI_WHENCE_SET, ret), WASI_ENOTCAPABLE);
    assert_int_equal(cap_wasi_fd_seek(&f->host, fd, 0, WASI_WHENCE_CUR, ret), WASI_OK); /* telling is another right */
    assert_int_equal(cap_wasi_fd_sync(&f->host, fd), WASI_ENOTCAPABLE);
    assert_int_equal(pwrite_fd(f, fd, "x", 1, 0, NULL), WASI_ENOTCAPABLE);
    assert_int_equal(write_fd(f, fd, "x", 1, NULL), WASI_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_preopen_is_the_root, setup, teardown),
        cmocka_unit_test_setup_teardown(without_mounts_there_is_no_preopen, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_are_the_lowest_free, setup, teardown),
        cmocka_unit_test_setup_teardown(the_limit_is_emfile_inside, setup, teardown),
        cmocka_unit_test_setup_teardown(the_default_limit_is_256, setup, teardown),
        cmocka_unit_test_setup_teardown(renumbering, setup, teardown),
        cmocka_unit_test_setup_teardown(the_preopen_can_be_closed, setup, teardown),
        cmocka_unit_test_setup_teardown(flags_change_within_reason, setup, teardown),
        cmocka_unit_test_setup_teardown(rights_only_shrink, setup, teardown),
    };
    return cmocka_run_group_tests_name("wasi.descriptors", tests, NULL, NULL);
}
