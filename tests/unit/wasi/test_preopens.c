/* Preopened directories of their own, as modules of other origin expect them. */
#include "support.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "wasi/wire.h"

/* The name of a preopened directory; "" when the descriptor is none. Static. */
static const char *name_of(fixture *f, uint32_t fd) {
    static char name[CAP_WASI_PATH_MAX + 1];
    uint32_t prestat = guest_room(f, WASI_SIZE_PRESTAT);
    name[0] = '\0';
    if (cap_wasi_fd_prestat_get(&f->host, fd, prestat) != WASI_OK) return name;
    uint32_t length = cap_wire_get32(at(f, prestat + 4)), buffer = guest_room(f, length + 1);
    assert_int_equal(cap_wasi_fd_prestat_dir_name(&f->host, fd, buffer, length - 1), length ? WASI_ENAMETOOLONG : WASI_OK);
    assert_int_equal(cap_wasi_fd_prestat_dir_name(&f->host, fd, buffer, length), WASI_OK);
    memcpy(name, at(f, buffer), length);
    name[length] = '\0';
    return name;
}

/* Two directories, "first" and "second", as descriptors 3 and 4. */
static void start_two(fixture *f, int fds[2], bool second_writable) {
    host_mkdir(f, "mount/one");
    host_mkdir(f, "mount/two");
    host_file(f, "mount/one/a", "A");
    host_file(f, "mount/two/b", "B");
    fds[0] = host_open_directory(f, "mount/one");
    fds[1] = host_open_directory(f, "mount/two");
    const cap_wasi_mount mounts[] = {{.preopen = "first", .host_fd = fds[0], .writable = true},
                                     {.preopen = "second/dir", .host_fd = fds[1], .writable = second_writable}};
    static cap_wasi_mount kept[2];
    memcpy(kept, mounts, sizeof kept);
    start_mounts(f, kept, 2);
}

static void close_two(fixture *f, const int fds[2]) {
    cap_wasi_free(f->wasi);
    f->wasi = NULL;
    close(fds[0]);
    close(fds[1]);
}

static void each_is_a_descriptor_with_its_name(void **state) {
    fixture *f = *state;
    int fds[2];
    start_two(f, fds, true);
    assert_string_equal(name_of(f, 3), "first");
    assert_string_equal(name_of(f, 4), "second/dir");
    assert_string_equal(name_of(f, 5), "");
    assert_string_equal(list_fd(f, 3), ". .. a");
    assert_string_equal(list_fd(f, 4), ". .. b");
    int32_t file = open_as(f, 4, "b", 0, 0, READ_RIGHTS, 0);
    assert_int_equal(file, 5);
    close_two(f, fds);
}

static void nothing_above_is_reached(void **state) {
    fixture *f = *state;
    int fds[2];
    start_two(f, fds, true);
    host_link(f, "../two/b", "mount/one/link");
    host_link(f, "..", "mount/one/up");
    assert_int_equal(open_as(f, 3, "..", 0, WASI_OFLAG_DIRECTORY, READ_RIGHTS, 0), -WASI_EPERM);
    assert_int_equal(open_as(f, 3, "../two/b", 0, 0, READ_RIGHTS, 0), -WASI_EPERM);
    assert_int_equal(open_as(f, 3, "/a", 0, 0, READ_RIGHTS, 0), -WASI_EPERM);
    assert_int_equal(open_as(f, 3, "link", FOLLOW, 0, READ_RIGHTS, 0), -WASI_EPERM);
    assert_int_equal(open_as(f, 3, "up/two/b", 0, 0, READ_RIGHTS, 0), -WASI_EPERM);
    assert_int_equal(open_as(f, 3, "first", 0, 0, READ_RIGHTS, 0), -WASI_ENOENT);
    assert_true(open_as(f, 3, "./a", 0, 0, READ_RIGHTS, 0) >= 0);
    close_two(f, fds);
}

static void each_has_its_own_rule(void **state) {
    fixture *f = *state;
    int fds[2];
    start_two(f, fds, false);
    assert_true(open_as(f, 3, "new", 0, WASI_OFLAG_CREAT, ALL_RIGHTS, 0) >= 0);
    assert_int_equal(open_as(f, 4, "new", 0, WASI_OFLAG_CREAT, ALL_RIGHTS, 0), -WASI_EPERM);
    assert_int_equal(open_as(f, 4, "b", 0, 0, ALL_RIGHTS, 0), -WASI_EPERM);
    close_two(f, fds);
}

static uint32_t rename_between(fixture *f, uint32_t from_fd, const char *from, uint32_t to_fd, const char *to) {
    uint32_t old = guest_bytes(f, from, (uint32_t)strlen(from)), new = guest_bytes(f, to, (uint32_t)strlen(to));
    return cap_wasi_path_rename(&f->host, from_fd, old, (uint32_t)strlen(from), to_fd, new, (uint32_t)strlen(to));
}

static void names_stay_in_their_directory(void **state) {
    fixture *f = *state;
    int fds[2];
    start_two(f, fds, true);
    assert_int_equal(rename_between(f, 3, "a", 4, "a"), WASI_EXDEV);
    assert_int_equal(rename_between(f, 3, "a", 3, "moved"), WASI_OK);
    assert_int_equal(rename_between(f, 3, ".", 3, "x"), WASI_EBUSY);
    stat_result first, second;
    assert_int_equal(stat_fd(f, 3, &first), WASI_OK);
    assert_int_equal(stat_fd(f, 4, &second), WASI_OK);
    assert_int_not_equal(first.device, second.device);
    close_two(f, fds);
}

static void beside_a_tree_they_come_after_its_root(void **state) {
    fixture *f = *state;
    const cap_wasi_mount mounts[] = {{.preopen = "own", .host_fd = f->mount_fd, .writable = true},
                                     {.guest_path = "/data", .host_fd = f->mount_fd}};
    host_file(f, "mount/file", "content");
    start_mounts(f, mounts, 2);
    assert_string_equal(name_of(f, 3), "/");
    assert_string_equal(name_of(f, 4), "own");
    assert_true(open_as(f, 3, "data/file", 0, 0, READ_RIGHTS, 0) >= 0);
    assert_true(open_as(f, 4, "file", 0, 0, READ_RIGHTS, 0) >= 0);
    assert_int_equal(open_as(f, 3, "own", 0, 0, READ_RIGHTS, 0), -WASI_ENOENT);
    assert_int_equal(open_as(f, 4, "data", 0, 0, READ_RIGHTS, 0), -WASI_ENOENT);
}

static void names_and_number_have_limits(void **state) {
    fixture *f = *state;
    static char name[CAP_WASI_PATH_MAX + 2];
    static cap_wasi_mount mounts[CAP_WASI_MOUNTS_MAX + 1];
    memset(name, 'n', CAP_WASI_PATH_MAX);
    for (size_t i = 0; i <= CAP_WASI_MOUNTS_MAX; i++) mounts[i] = (cap_wasi_mount){.preopen = "again", .host_fd = f->mount_fd};
    mounts[0].preopen = name;
    mounts[1].preopen = "";
    start_mounts(f, mounts, CAP_WASI_MOUNTS_MAX);
    assert_int_equal(strlen(name_of(f, 3)), CAP_WASI_PATH_MAX);
    assert_string_equal(name_of(f, 3 + CAP_WASI_MOUNTS_MAX - 1), "again");
    assert_null(cap_wasi_create(&(cap_wasi_config){.mounts = mounts, .mount_count = CAP_WASI_MOUNTS_MAX + 1}));
    name[CAP_WASI_PATH_MAX] = 'n';
    assert_null(cap_wasi_create(&(cap_wasi_config){.mounts = mounts, .mount_count = 1}));
    mounts[0].preopen = "a";
    assert_null(cap_wasi_create(&(cap_wasi_config){.mounts = mounts, .mount_count = 3, .descriptor_limit = 5}));
}

static void they_can_be_closed_and_replaced(void **state) {
    fixture *f = *state;
    int fds[2];
    start_two(f, fds, true);
    assert_int_equal(cap_wasi_fd_renumber(&f->host, 4, 3), WASI_OK);
    assert_string_equal(name_of(f, 3), "second/dir");
    assert_string_equal(list_fd(f, 3), ". .. b");
    assert_int_equal(cap_wasi_fd_close(&f->host, 3), WASI_OK);
    assert_string_equal(name_of(f, 3), "");
    close_two(f, fds);
}

/* ---- Rights that come without being asked for ---- */

static void start_implied(fixture *f, bool implied) {
    static cap_wasi_mount mount;
    mount = (cap_wasi_mount){.preopen = ".", .host_fd = f->mount_fd, .writable = true};
    start(f, &(cap_wasi_config){.mounts = &mount, .mount_count = 1, .implied_rights = implied});
}

static uint64_t rights_of(fixture *f, uint32_t fd, uint64_t *ret_inheriting) {
    uint64_t rights;
    assert_int_equal(fd_rights(f, fd, &rights, ret_inheriting), WASI_OK);
    return rights;
}

static void a_directory_opened_without_rights_can_be_used(void **state) {
    fixture *f = *state;
    uint64_t inheriting;
    start_implied(f, false);
    int32_t bare = open_as(f, ROOT, ".", 0, WASI_OFLAG_DIRECTORY, 0, 0);
    assert_int_equal(rights_of(f, (uint32_t)bare, &inheriting), 0);
    assert_int_equal(open_as(f, (uint32_t)bare, "new", 0, WASI_OFLAG_CREAT, 0, 0), -WASI_ENOTCAPABLE);
    start_implied(f, true);
    int32_t directory = open_as(f, ROOT, ".", 0, WASI_OFLAG_DIRECTORY, 0, 0);
    assert_int_equal(open_as(f, (uint32_t)directory, "new", 0, WASI_OFLAG_CREAT, 0, 0), 5);
    assert_true(rights_of(f, (uint32_t)directory, &inheriting) & WASI_RIGHT_FD_READDIR);
    assert_true(inheriting & WASI_RIGHT_FD_WRITE);
}

/* Reading and writing are asked for; whatever else is implied, a file that is open for reading is not written. */
static void reading_and_writing_are_never_implied(void **state) {
    fixture *f = *state;
    uint64_t inheriting;
    uint32_t done;
    start_implied(f, true);
    host_file(f, "mount/file", "content");
    int32_t file = open_as(f, ROOT, "file", 0, 0, WASI_RIGHT_FD_READ, 0);
    uint64_t rights = rights_of(f, (uint32_t)file, &inheriting);
    assert_true(rights & WASI_RIGHT_FD_SEEK);
    assert_false(rights & WASI_RIGHT_FD_WRITE);
    assert_int_equal(write_fd(f, (uint32_t)file, "x", 1, &done), WASI_EBADF);
    assert_int_not_equal(cap_wasi_fd_filestat_set_size(&f->host, (uint32_t)file, 0), WASI_OK);
    assert_int_not_equal(cap_wasi_fd_allocate(&f->host, (uint32_t)file, 0, 100), WASI_OK);
    assert_string_equal(host_read(f, "mount/file"), "content");
    int32_t neither = open_as(f, ROOT, "file", 0, 0, 0, 0);
    char buffer[8];
    assert_int_equal(read_fd(f, (uint32_t)neither, buffer, sizeof buffer, &done), WASI_EBADF);
}

/* path_open without rights to pass on. */
static int32_t open_bare(fixture *f, uint32_t directory, const char *path, uint32_t oflags, uint64_t rights) {
    uint32_t ret = guest_room(f, 4), address = guest_bytes(f, path, (uint32_t)strlen(path));
    uint32_t error = cap_wasi_path_open(&f->host, directory, 0, address, (uint32_t)strlen(path), oflags, rights, 0, 0, ret);
    return error ? -(int32_t)error : (int32_t)cap_wire_get32(at(f, ret));
}

/* What a guest gave up does not come back. */
static void rights_that_were_given_up_are_not_implied(void **state) {
    fixture *f = *state;
    uint64_t inheriting;
    start_implied(f, true);
    host_file(f, "mount/file", "content");
    uint64_t rights = rights_of(f, ROOT, &inheriting);
    const uint64_t lost = WASI_RIGHT_FD_SEEK | WASI_RIGHT_FD_WRITE;
    assert_int_equal(cap_wasi_fd_fdstat_set_rights(&f->host, ROOT, rights, inheriting & ~lost), WASI_OK);
    int32_t directory = open_bare(f, ROOT, ".", WASI_OFLAG_DIRECTORY, 0);
    assert_true(directory >= 0);
    assert_int_equal(rights_of(f, (uint32_t)directory, &inheriting) & lost, 0);
    assert_int_equal(inheriting & lost, 0);
    int32_t file = open_bare(f, (uint32_t)directory, "file", 0, WASI_RIGHT_FD_READ);
    assert_true(file >= 0);
    assert_int_equal(rights_of(f, (uint32_t)file, &inheriting) & lost, 0);
    assert_int_equal(open_bare(f, (uint32_t)directory, "file", 0, WASI_RIGHT_FD_SEEK), -WASI_ENOTCAPABLE);
    assert_int_equal(open_bare(f, (uint32_t)directory, "file", 0, WASI_RIGHT_FD_WRITE), -WASI_ENOTCAPABLE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_is_a_descriptor_with_its_name, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_above_is_reached, setup, teardown),
        cmocka_unit_test_setup_teardown(each_has_its_own_rule, setup, teardown),
        cmocka_unit_test_setup_teardown(names_stay_in_their_directory, setup, teardown),
        cmocka_unit_test_setup_teardown(beside_a_tree_they_come_after_its_root, setup, teardown),
        cmocka_unit_test_setup_teardown(names_and_number_have_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(a_directory_opened_without_rights_can_be_used, setup, teardown),
        cmocka_unit_test_setup_teardown(reading_and_writing_are_never_implied, setup, teardown),
        cmocka_unit_test_setup_teardown(rights_that_were_given_up_are_not_implied, setup, teardown),
        cmocka_unit_test_setup_teardown(they_can_be_closed_and_replaced, setup, teardown),
    };
    return cmocka_run_group_tests_name("wasi.preopens", tests, NULL, NULL);
}
