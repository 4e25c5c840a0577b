/* path_open: what is opened, how, and what is refused. */
#include "support.h"

#include <string.h>
#include <sys/stat.h>

static void opens_and_reads_a_file(void **state) {
    fixture *f = *state;
    tree_file(f, "hello.txt", "hello");
    int32_t fd = open_read(f, "data/hello.txt");
    assert_int_equal(fd, 4);
    char buffer[64];
    uint32_t size;
    assert_int_equal(read_fd(f, 4, buffer, sizeof buffer, &size), WASI_OK);
    assert_int_equal(size, 5);
    assert_string_equal(buffer, "hello");
    assert_int_equal(read_fd(f, 4, buffer, sizeof buffer, &size), WASI_OK);
    assert_int_equal(size, 0);
}

static void creates_and_writes_a_file(void **state) {
    fixture *f = *state;
    assert_int_equal(put_file(f, "data/new.txt", "made inside"), WASI_OK);
    assert_string_equal(tree_read(f, "new.txt"), "made inside");
    assert_int_equal(put_file(f, "data/new.txt", "short"), WASI_OK);
    assert_string_equal(tree_read(f, "new.txt"), "short");
}

static void exclusive_creation_refuses_what_exists(void **state) {
    fixture *f = *state;
    const uint32_t exclusive = WASI_OFLAG_CREAT | WASI_OFLAG_EXCL;
    assert_true(open_as(f, ROOT, "data/once", FOLLOW, exclusive, ALL_RIGHTS, 0) > 0);
    assert_int_equal(open_as(f, ROOT, "data/once", FOLLOW, exclusive, ALL_RIGHTS, 0), -WASI_EEXIST);
    tree_link(f, "nowhere", "dangling");
    assert_int_equal(open_as(f, ROOT, "data/dangling", FOLLOW, exclusive, ALL_RIGHTS, 0), -WASI_EEXIST);
    assert_int_equal(open_as(f, ROOT, "data", FOLLOW, exclusive, READ_RIGHTS, 0), -WASI_EEXIST);
}

static void missing_things_are_enoent(void **state) {
    fixture *f = *state;
    assert_int_equal(open_read(f, "data/none"), -WASI_ENOENT);
    assert_int_equal(open_read(f, "data/none/deeper"), -WASI_ENOENT);
    assert_int_equal(open_read(f, "other"), -WASI_ENOENT);
    assert_int_equal(open_read(f, "other/file"), -WASI_ENOENT);
    assert_int_equal(open_create(f, "made-at-the-root"), -WASI_ENOENT);
    assert_int_equal(open_read(f, ""), -WASI_ENOENT);
}

static void directories_open_for_reading_only(void **state) {
    fixture *f = *state;
    tree_mkdir(f, "sub");
    assert_true(open_as(f, ROOT, "data/sub", FOLLOW, WASI_OFLAG_DIRECTORY, READ_RIGHTS, 0) > 0);
    assert_true(open_as(f, ROOT, "data/sub", FOLLOW, 0, READ_RIGHTS, 0) > 0);
    assert_int_equal(open_write(f, "data/sub"), -WASI_EISDIR);
    assert_int_equal(open_write(f, "data"), -WASI_EISDIR);
    assert_int_equal(open_write(f, "."), -WASI_EISDIR);
    assert_int_equal(open_create(f, "data/sub"), -WASI_EISDIR);
    assert_int_equal(open_as(f, ROOT, "data/sub", FOLLOW, WASI_OFLAG_TRUNC, READ_RIGHTS, 0), -WASI_EISDIR);
    assert_int_equal(open_as(f, ROOT, "data/sub", FOLLOW, WASI_OFLAG_DIRECTORY | WASI_OFLAG_CREAT, READ_RIGHTS, 0),
                     -WASI_EINVAL);
}

static void a_file_is_no_directory(void **state) {
    fixture *f = *state;
    tree_file(f, "file", "x");
    assert_int_equal(open_as(f, ROOT, "data/file", FOLLOW, WASI_OFLAG_DIRECTORY, READ_RIGHTS, 0), -WASI_ENOTDIR);
    assert_int_equal(open_read(f, "data/file/"), -WASI_ENOTDIR);
    assert_int_equal(open_read(f, "data/file/."), -WASI_ENOTDIR);
    assert_int_equal(open_read(f, "data/file/below"), -WASI_ENOTDIR);
    int32_t fd = open_read(f, "data/file");
    assert_int_equal(open_as(f, (uint32_t)fd, "x", 0, 0, READ_RIGHTS, 0), -WASI_ENOTDIR);
    assert_int_equal(open_create(f, "data/new/"), -WASI_EISDIR);
    assert_false(tree_exists(f, "new"));
}

static void what_could_hang_is_refused(void **state) {
    fixture *f = *state;
    assert_int_equal(mkfifoat(f->mount_fd, "fifo", 0666), 0);
    assert_int_equal(open_read(f, "data/fifo"), -WASI_EACCES);
    assert_int_equal(open_write(f, "data/fifo"), -WASI_EACCES);
    assert_int_equal(open_create(f, "data/fifo"), -WASI_EACCES);
    assert_int_equal(f->denials, 3);
}

static void unknown_flags_are_invalid(void **state) {
    fixture *f = *state;
    tree_file(f, "file", "x");
    assert_int_equal(open_as(f, ROOT, "data/file", 2, 0, READ_RIGHTS, 0), -WASI_EINVAL);
    assert_int_equal(open_as(f, ROOT, "data/file", 0, 16, READ_RIGHTS, 0), -WASI_EINVAL);
    assert_int_equal(open_as(f, ROOT, "data/file", 0, 0, READ_RIGHTS, 32), -WASI_EINVAL);
}

static void rights_follow_the_type(void **state) {
    fixture *f = *state;
    uint64_t rights, inheriting;
    tree_file(f, "file", "x");
    int32_t fd = open_write(f, "data/file");
    assert_int_equal(fd_rights(f, (uint32_t)fd, &rights, &inheriting), WASI_OK);
    assert_true(rights & WASI_RIGHT_FD_WRITE);
    assert_false(rights & WASI_RIGHT_PATH_OPEN);
    fd = open_read(f, "data");
    assert_int_equal(fd_rights(f, (uint32_t)fd, &rights, &inheriting), WASI_OK);
    assert_true(rights & WASI_RIGHT_PATH_OPEN);
    assert_false(rights & (WASI_RIGHT_FD_SEEK | WASI_RIGHT_FD_READ));
}

static void a_directory_passes_on_only_what_it_has(void **state) {
    fixture *f = *state;
    tree_file(f, "file", "x");
    uint32_t directory = (uint32_t)open_read(f, "data");
    uint64_t rights, inheriting;
    assert_int_equal(fd_rights(f, directory, &rights, &inheriting), WASI_OK);
    assert_int_equal(cap_wasi_fd_fdstat_set_rights(&f->host, directory, rights, WASI_RIGHT_FD_READ), WASI_OK);
    assert_int_equal(open_as(f, directory, "file", 0, 0, WASI_RIGHT_FD_WRITE, 0), -WASI_ENOTCAPABLE);
    assert_int_equal(cap_wasi_fd_fdstat_set_rights(&f->host, directory, 0, 0), WASI_OK);
    assert_int_equal(open_as(f, directory, "file", 0, 0, 0, 0), -WASI_ENOTCAPABLE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        OVER_BOTH(opens_and_reads_a_file),
        OVER_BOTH(creates_and_writes_a_file),
        OVER_BOTH(exclusive_creation_refuses_what_exists),
        OVER_BOTH(missing_things_are_enoent),
        OVER_BOTH(directories_open_for_reading_only),
        OVER_BOTH(a_file_is_no_directory),
        cmocka_unit_test_setup_teardown(what_could_hang_is_refused, setup, teardown),
        OVER_BOTH(unknown_flags_are_invalid),
        OVER_BOTH(rights_follow_the_type),
        OVER_BOTH(a_directory_passes_on_only_what_it_has),
    };
    return cmocka_run_group_tests_name("wasi.open", tests, NULL, NULL);
}
