/* Bytes of files: reading, writing, positions, appending, vectors. */
#include "support.h"

#include <string.h>

#include "wasi/wire.h"

/* A list of vectors in guest memory. */
static uint32_t vectors(fixture *f, const uint32_t (*list_of)[2], uint32_t count) {
    uint32_t address = guest_room(f, count * 8);
    for (uint32_t i = 0; i < count; i++) {
        cap_wire_put32(at(f, address + 8 * i), list_of[i][0]);
        cap_wire_put32(at(f, address + 8 * i + 4), list_of[i][1]);
    }
    return address;
}

static uint64_t tell(fixture *f, uint32_t fd) {
    uint32_t ret = guest_room(f, 8);
    assert_int_equal(cap_wasi_fd_tell(&f->host, fd, ret), WASI_OK);
    return cap_wire_get64(at(f, ret));
}

static uint32_t seek(fixture *f, uint32_t fd, int64_t offset, uint32_t whence, uint64_t *ret_position) {
    uint32_t ret = guest_room(f, 8);
    uint32_t error = cap_wasi_fd_seek(&f->host, fd, (uint64_t)offset, whence, ret);
    *ret_position = cap_wire_get64(at(f, ret));
    return error;
}

static void gathers_and_scatters(void **state) {
    fixture *f = *state;
    uint32_t fd = (uint32_t)open_create(f, "data/file"), ret = guest_room(f, 8), room = guest_room(f, 32);
    const uint32_t out[][2] = {{guest_bytes(f, "one", 3), 3}, {0, 0}, {guest_bytes(f, "two", 3), 3}, {guest_bytes(f, "!", 1), 1}};
    assert_int_equal(cap_wasi_fd_write(&f->host, fd, vectors(f, out, 4), 4, ret), WASI_OK);
    assert_int_equal(cap_wire_get32(at(f, ret)), 7);
    assert_string_equal(tree_read(f, "file"), "onetwo!");
    const uint32_t in[][2] = {{room, 2}, {room + 8, 4}, {room + 16, 8}};
    assert_int_equal(cap_wasi_fd_pread(&f->host, fd, vectors(f, in, 3), 3, 0, ret), WASI_OK);
    assert_int_equal(cap_wire_get32(at(f, ret)), 7);
    assert_memory_equal(at(f, room), "on\0", 3);
    assert_memory_equal(at(f, room + 8), "etwo\0", 5);
    assert_memory_equal(at(f, room + 16), "!\0", 2);
}

static void positions_are_the_descriptors_own(void **state) {
    fixture *f = *state;
    tree_file(f, "file", "0123456789");
    uint32_t a = (uint32_t)open_read(f, "data/file"), b = (uint32_t)open_read(f, "data/file");
    char buffer[16];
    uint64_t position;
    assert_int_equal(read_fd(f, a, buffer, 4, NULL), WASI_OK);
    assert_int_equal(tell(f, a), 4);
    assert_int_equal(tell(f, b), 0);
    assert_int_equal(seek(f, a, -1, WASI_WHENCE_CUR, &position), WASI_OK);
    assert_int_equal(position, 3);
    assert_int_equal(seek(f, a, -2, WASI_WHENCE_END, &position), WASI_OK);
    assert_int_equal(position, 8);
    assert_int_equal(seek(f, a, 100, WASI_WHENCE_SET, &position), WASI_OK);
    assert_int_equal(read_fd(f, a, buffer, 4, NULL), WASI_OK);
    assert_string_equal(buffer, "");
    assert_int_equal(tell(f, a), 100);
}

static void impossible_positions(void **state) {
    fixture *f = *state;
    tree_file(f, "file", "0123456789");
    uint32_t fd = (uint32_t)open_write(f, "data/file"), ret = guest_room(f, 8), room = guest_room(f, 8);
    uint64_t position;
    assert_int_equal(seek(f, fd, -1, WASI_WHENCE_SET, &position), WASI_EINVAL);
    assert_int_equal(seek(f, fd, -11, WASI_WHENCE_END, &position), WASI_EINVAL);
    assert_int_equal(seek(f, fd, INT64_MAX, WASI_WHENCE_SET, &position), WASI_OK);
    assert_int_equal(seek(f, fd, 1, WASI_WHENCE_CUR, &position), WASI_EOVERFLOW);
    assert_int_equal(seek(f, fd, INT64_MIN, WASI_WHENCE_CUR, &position), WASI_EINVAL);
    assert_int_equal(seek(f, fd, 0, 3, &position), WASI_EINVAL);
    assert_int_equal(tell(f, fd), INT64_MAX);
    char buffer[4];
    assert_int_equal(read_fd(f, fd, buffer, 4, NULL), WASI_EINVAL);
    assert_int_equal(write_fd(f, fd, "x", 1, NULL), WASI_EFBIG);
    const uint32_t one[][2] = {{room, 1}};
    assert_int_equal(cap_wasi_fd_pread(&f->host, fd, vectors(f, one, 1), 1, UINT64_MAX, ret), WASI_EINVAL);
    assert_int_equal(cap_wasi_fd_pwrite(&f->host, fd, vectors(f, one, 1), 1, UINT64_MAX, ret), WASI_EINVAL);
    assert_int_equal(cap_wasi_fd_pwrite(&f->host, fd, vectors(f, one, 1), 1, INT64_MAX, ret), WASI_EFBIG);
    assert_string_equal(tree_read(f, "file"), "0123456789");
}

static void append_mode(void **state) {
    fixture *f = *state;
    tree_file(f, "file", "start");
    uint32_t fd = (uint32_t)open_as(f, ROOT, "data/file", 0, 0, ALL_RIGHTS, WASI_FDFLAG_APPEND);
    assert_int_equal(write_fd(f, fd, "+one", 4, NULL), WASI_OK);
    assert_int_equal(tell(f, fd), 9);
    uint64_t position;
    assert_int_equal(seek(f, fd, 0, WASI_WHENCE_SET, &position), WASI_OK);
    assert_int_equal(write_fd(f, fd, "+two", 4, NULL), WASI_OK);
    assert_int_equal(pwrite_fd(f, fd, "+p", 2, 0, NULL), WASI_OK);
    assert_int_equal(tell(f, fd), 13);
    assert_string_equal(tree_read(f, "file"), "start+one+two+p");
    assert_int_equal(cap_wasi_fd_fdstat_set_flags(&f->host, fd, 0), WASI_OK);
    assert_int_equal(pwrite_fd(f, fd, "S", 1, 0, NULL), WASI_OK);
    assert_int_equal(cap_wasi_fd_fdstat_set_flags(&f->host, fd, WASI_FDFLAG_APPEND), WASI_OK);
    assert_int_equal(write_fd(f, fd, "!", 1, NULL), WASI_OK);
    assert_string_equal(tree_read(f, "file"), "Start+one+two+p!");
}

static void direction_is_held(void **state) {
    fixture *f = *state;
    tree_file(f, "file", "x");
    char buffer[4];
    uint32_t reader = (uint32_t)open_read(f, "data/file");
    assert_int_equal(write_fd(f, reader, "y", 1, NULL), WASI_EBADF);
    uint32_t writer = (uint32_t)open_as(f, ROOT, "data/file", 0, 0, WASI_RIGHT_FD_WRITE | WASI_RIGHT_FD_SEEK, 0);
    assert_int_equal(read_fd(f, writer, buffer, 4, NULL), WASI_EBADF);
    assert_int_equal(write_fd(f, writer, "y", 1, NULL), WASI_OK);
}

static void directories_have_no_bytes(void **state) {
    fixture *f = *state;
    uint32_t ret = guest_room(f, 8);
    char buffer[4];
    const uint32_t fds[] = {ROOT, (uint32_t)open_read(f, "data")};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(read_fd(f, fds[i], buffer, 4, NULL), WASI_EISDIR);
        assert_int_equal(write_fd(f, fds[i], "x", 1, NULL), WASI_EISDIR);
        assert_int_equal(pwrite_fd(f, fds[i], "x", 1, 0, NULL), WASI_EISDIR);
        assert_int_equal(cap_wasi_fd_seek(&f->host, fds[i], 0, WASI_WHENCE_SET, ret), WASI_EISDIR);
        assert_int_equal(cap_wasi_fd_tell(&f->host, fds[i], ret), WASI_EISDIR);
        assert_int_equal(cap_wasi_fd_allocate(&f->host, fds[i], 0, 1), WASI_EISDIR);
        assert_int_equal(cap_wasi_fd_filestat_set_size(&f->host, fds[i], 0), WASI_EISDIR);
        assert_int_equal(cap_wasi_fd_sync(&f->host, fds[i]), WASI_OK);
    }
}

static void sizes_change(void **state) {
    fixture *f = *state;
    tree_file(f, "file", "0123456789");
    uint32_t fd = (uint32_t)open_write(f, "data/file");
    stat_result status;
    assert_int_equal(cap_wasi_fd_filestat_set_size(&f->host, fd, 4), WASI_OK);
    assert_string_equal(tree_read(f, "file"), "0123");
    assert_int_equal(cap_wasi_fd_filestat_set_size(&f->host, fd, 100), WASI_OK);
    assert_int_equal(stat_fd(f, fd, &status), WASI_OK);
    assert_int_equal(status.size, 100);
    assert_int_equal(cap_wasi_fd_filestat_set_size(&f->host, fd, UINT64_MAX), WASI_EINVAL);
    assert_int_equal(cap_wasi_fd_allocate(&f->host, fd, 50, 100), WASI_OK);
    assert_int_equal(stat_fd(f, fd, &status), WASI_OK);
    assert_int_equal(status.size, 150);
    assert_int_equal(cap_wasi_fd_allocate(&f->host, fd, 0, 0), WASI_EINVAL);
    assert_int_equal(cap_wasi_fd_allocate(&f->host, fd, INT64_MAX, INT64_MAX), WASI_EFBIG);
    assert_int_equal(cap_wasi_fd_advise(&f->host, fd, 0, 100, 5), WASI_OK);
    assert_int_equal(cap_wasi_fd_advise(&f->host, fd, 0, 100, 6), WASI_EINVAL);
    assert_int_equal(cap_wasi_fd_advise(&f->host, fd, UINT64_MAX, 100, 0), WASI_EINVAL);
    assert_int_equal(cap_wasi_fd_sync(&f->host, fd), WASI_OK);
    assert_int_equal(cap_wasi_fd_datasync(&f->host, fd), WASI_OK);
}

static void vectors_are_checked(void **state) {
    fixture *f = *state;
    tree_file(f, "file", "0123456789");
    uint32_t fd = (uint32_t)open_write(f, "data/file"), ret = guest_room(f, 4);
    const uint32_t bad[][2] = {{16, 4}, {MEMORY_SIZE - 3, 4}};
    uint32_t list_of = vectors(f, bad, 2);
    assert_int_equal(cap_wasi_fd_read(&f->host, fd, list_of, 2, ret), WASI_EFAULT);
    assert_int_equal(cap_wasi_fd_write(&f->host, fd, list_of, 2, ret), WASI_EFAULT);
    assert_int_equal(cap_wasi_fd_read(&f->host, fd, list_of, UINT32_MAX, ret), WASI_EINVAL);
    assert_int_equal(cap_wasi_fd_read(&f->host, fd, MEMORY_SIZE - 8, 2, ret), WASI_EFAULT);
    assert_int_equal(cap_wasi_fd_read(&f->host, fd, UINT32_MAX, 1, ret), WASI_EFAULT);
    assert_int_equal(cap_wasi_fd_read(&f->host, fd, list_of, 1, MEMORY_SIZE - 3), WASI_EFAULT);
    assert_int_equal(tell(f, fd), 0); /* the bad result pointer was seen before anything was read */
    const uint32_t last[][2] = {{MEMORY_SIZE - 4, 4}, {MEMORY_SIZE, 0}};
    assert_int_equal(cap_wasi_fd_read(&f->host, fd, vectors(f, last, 2), 2, ret), WASI_OK);
    assert_memory_equal(at(f, MEMORY_SIZE - 4), "0123", 4);
}

static void vector_count_limit(void **state) {
    fixture *f = *state;
    tree_file(f, "file", "0123456789");
    uint32_t fd = (uint32_t)open_read(f, "data/file"), ret = guest_room(f, 4), room = guest_room(f, 16);
    uint32_t list_of = guest_room(f, (CAP_WASI_IOV_MAX + 1) * 8);
    for (uint32_t i = 0; i <= CAP_WASI_IOV_MAX; i++) {
        cap_wire_put32(at(f, list_of + 8 * i), room + i % 16);
        cap_wire_put32(at(f, list_of + 8 * i + 4), i < 10);
    }
    assert_int_equal(cap_wasi_fd_read(&f->host, fd, list_of, CAP_WASI_IOV_MAX, ret), WASI_OK);
    assert_int_equal(cap_wire_get32(at(f, ret)), 10);
    assert_memory_equal(at(f, room), "0123456789", 10);
    assert_int_equal(cap_wasi_fd_read(&f->host, fd, list_of, CAP_WASI_IOV_MAX + 1, ret), WASI_EINVAL);
}

/* 4 GiB in all from overlapping vectors: refused, although each lies in memory. */
static void vector_total_limit(void **state) {
    fixture *f = *state;
    f->memory.size = MEMORY_SIZE;
    uint32_t fd = (uint32_t)open_create(f, "data/file"), ret = guest_room(f, 4);
    uint32_t list_of = guest_room(f, CAP_WASI_IOV_MAX * 8);
    f->memory.size = UINT64_C(1) << 32; /* pretend: nothing is touched before the sum is checked */
    for (uint32_t i = 0; i < CAP_WASI_IOV_MAX; i++) {
        cap_wire_put32(at(f, list_of + 8 * i), 0);
        cap_wire_put32(at(f, list_of + 8 * i + 4), UINT32_MAX);
    }
    assert_int_equal(cap_wasi_fd_write(&f->host, fd, list_of, CAP_WASI_IOV_MAX, ret), WASI_EINVAL);
    assert_int_equal(cap_wasi_fd_write(&f->host, 1, list_of, 2, ret), WASI_EINVAL);
    f->memory.size = MEMORY_SIZE;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        OVER_BOTH(gathers_and_scatters),
        OVER_BOTH(positions_are_the_descriptors_own),
        OVER_BOTH(impossible_positions),
        OVER_BOTH(append_mode),
        OVER_BOTH(direction_is_held),
        OVER_BOTH(directories_have_no_bytes),
        OVER_BOTH(sizes_change),
        OVER_BOTH(vectors_are_checked),
        OVER_BOTH(vector_count_limit),
        OVER_BOTH(vector_total_limit),
    };
    return cmocka_run_group_tests_name("wasi.io", tests, NULL, NULL);
}
