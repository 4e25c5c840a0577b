/* The directory in memory: what is its own affair, beside what it shares with directories of the host (OVER_BOTH in other
 * tests, and test_twins.c). Its limits: each at its value and one past it, and given back. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wasi/memfs_internal.h"
#include "wasi/state.h"
#include "wasi/wire.h"

enum { LIMIT = 3 * CAP_MEMFS_PAGE, INODES = 5 };
#define TIB (UINT64_C(1) << 40)

static const char zeros[2 * LIMIT];

static void start_limited(fixture *f, uint64_t bytes, uint32_t inodes) {
    start(f, &(cap_wasi_config){.tmp_limit = bytes, .tmp_inode_limit = inodes});
}

static int setup_limited(void **state) {
    if (setup_bare(state)) return -1;
    start_limited(*state, LIMIT, INODES);
    return 0;
}

static cap_memfs_usage used(const fixture *f) { return cap_memfs_used(f->wasi->memory); }

static void close_fd(fixture *f, uint32_t fd) { assert_int_equal(cap_wasi_fd_close(&f->host, fd), WASI_OK); }

static void write_all(fixture *f, uint32_t fd, uint32_t size) {
    uint32_t written;
    assert_int_equal(write_fd(f, fd, zeros, size, &written), WASI_OK);
    assert_int_equal(written, size);
}

/* ---- Where it is ---- */

static void it_is_at_tmp_and_empty(void **state) {
    fixture *f = *state;
    assert_string_equal(list(f, "."), ". .. tmp");
    assert_string_equal(list(f, "tmp"), ". ..");
    assert_int_equal(put_file(f, "tmp/file", "x"), WASI_OK);
    start_limited(f, LIMIT, 0); /* another run: nothing of this one */
    assert_string_equal(list(f, "tmp"), ". ..");
}

static void what_is_outside_was_not_granted(void **state) {
    fixture *f = *state;
    assert_int_equal(open_read(f, "data/file"), -WASI_ENOENT);
    assert_string_equal(cap_wasi_last_denial(f->wasi), "open /data/file: no files are granted");
    const cap_wasi_mount mounts[] = {{.guest_path = "/other", .host_fd = f->mount_fd}};
    start(f, &(cap_wasi_config){.mounts = mounts, .mount_count = 1, .tmp_limit = LIMIT});
    assert_int_equal(open_read(f, "data/file"), -WASI_ENOENT);
    assert_string_equal(cap_wasi_last_denial(f->wasi), "open /data/file: outside every mount");
}

static void without_it_there_is_nothing(void **state) {
    fixture *f = *state;
    start_mounts(f, NULL, 0);
    assert_int_equal(open_read(f, "tmp"), -WASI_EBADF);
    assert_null(f->wasi->memory);
}

static void a_mount_at_its_place_stands_before_it(void **state) {
    fixture *f = *state;
    const cap_wasi_mount mounts[] = {{.guest_path = "/tmp", .host_fd = f->mount_fd, .writable = true}};
    start(f, &(cap_wasi_config){.mounts = mounts, .mount_count = 1, .tmp_limit = LIMIT});
    assert_int_equal(put_file(f, "tmp/file", "on the host"), WASI_OK);
    assert_string_equal(host_read(f, "mount/file"), "on the host");
    assert_null(f->wasi->memory);
}

/* It covers what a mount around it has of that name, and mounts below it are there. */
static void it_takes_its_place_among_mounts(void **state) {
    fixture *f = *state;
    host_mkdir(f, "mount/tmp");
    host_file(f, "mount/tmp/covered", "x");
    host_mkdir(f, "inner");
    host_file(f, "inner/file", "inner");
    int inner = host_open_directory(f, "inner");
    const cap_wasi_mount mounts[] = {{.guest_path = "/", .host_fd = f->mount_fd, .writable = true},
                                     {.guest_path = "/tmp/a/inner", .host_fd = inner}};
    start(f, &(cap_wasi_config){.mounts = mounts, .mount_count = 2, .tmp_limit = LIMIT});
    assert_string_equal(list(f, "tmp"), ". .. a");
    assert_string_equal(list(f, "tmp/a"), ". .. inner");
    assert_true(open_read(f, "tmp/a/inner/file") > 0);
    assert_int_equal(open_create(f, "tmp/a/new"), -WASI_ENOENT); /* it only leads to a mount */
    assert_int_equal(make_directory(f, "tmp/a"), WASI_EEXIST);
    assert_int_equal(remove_directory(f, "tmp"), WASI_EBUSY);
    assert_int_equal(rename_path(f, "tmp", "other"), WASI_EBUSY);
    assert_int_equal(put_file(f, "tmp/file", "x"), WASI_OK);
    assert_string_equal(list(f, "tmp"), ". .. a file");
    assert_true(open_read(f, "tmp/../tmp/a/inner/../../file") > 0);
    assert_true(host_exists(f, "mount/tmp/covered"));
    assert_false(host_exists(f, "mount/tmp/file"));
    close(inner);
}

static void it_can_be_the_root(void **state) {
    fixture *f = *state;
    stat_result status;
    start(f, &(cap_wasi_config){.tmp_limit = LIMIT, .tmp_path = "/"});
    assert_int_equal(put_file(f, "file", "x"), WASI_OK);
    assert_string_equal(list_fd(f, ROOT), ". .. file");
    assert_int_equal(cap_wasi_fd_filestat_set_times(&f->host, ROOT, 44, 44, WASI_FST_MTIM), WASI_OK);
    assert_int_equal(stat_fd(f, ROOT, &status), WASI_OK);
    assert_int_equal(status.modified, 44);
}

static void nothing_crosses_between_it_and_a_mount(void **state) {
    fixture *f = *state;
    const cap_wasi_mount mounts[] = {{.guest_path = "/data", .host_fd = f->mount_fd, .writable = true}};
    start(f, &(cap_wasi_config){.mounts = mounts, .mount_count = 1, .tmp_limit = LIMIT});
    assert_int_equal(put_file(f, "data/host", "x"), WASI_OK);
    assert_int_equal(put_file(f, "tmp/memory", "x"), WASI_OK);
    assert_int_equal(rename_path(f, "data/host", "tmp/host"), WASI_EXDEV);
    assert_int_equal(rename_path(f, "tmp/memory", "data/memory"), WASI_EXDEV);
    assert_int_equal(link_path(f, "data/host", "tmp/host"), WASI_EXDEV);
    assert_int_equal(link_path(f, "tmp/memory", "data/memory"), WASI_EXDEV);
    assert_int_equal(symlink_path(f, "../data/host", "tmp/up"), WASI_OK);
    assert_int_equal(open_read(f, "tmp/up"), -WASI_EPERM);
    stat_result host, memory;
    assert_int_equal(stat_path(f, ROOT, "data/host", 0, &host), WASI_OK);
    assert_int_equal(stat_path(f, ROOT, "tmp/memory", 0, &memory), WASI_OK);
    assert_int_not_equal(host.device, memory.device);
}

/* Names that mean something in the operator's directories mean nothing here. */
static void no_name_is_special(void **state) {
    fixture *f = *state;
    assert_int_equal(put_file(f, "tmp/.env", "A=1"), WASI_OK);
    assert_int_equal(put_file(f, "tmp/capsule.toml", ""), WASI_OK);
    assert_int_equal(make_directory(f, "tmp/.capsule"), WASI_OK);
    assert_int_equal(unlink_file(f, "tmp/.env"), WASI_OK);
    assert_string_equal(list(f, "tmp"), ". .. .capsule capsule.toml");
}

/* Inode numbers count up from the root's, and times come from the guest's clock: nothing is of the host. */
static void numbers_are_small_and_times_the_guests(void **state) {
    fixture *f = *state;
    stat_result root, file, later;
    uint32_t ret = guest_room(f, 8);
    assert_int_equal(cap_wasi_clock_time_get(&f->host, WASI_CLOCK_REALTIME, 0, ret), WASI_OK);
    uint64_t before = cap_wire_get64(at(f, ret));
    assert_int_equal(put_file(f, "tmp/file", "x"), WASI_OK);
    assert_int_equal(stat_path(f, ROOT, "tmp", 0, &root), WASI_OK);
    assert_int_equal(stat_path(f, ROOT, "tmp/file", 0, &file), WASI_OK);
    assert_int_equal(root.inode, 1);
    assert_int_equal(file.inode, 2);
    assert_true(file.modified >= before && root.modified >= before && file.changed >= before);
    assert_int_equal(set_times(f, "tmp/file", 5, WASI_FST_MTIM | WASI_FST_ATIM), WASI_OK);
    assert_int_equal(stat_path(f, ROOT, "tmp/file", 0, &file), WASI_OK);
    assert_int_equal(put_file(f, "tmp/file", "y"), WASI_OK);
    assert_int_equal(stat_path(f, ROOT, "tmp/file", 0, &later), WASI_OK);
    assert_true(later.modified >= before);
    assert_int_equal(later.accessed, 5);
    assert_int_equal(set_times(f, "tmp", 7, WASI_FST_MTIM), WASI_OK);
    assert_int_equal(unlink_file(f, "tmp/file"), WASI_OK);
    assert_int_equal(stat_path(f, ROOT, "tmp", 0, &root), WASI_OK);
    assert_true(root.modified >= before);
}

/* ---- Bytes ---- */

static void writing_up_to_the_limit_and_one_more(void **state) {
    fixture *f = *state;
    uint32_t fd = (uint32_t)open_create(f, "tmp/file"), size;
    write_all(f, fd, LIMIT);
    assert_int_equal(used(f).bytes, LIMIT);
    expect_excess(f, NULL, 0, 0);
    assert_int_equal(write_fd(f, fd, zeros, 1, NULL), WASI_EDQUOT);
    expect_excess(f, "tmp", LIMIT + 1, LIMIT);
    assert_int_equal(cap_wasi_disk_bytes(f->wasi), 0); /* the mounts have an account of their own */
    assert_int_equal(pwrite_fd(f, fd, zeros, LIMIT, 0, &size), WASI_OK); /* overwriting is free */
    assert_int_equal(pwrite_fd(f, fd, zeros, 2, LIMIT - 1, &size), WASI_OK);
    assert_int_equal(size, 1);
    assert_int_equal(pwrite_fd(f, fd, "x", 1, LIMIT, NULL), WASI_EDQUOT);
}

static void the_part_that_fits_is_written(void **state) {
    fixture *f = *state;
    uint32_t fd = (uint32_t)open_create(f, "tmp/file"), size;
    assert_int_equal(write_fd(f, fd, zeros, LIMIT + 1, &size), WASI_OK);
    assert_int_equal(size, LIMIT);
}

static void sizes_and_allocations_count(void **state) {
    fixture *f = *state;
    uint32_t fd = (uint32_t)open_create(f, "tmp/file");
    assert_int_equal(cap_wasi_fd_filestat_set_size(&f->host, fd, LIMIT + 1), WASI_EDQUOT);
    assert_int_equal(cap_wasi_fd_filestat_set_size(&f->host, fd, LIMIT), WASI_OK);
    assert_int_equal(cap_wasi_fd_filestat_set_size(&f->host, fd, 0), WASI_OK);
    assert_int_equal(cap_wasi_fd_allocate(&f->host, fd, 1, LIMIT), WASI_EDQUOT);
    assert_int_equal(cap_wasi_fd_allocate(&f->host, fd, 0, LIMIT), WASI_OK);
    assert_int_equal(cap_wasi_fd_allocate(&f->host, fd, 0, 10), WASI_OK); /* never shorter */
    assert_int_equal(used(f).bytes, LIMIT);
}

static void targets_of_links_count(void **state) {
    fixture *f = *state;
    uint32_t fd = (uint32_t)open_create(f, "tmp/file");
    write_all(f, fd, LIMIT - 4);
    assert_int_equal(symlink_path(f, "12345", "tmp/link"), WASI_EDQUOT);
    assert_int_equal(symlink_path(f, "1234", "tmp/link"), WASI_OK);
    assert_int_equal(write_fd(f, fd, "x", 1, NULL), WASI_EDQUOT);
    assert_int_equal(unlink_file(f, "tmp/link"), WASI_OK);
    assert_int_equal(write_fd(f, fd, "x", 1, NULL), WASI_OK);
}

static void everything_comes_back(void **state) {
    fixture *f = *state;
    for (int i = 0; i < 3 * INODES; i++) {
        assert_int_equal(make_directory(f, "tmp/dir"), WASI_OK);
        uint32_t fd = (uint32_t)open_create(f, "tmp/dir/file");
        write_all(f, fd, LIMIT);
        assert_int_equal(cap_wasi_fd_filestat_set_size(&f->host, fd, 1), WASI_OK);
        assert_int_equal(used(f).pages, 1);
        assert_int_equal(pwrite_fd(f, fd, zeros, LIMIT, 0, NULL), WASI_OK);
        close_fd(f, fd);
        assert_int_equal(link_path(f, "tmp/dir/file", "tmp/second"), WASI_OK);
        assert_int_equal(unlink_file(f, "tmp/dir/file"), WASI_OK);
        assert_int_equal(put_file(f, "tmp/third", ""), WASI_OK);
        assert_int_equal(rename_path(f, "tmp/third", "tmp/second"), WASI_OK); /* its last name is replaced */
        assert_int_equal(unlink_file(f, "tmp/second"), WASI_OK);
        assert_int_equal(remove_directory(f, "tmp/dir"), WASI_OK);
        assert_int_equal(used(f).bytes + used(f).pages + used(f).nodes + used(f).names, 0);
        forget(f);
    }
    expect_excess(f, NULL, 0, 0);
}

/* A byte takes a page: what is small is bounded by the memory behind it. */
static void memory_is_bounded_too(void **state) {
    fixture *f = *state;
    assert_int_equal(put_file(f, "tmp/1", "x"), WASI_OK);
    assert_int_equal(put_file(f, "tmp/2", "x"), WASI_OK);
    assert_int_equal(put_file(f, "tmp/3", "x"), WASI_OK);
    expect_excess(f, NULL, 0, 0);
    assert_int_equal(put_file(f, "tmp/4", "x"), WASI_EDQUOT);
    expect_excess(f, "tmp", LIMIT + CAP_MEMFS_PAGE, LIMIT);
    assert_int_equal(used(f).pages, 3);
    assert_int_equal(unlink_file(f, "tmp/1"), WASI_OK);
    assert_int_equal(put_file(f, "tmp/4", "x"), WASI_OK);
}

/* A limit that is no multiple of a page is one to the byte all the same. */
static void odd_limits_are_exact(void **state) {
    fixture *f = *state;
    start_limited(f, 1000, 0);
    uint32_t fd = (uint32_t)open_create(f, "tmp/file"), size;
    assert_int_equal(write_fd(f, fd, zeros, 1001, &size), WASI_OK);
    assert_int_equal(size, 1000);
}

/* ---- Holes ---- */

static uint32_t read_at(fixture *f, uint32_t fd, uint64_t offset, char *buffer, uint32_t size) {
    uint32_t room = guest_room(f, size), vector = guest_room(f, 8), ret = guest_room(f, 4);
    cap_wire_put32(at(f, vector), room);
    cap_wire_put32(at(f, vector) + 4, size);
    assert_int_equal(cap_wasi_fd_pread(&f->host, fd, vector, 1, offset, ret), WASI_OK);
    memcpy(buffer, at(f, room), size);
    return cap_wire_get32(at(f, ret));
}

static void a_hole_counts_and_costs_nothing(void **state) {
    fixture *f = *state;
    char buffer[8];
    start_limited(f, TIB + 1, 0);
    uint32_t fd = (uint32_t)open_create(f, "tmp/file"), size;
    assert_int_equal(cap_wasi_fd_filestat_set_size(&f->host, fd, TIB), WASI_OK);
    assert_int_equal(used(f).bytes, TIB);
    assert_int_equal(used(f).pages, 0);
    assert_int_equal(put_file(f, "tmp/other", "xy"), WASI_OK); /* as far as it fits */
    assert_int_equal(used(f).bytes, TIB + 1);
    assert_int_equal(unlink_file(f, "tmp/other"), WASI_OK);
    assert_int_equal(pwrite_fd(f, fd, "end", 3, TIB - 2, &size), WASI_OK);
    assert_int_equal(size, 3);
    assert_int_equal(used(f).pages, 2);
    assert_int_equal(pwrite_fd(f, fd, "!", 1, TIB + 1, NULL), WASI_EDQUOT);
    assert_int_equal(read_at(f, fd, TIB / 2, buffer, 8), 8);
    assert_memory_equal(buffer, zeros, 8);
    assert_int_equal(read_at(f, fd, TIB - 4, buffer, 8), 5);
    assert_memory_equal(buffer, "\0\0end", 5);
}

/* What was cut off does not come back as content when the file grows again. */
static void what_was_cut_off_is_gone(void **state) {
    fixture *f = *state;
    char buffer[16];
    uint32_t fd = (uint32_t)open_create(f, "tmp/file");
    assert_int_equal(pwrite_fd(f, fd, "secret", 6, CAP_MEMFS_PAGE - 3, NULL), WASI_OK);
    assert_int_equal(cap_wasi_fd_filestat_set_size(&f->host, fd, CAP_MEMFS_PAGE - 2), WASI_OK);
    assert_int_equal(used(f).pages, 1);
    assert_int_equal(cap_wasi_fd_filestat_set_size(&f->host, fd, LIMIT), WASI_OK);
    assert_int_equal(read_at(f, fd, CAP_MEMFS_PAGE - 3, buffer, 16), 16);
    assert_memory_equal(buffer, "s\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
}

static void one_file_has_a_largest_size(void **state) {
    fixture *f = *state;
    start_limited(f, 2 * CAP_MEMFS_FILE_MAX, 0);
    uint32_t fd = (uint32_t)open_create(f, "tmp/file"), size;
    assert_int_equal(cap_wasi_fd_filestat_set_size(&f->host, fd, CAP_MEMFS_FILE_MAX + 1), WASI_EFBIG);
    assert_int_equal(cap_wasi_fd_filestat_set_size(&f->host, fd, CAP_MEMFS_FILE_MAX), WASI_OK);
    assert_int_equal(cap_wasi_fd_allocate(&f->host, fd, CAP_MEMFS_FILE_MAX, 1), WASI_EFBIG);
    assert_int_equal(pwrite_fd(f, fd, "xy", 2, CAP_MEMFS_FILE_MAX - 1, &size), WASI_OK);
    assert_int_equal(size, 1);
    assert_int_equal(pwrite_fd(f, fd, "x", 1, CAP_MEMFS_FILE_MAX, NULL), WASI_EFBIG);
    expect_excess(f, NULL, 0, 0);
}

/* ---- Nodes and names ---- */

static void nodes_are_counted(void **state) {
    fixture *f = *state;
    assert_int_equal(put_file(f, "tmp/1", ""), WASI_OK);
    assert_int_equal(put_file(f, "tmp/1", ""), WASI_OK); /* it exists: not a new one */
    assert_int_equal(make_directory(f, "tmp/2"), WASI_OK);
    assert_int_equal(make_directory(f, "tmp/2"), WASI_EEXIST);
    assert_int_equal(symlink_path(f, "x", "tmp/3"), WASI_OK);
    assert_int_equal(put_file(f, "tmp/2/4", ""), WASI_OK);
    assert_int_equal(put_file(f, "tmp/5", ""), WASI_OK);
    expect_excess(f, NULL, 0, 0);
    assert_int_equal(put_file(f, "tmp/6", ""), WASI_EDQUOT);
    assert_int_equal(make_directory(f, "tmp/6"), WASI_EDQUOT);
    assert_int_equal(symlink_path(f, "x", "tmp/6"), WASI_EDQUOT);
    assert_int_equal(link_path(f, "tmp/1", "tmp/6"), WASI_EDQUOT); /* a name too many */
    expect_excess(f, "tmp_inodes", INODES + 1, INODES);
    assert_string_equal(list(f, "tmp"), ". .. 1 2 3 5");
    assert_int_equal(rename_path(f, "tmp/5", "tmp/6"), WASI_OK); /* no new one */
    assert_int_equal(unlink_file(f, "tmp/6"), WASI_OK);
    assert_int_equal(link_path(f, "tmp/1", "tmp/6"), WASI_OK);
}

/* A file without a name counts as long as somebody has it open. */
static void open_files_without_a_name_are_counted(void **state) {
    fixture *f = *state;
    uint32_t fds[INODES];
    for (int i = 0; i < INODES; i++) {
        fds[i] = (uint32_t)open_create(f, "tmp/file");
        assert_int_equal(unlink_file(f, "tmp/file"), WASI_OK);
    }
    assert_int_equal(open_create(f, "tmp/file"), -WASI_EDQUOT);
    close_fd(f, fds[2]);
    assert_true(open_create(f, "tmp/file") > 0);
}

static void the_default_is_10000(void **state) {
    fixture *f = *state;
    char path[32];
    start_limited(f, LIMIT, 0);
    for (int i = 0; i < 10000; i++) {
        snprintf(path, sizeof path, "tmp/%d", (i * 7919) % 10000); /* in no order */
        assert_int_equal(make_directory(f, path), WASI_OK);
    }
    assert_int_equal(make_directory(f, "tmp/one-more"), WASI_EDQUOT);
}

static void a_file_lives_until_it_is_closed(void **state) {
    fixture *f = *state;
    stat_result status;
    char buffer[16];
    uint32_t writer = (uint32_t)open_create(f, "tmp/file");
    assert_int_equal(write_fd(f, writer, "content", 7, NULL), WASI_OK);
    uint32_t reader = (uint32_t)open_read(f, "tmp/file");
    assert_int_equal(put_file(f, "tmp/new", "other"), WASI_OK);
    assert_int_equal(rename_path(f, "tmp/new", "tmp/file"), WASI_OK);
    assert_int_equal(stat_fd(f, reader, &status), WASI_OK);
    assert_int_equal(status.links, 0);
    assert_int_equal(write_fd(f, writer, "+more", 5, NULL), WASI_OK);
    assert_int_equal(read_fd(f, reader, buffer, sizeof buffer, NULL), WASI_OK);
    assert_string_equal(buffer, "content+more");
    close_fd(f, writer);
    close_fd(f, reader);
    assert_int_equal(used(f).bytes, 5);
}

static void a_removed_directory_lives_until_it_is_closed(void **state) {
    fixture *f = *state;
    assert_int_equal(make_directory(f, "tmp/a"), WASI_OK);
    uint32_t a = (uint32_t)open_read(f, "tmp/a");
    assert_int_equal(remove_directory(f, "tmp/a"), WASI_OK);
    uint32_t path = guest_bytes(f, "b", 1);
    assert_int_equal(cap_wasi_path_create_directory(&f->host, a, path, 1), WASI_ENOENT);
    assert_int_equal(put_file(f, "tmp/file", ""), WASI_OK);
    uint32_t file = guest_bytes(f, "tmp/file", 8);
    assert_int_equal(cap_wasi_path_rename(&f->host, ROOT, file, 8, a, path, 1), WASI_ENOENT);
    assert_int_equal(cap_wasi_path_link(&f->host, ROOT, 0, file, 8, a, path, 1), WASI_ENOENT);
    assert_int_equal(used(f).nodes, 2);
    close_fd(f, a);
    assert_int_equal(used(f).nodes, 1);
}

/* Renaming makes it deeper than any path reaches: freeing it takes no deeper stack for that. */
static void a_very_deep_tree_is_freed(void **state) {
    fixture *f = *state;
    start_limited(f, LIMIT, 0);
    assert_int_equal(make_directory(f, "tmp/top"), WASI_OK);
    for (int i = 0; i < 5000; i++) {
        assert_int_equal(make_directory(f, "tmp/new"), WASI_OK);
        assert_int_equal(rename_path(f, "tmp/top", "tmp/new/down"), WASI_OK);
        assert_int_equal(rename_path(f, "tmp/new", "tmp/top"), WASI_OK);
    }
    assert_int_equal(used(f).nodes, 5001);
}

static void links_of_directories_count_their_subdirectories(void **state) {
    fixture *f = *state;
    stat_result a, b;
    assert_int_equal(make_directory(f, "tmp/a"), WASI_OK);
    assert_int_equal(make_directory(f, "tmp/b"), WASI_OK);
    assert_int_equal(make_directory(f, "tmp/a/sub"), WASI_OK);
    assert_int_equal(rename_path(f, "tmp/a/sub", "tmp/b/sub"), WASI_OK);
    assert_int_equal(stat_path(f, ROOT, "tmp/a", 0, &a), WASI_OK);
    assert_int_equal(stat_path(f, ROOT, "tmp/b", 0, &b), WASI_OK);
    assert_int_equal(a.links, 2);
    assert_int_equal(b.links, 3);
}

/* Names that moved through a directory leave no room behind in it. */
static void room_for_names_is_given_back(void **state) {
    fixture *f = *state;
    char path[32];
    start_limited(f, LIMIT, 0);
    for (int i = 0; i < 1000; i++) {
        snprintf(path, sizeof path, "tmp/%d", i);
        assert_int_equal(put_file(f, path, ""), WASI_OK);
        forget(f);
    }
    const cap_memfs_entries *entries = &cap_memfs_root(f->wasi->memory)->entries;
    assert_true(entries->capacity >= 1000);
    for (int i = 0; i < 990; i++) {
        snprintf(path, sizeof path, "tmp/%d", i);
        assert_int_equal(unlink_file(f, path), WASI_OK);
        assert_true(entries->capacity <= 8 || entries->capacity < 5 * entries->count);
    }
    for (int i = 990; i < 1000; i++) {
        snprintf(path, sizeof path, "tmp/%d", i);
        assert_int_equal(unlink_file(f, path), WASI_OK);
    }
    assert_int_equal(entries->capacity, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_at_tmp_and_empty, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(what_is_outside_was_not_granted, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(without_it_there_is_nothing, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(a_mount_at_its_place_stands_before_it, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(it_takes_its_place_among_mounts, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(it_can_be_the_root, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(nothing_crosses_between_it_and_a_mount, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(no_name_is_special, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(numbers_are_small_and_times_the_guests, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(writing_up_to_the_limit_and_one_more, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(the_part_that_fits_is_written, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(sizes_and_allocations_count, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(targets_of_links_count, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(everything_comes_back, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(memory_is_bounded_too, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(odd_limits_are_exact, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(a_hole_counts_and_costs_nothing, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(what_was_cut_off_is_gone, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(one_file_has_a_largest_size, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(nodes_are_counted, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(open_files_without_a_name_are_counted, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(the_default_is_10000, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(a_file_lives_until_it_is_closed, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(a_removed_directory_lives_until_it_is_closed, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(a_very_deep_tree_is_freed, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(links_of_directories_count_their_subdirectories, setup_limited, teardown),
        cmocka_unit_test_setup_teardown(room_for_names_is_given_back, setup_limited, teardown),
    };
    return cmocka_run_group_tests_name("wasi.memfs", tests, NULL, NULL);
}
