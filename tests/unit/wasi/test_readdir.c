/* fd_readdir: encoding, cookies, changes in between. */
#include "support.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "wasi/listing.h"
#include "wasi/state.h"
#include "wasi/wire.h"

static uint32_t read_entries(fixture *f, uint32_t fd, uint32_t room, uint32_t size, uint64_t cookie, uint32_t *ret_used) {
    uint32_t ret = guest_room(f, 4);
    uint32_t error = cap_wasi_fd_readdir(&f->host, fd, room, size, cookie, ret);
    *ret_used = error ? 0 : cap_wire_get32(at(f, ret));
    return error;
}

static void entries_are_sorted_and_typed(void **state) {
    fixture *f = *state;
    tree_file(f, "b-file", "");
    tree_mkdir(f, "a-dir");
    tree_link(f, "b-file", "c-link");
    uint32_t fd = (uint32_t)open_read(f, "data"), room = guest_room(f, 512), used;
    static const struct {
        const char *name;
        uint8_t type;
    } expected[] = {{".", WASI_FILETYPE_DIRECTORY},      {"..", WASI_FILETYPE_DIRECTORY},
                    {"a-dir", WASI_FILETYPE_DIRECTORY},  {"b-file", WASI_FILETYPE_REGULAR_FILE},
                    {"c-link", WASI_FILETYPE_SYMBOLIC_LINK}};
    assert_int_equal(read_entries(f, fd, room, 512, 0, &used), WASI_OK);
    uint32_t offset = 0;
    for (uint32_t i = 0; i < 5; i++) {
        const uint8_t *entry = at(f, room + offset);
        uint32_t length = (uint32_t)strlen(expected[i].name);
        assert_int_equal(cap_wire_get64(entry), i + 1);
        assert_int_not_equal(cap_wire_get64(entry + 8), 0);
        assert_int_equal(cap_wire_get32(entry + 16), length);
        assert_int_equal(cap_wire_get32(entry + 20), expected[i].type); /* padding included */
        assert_memory_equal(entry + 24, expected[i].name, length);
        offset += 24 + length;
    }
    assert_int_equal(used, offset);
}

static void special_files_are_of_unknown_type(void **state) {
    fixture *f = *state;
    assert_int_equal(mkfifoat(f->mount_fd, "fifo", 0644), 0);
    uint32_t fd = (uint32_t)open_read(f, "data"), room = guest_room(f, 512), used;
    assert_int_equal(read_entries(f, fd, room, 512, 2, &used), WASI_OK);
    assert_int_equal(used, 24 + 4);
    assert_int_equal(*at(f, room + 20), WASI_FILETYPE_UNKNOWN);
}

static void inodes_agree_with_stat(void **state) {
    fixture *f = *state;
    tree_file(f, "file", "");
    uint32_t fd = (uint32_t)open_read(f, "data"), room = guest_room(f, 512), used;
    stat_result directory, file;
    assert_int_equal(stat_fd(f, fd, &directory), WASI_OK);
    assert_int_equal(stat_path(f, fd, "file", 0, &file), WASI_OK);
    assert_int_equal(read_entries(f, fd, room, 512, 0, &used), WASI_OK);
    assert_int_equal(cap_wire_get64(at(f, room) + 8), directory.inode);
    assert_int_equal(cap_wire_get64(at(f, room) + 25 + 26 + 8), file.inode);
}

/* Every buffer size from none to enough: the same bytes, cut where the buffer ends. */
static void short_buffers_cut_the_last_entry(void **state) {
    fixture *f = *state;
    tree_file(f, "name", "");
    uint32_t fd = (uint32_t)open_read(f, "data"), whole = guest_room(f, 256), part = guest_room(f, 256), total, used;
    assert_int_equal(read_entries(f, fd, whole, 256, 0, &total), WASI_OK);
    for (uint32_t size = 0; size <= total + 1; size++) {
        memset(at(f, part), 0xaa, 256);
        assert_int_equal(read_entries(f, fd, part, size, 0, &used), WASI_OK);
        assert_int_equal(used, size < total ? size : total);
        assert_memory_equal(at(f, part), at(f, whole), used);
        assert_int_equal(*at(f, part + used), 0xaa);
    }
}

static void cookies_survive_changes(void **state) {
    fixture *f = *state;
    char path[64];
    for (int i = 0; i < 50; i++) {
        snprintf(path, sizeof path, "f%02d", i);
        tree_file(f, path, "");
    }
    uint32_t fd = (uint32_t)open_read(f, "data"), room = guest_room(f, 80), used;
    uint64_t cookie = 0;
    char seen[1024] = "";
    for (int round = 0;; round++) {
        assert_int_equal(read_entries(f, fd, room, 80, cookie, &used), WASI_OK);
        uint32_t offset = 0;
        while (used - offset >= 24 && used - offset - 24 >= cap_wire_get32(at(f, room + offset + 16))) {
            uint32_t length = cap_wire_get32(at(f, room + offset + 16));
            strncat(seen, (const char *)at(f, room + offset + 24), length);
            strcat(seen, " ");
            cookie = cap_wire_get64(at(f, room + offset));
            offset += 24 + length;
        }
        if (used < 80) break;
        /* Names before and after the place we are at come and go. */
        snprintf(path, sizeof path, "data/f%02d", round);
        unlink_file(f, path);
        snprintf(path, sizeof path, "data/a%02d", round);
        put_file(f, path, "");
        forget(f);
        room = guest_room(f, 80);
    }
    char expected[1024] = ". .. ";
    for (int i = 0; i < 50; i++) snprintf(expected + strlen(expected), 16, "f%02d ", i);
    assert_string_equal(seen, expected);
    assert_non_null(strstr(list_fd(f, fd), ". .. a00 a01")); /* cookie 0 looks anew */
}

static void any_cookie_can_come_first(void **state) {
    fixture *f = *state;
    tree_file(f, "x", "");
    uint32_t fd = (uint32_t)open_read(f, "data"), room = guest_room(f, 64), used;
    assert_int_equal(read_entries(f, fd, room, 64, 2, &used), WASI_OK);
    assert_int_equal(used, 25);
    assert_int_equal(*at(f, room + 24), 'x');
    assert_int_equal(read_entries(f, fd, room, 64, 3, &used), WASI_OK);
    assert_int_equal(used, 0);
    assert_int_equal(read_entries(f, fd, room, 64, UINT64_MAX, &used), WASI_OK);
    assert_int_equal(used, 0);
}

static void bad_arguments(void **state) {
    fixture *f = *state;
    tree_file(f, "file", "");
    uint32_t directory = (uint32_t)open_read(f, "data"), file = (uint32_t)open_read(f, "data/file"), room = guest_room(f, 64);
    assert_int_equal(cap_wasi_fd_readdir(&f->host, file, room, 64, 0, room), WASI_ENOTDIR);
    assert_int_equal(cap_wasi_fd_readdir(&f->host, 99, room, 64, 0, room), WASI_EBADF);
    assert_int_equal(cap_wasi_fd_readdir(&f->host, directory, MEMORY_SIZE - 63, 64, 0, room), WASI_EFAULT);
    assert_int_equal(cap_wasi_fd_readdir(&f->host, directory, room, UINT32_MAX, 0, room), WASI_EFAULT);
    assert_int_equal(cap_wasi_fd_readdir(&f->host, directory, room, 64, 0, MEMORY_SIZE - 3), WASI_EFAULT);
    assert_int_equal(cap_wasi_fd_readdir(&f->host, directory, MEMORY_SIZE, 0, 0, room), WASI_OK);
}

static void names_that_are_not_utf8_are_left_out(void **state) {
    fixture *f = *state;
    host_file(f, "mount/bad\xff", "");
    tree_file(f, "good\xc3\xa9", "");
    assert_string_equal(list(f, "data"), ". .. good\xc3\xa9");
}

static void snapshots_are_bounded_and_given_back(void **state) {
    fixture *f = *state;
    tree_file(f, "file", "");
    uint32_t fd = (uint32_t)open_read(f, "data");
    list_fd(f, fd);
    assert_true(f->wasi->listing_bytes > 0);
    uint64_t held = f->wasi->listing_bytes;
    list_fd(f, fd);
    assert_int_equal(f->wasi->listing_bytes, held);
    f->wasi->listing_bytes = CAP_LISTING_BYTES_MAX; /* as if other snapshots held all there is */
    uint32_t other = (uint32_t)open_read(f, "data");
    assert_string_equal(list_fd(f, other), "!48");
    f->wasi->listing_bytes = held;
    assert_int_equal(cap_wasi_fd_close(&f->host, fd), WASI_OK);
    assert_int_equal(f->wasi->listing_bytes, 0);
}

static void a_removed_directory_is_empty(void **state) {
    fixture *f = *state;
    tree_mkdir(f, "dir");
    uint32_t fd = (uint32_t)open_read(f, "data/dir");
    assert_int_equal(remove_directory(f, "data/dir"), WASI_OK);
    assert_string_equal(list_fd(f, fd), ". ..");
    assert_int_equal(open_as(f, fd, "new", 0, WASI_OFLAG_CREAT, ALL_RIGHTS, 0), -WASI_ENOENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        OVER_BOTH(entries_are_sorted_and_typed),
        cmocka_unit_test_setup_teardown(special_files_are_of_unknown_type, setup, teardown),
        OVER_BOTH(inodes_agree_with_stat),
        OVER_BOTH(short_buffers_cut_the_last_entry),
        OVER_BOTH(cookies_survive_changes),
        OVER_BOTH(any_cookie_can_come_first),
        OVER_BOTH(bad_arguments),
        cmocka_unit_test_setup_teardown(names_that_are_not_utf8_are_left_out, setup, teardown),
        OVER_BOTH(snapshots_are_bounded_and_given_back),
        OVER_BOTH(a_removed_directory_is_empty),
    };
    return cmocka_run_group_tests_name("wasi.readdir", tests, NULL, NULL);
}
