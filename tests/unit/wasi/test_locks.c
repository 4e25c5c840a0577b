/* Advisory locks: between two runs, between a run and the host's programs, among the descriptors of one run. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The mount of the fixture, read-only. */
static void start_read_only(fixture *f) {
    static cap_wasi_mount mount;
    mount = (cap_wasi_mount){.guest_path = "/data", .host_fd = f->mount_fd};
    start_mounts(f, &mount, 1);
}

static uint32_t lock(fixture *f, int32_t fd, uint32_t kind, uint64_t start, uint64_t length) {
    return cap_wasi_file_lock(&f->host, (uint32_t)fd, kind, start, length);
}

/* A program of the host that locks one byte of scratch/mount/file by an open file of its own: 0, or an errno. */
static int host_lock(int fd, short type, off_t at) {
    struct flock range = {.l_type = type, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};
    return fcntl(fd, F_OFD_SETLK, &range) ? errno : 0;
}

static int host_open(const fixture *f) { return openat(f->mount_fd, "file", O_RDWR | O_CLOEXEC); }

static void locks_hold_against_the_host_and_the_other_way_round(void **state) {
    fixture *f = *state;
    host_file(f, "mount/file", "content");
    int host = host_open(f);
    int32_t fd = open_write(f, "data/file");
    assert_int_equal(lock(f, fd, CAP_LOCK_EXCLUSIVE, 0, 1), WASI_OK);
    assert_int_equal(host_lock(host, F_RDLCK, 0), EAGAIN);
    assert_int_equal(host_lock(host, F_WRLCK, 1), 0);
    assert_int_equal(lock(f, fd, CAP_LOCK_SHARED, 1, 1), WASI_EAGAIN);
    assert_int_equal(lock(f, fd, CAP_LOCK_SHARED | CAP_LOCK_TEST, 1, 1), WASI_EAGAIN);
    assert_int_equal(lock(f, fd, CAP_LOCK_EXCLUSIVE | CAP_LOCK_TEST, 2, 0), WASI_OK);
    assert_int_equal(lock(f, fd, CAP_LOCK_SHARED, 0, 1), WASI_OK);
    assert_int_equal(host_lock(host, F_RDLCK, 0), 0);
    close(host);
}

static void a_lock_of_one_descriptor_is_given_up_by_another(void **state) {
    fixture *f = *state;
    host_file(f, "mount/file", "content");
    int host = host_open(f);
    int32_t reader = open_read(f, "data/file"), writer = open_write(f, "data/file");
    assert_int_equal(lock(f, reader, CAP_LOCK_SHARED, 0, 4), WASI_OK);
    assert_int_equal(lock(f, writer, CAP_LOCK_EXCLUSIVE, 0, 4), WASI_OK); /* its own is not in the way */
    assert_int_equal(host_lock(host, F_RDLCK, 0), EAGAIN);
    assert_int_equal(cap_wasi_fd_close(&f->host, (uint32_t)reader), WASI_OK);
    assert_int_equal(host_lock(host, F_RDLCK, 0), EAGAIN);
    assert_int_equal(lock(f, writer, CAP_LOCK_NONE, 0, 0), WASI_OK);
    assert_int_equal(host_lock(host, F_WRLCK, 0), 0);
    close(host);
}

static void the_end_of_a_run_gives_up_its_locks(void **state) {
    fixture *f = *state;
    host_file(f, "mount/file", "content");
    int host = host_open(f);
    assert_int_equal(lock(f, open_write(f, "data/file"), CAP_LOCK_EXCLUSIVE, 0, 0), WASI_OK);
    assert_int_equal(host_lock(host, F_WRLCK, 5), EAGAIN);
    cap_wasi_free(f->wasi);
    f->wasi = NULL;
    assert_int_equal(host_lock(host, F_WRLCK, 5), 0);
    close(host);
}

static void a_reader_takes_shared_locks_only(void **state) {
    fixture *f = *state;
    host_file(f, "mount/file", "content");
    int32_t writer_only = open_as(f, ROOT, "data/file", FOLLOW, 0, ALL_RIGHTS & ~WASI_RIGHT_FD_READ, 0);
    assert_int_equal(lock(f, writer_only, CAP_LOCK_SHARED, 0, 1), WASI_EBADF);
    start_read_only(f);
    int32_t fd = open_read(f, "data/file");
    assert_int_equal(lock(f, fd, CAP_LOCK_EXCLUSIVE, 0, 1), WASI_EBADF);
    assert_int_equal(lock(f, fd, CAP_LOCK_SHARED, 0, 1), WASI_OK);
    assert_int_equal(lock(f, fd, CAP_LOCK_EXCLUSIVE | CAP_LOCK_TEST, 0, 1), WASI_OK);
}

static void what_cannot_be_is_refused(void **state) {
    fixture *f = *state;
    host_file(f, "mount/file", "content");
    int32_t fd = open_write(f, "data/file");
    assert_int_equal(lock(f, 99, CAP_LOCK_SHARED, 0, 1), WASI_EBADF);
    assert_int_equal(lock(f, ROOT, CAP_LOCK_SHARED, 0, 1), WASI_EISDIR);
    assert_int_equal(lock(f, 1, CAP_LOCK_SHARED, 0, 1), WASI_ESPIPE);
    static const uint32_t kinds[] = {3, CAP_LOCK_TEST, 7, 8, UINT32_MAX};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        assert_int_equal(lock(f, fd, kinds[i], 0, 1), WASI_EINVAL);
    assert_int_equal(lock(f, fd, CAP_LOCK_SHARED, UINT64_C(1) << 63, 0), WASI_EINVAL);
    assert_int_equal(lock(f, fd, CAP_LOCK_SHARED, 1, INT64_MAX), WASI_EINVAL);
    assert_int_equal(lock(f, fd, CAP_LOCK_SHARED, 0, INT64_MAX), WASI_OK);
    assert_int_equal(lock(f, fd, CAP_LOCK_NONE, 0, 0), WASI_OK);
    assert_int_equal(lock(f, fd, CAP_LOCK_NONE, 0, 0), WASI_OK); /* nothing left to give up */
}

static void as_many_files_as_the_limit_and_one_more(void **state) {
    fixture *f = *state;
    char name[32];
    int32_t fd = -1;
    for (uint32_t i = 0; i <= CAP_WASI_LOCKED_MAX; i++) {
        snprintf(name, sizeof name, "data/file%u", i);
        fd = open_create(f, name);
        assert_true(fd > 0);
        uint32_t expected = i < CAP_WASI_LOCKED_MAX ? WASI_OK : WASI_ENOLCK;
        assert_int_equal(lock(f, fd, CAP_LOCK_EXCLUSIVE, 0, 1), expected);
    }
    assert_int_equal(lock(f, open_write(f, "data/file0"), CAP_LOCK_NONE, 0, 0), WASI_OK);
    assert_int_equal(lock(f, fd, CAP_LOCK_EXCLUSIVE, 0, 1), WASI_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(locks_hold_against_the_host_and_the_other_way_round, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lock_of_one_descriptor_is_given_up_by_another, setup, teardown),
        cmocka_unit_test_setup_teardown(the_end_of_a_run_gives_up_its_locks, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reader_takes_shared_locks_only, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(as_many_files_as_the_limit_and_one_more, setup, teardown),
    };
    return cmocka_run_group_tests_name("wasi.locks", tests, NULL, NULL);
}
