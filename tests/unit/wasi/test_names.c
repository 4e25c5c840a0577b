/* Making, renaming, linking and removing, and the same in read-only mounts. */
#include "support.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void directories_are_made_and_removed(void **state) {
    fixture *f = *state;
    assert_int_equal(make_directory(f, "data/dir"), WASI_OK);
    assert_int_equal(make_directory(f, "data/dir"), WASI_EEXIST);
    assert_int_equal(make_directory(f, "data/dir/"), WASI_EEXIST);
    assert_int_equal(make_directory(f, "data/slash/"), WASI_OK);
    assert_int_equal(make_directory(f, "data/none/dir"), WASI_ENOENT);
    assert_int_equal(make_directory(f, "data"), WASI_EEXIST);
    assert_int_equal(make_directory(f, "."), WASI_EEXIST);
    assert_int_equal(put_file(f, "data/dir/file", "x"), WASI_OK);
    assert_int_equal(remove_directory(f, "data/dir"), WASI_ENOTEMPTY);
    assert_int_equal(remove_directory(f, "data/dir/file"), WASI_ENOTDIR);
    assert_int_equal(remove_directory(f, "data/dir/file/"), WASI_ENOTDIR);
    assert_int_equal(remove_directory(f, "data/slash/"), WASI_OK);
    assert_int_equal(remove_directory(f, "data/slash"), WASI_ENOENT);
    assert_int_equal(remove_directory(f, "data/dir/."), WASI_EBUSY);
    assert_int_equal(remove_directory(f, "data"), WASI_EBUSY);
}

static void files_are_unlinked(void **state) {
    fixture *f = *state;
    assert_int_equal(put_file(f, "data/file", "x"), WASI_OK);
    assert_int_equal(make_directory(f, "data/dir"), WASI_OK);
    assert_int_equal(unlink_file(f, "data/file/"), WASI_ENOTDIR);
    assert_int_equal(unlink_file(f, "data/file"), WASI_OK);
    assert_int_equal(unlink_file(f, "data/file"), WASI_ENOENT);
    assert_int_equal(unlink_file(f, "data/dir"), WASI_EISDIR);
    assert_int_equal(unlink_file(f, "data/dir/"), WASI_EISDIR);
    assert_int_equal(symlink_path(f, "dir", "data/link"), WASI_OK);
    assert_int_equal(unlink_file(f, "data/link"), WASI_OK); /* the link, not the directory */
    assert_true(tree_exists(f, "dir"));
}

static void renames_replace_what_may_be_replaced(void **state) {
    fixture *f = *state;
    assert_int_equal(put_file(f, "data/a", "a"), WASI_OK);
    assert_int_equal(put_file(f, "data/b", "b"), WASI_OK);
    assert_int_equal(make_directory(f, "data/d"), WASI_OK);
    assert_int_equal(make_directory(f, "data/full"), WASI_OK);
    assert_int_equal(put_file(f, "data/full/x", "x"), WASI_OK);
    assert_int_equal(rename_path(f, "data/a", "data/b"), WASI_OK);
    assert_string_equal(tree_read(f, "b"), "a");
    assert_int_equal(rename_path(f, "data/b", "data/d"), WASI_EISDIR);
    assert_int_equal(rename_path(f, "data/d", "data/b"), WASI_ENOTDIR);
    assert_int_equal(rename_path(f, "data/d", "data/full"), WASI_ENOTEMPTY);
    assert_int_equal(rename_path(f, "data/full", "data/d"), WASI_OK);
    assert_int_equal(rename_path(f, "data/d", "data/d/inside"), WASI_EINVAL);
    assert_int_equal(rename_path(f, "data/none", "data/x"), WASI_ENOENT);
    assert_int_equal(rename_path(f, "data/b", "data/none/x"), WASI_ENOENT);
}

static void slashes_after_renamed_names(void **state) {
    fixture *f = *state;
    assert_int_equal(put_file(f, "data/file", "x"), WASI_OK);
    assert_int_equal(make_directory(f, "data/dir"), WASI_OK);
    tree_link(f, "dir", "link");
    assert_int_equal(rename_path(f, "data/dir/", "data/one"), WASI_OK);
    assert_int_equal(rename_path(f, "data/one", "data/two/"), WASI_OK);
    assert_int_equal(rename_path(f, "data/two/", "data/dir/"), WASI_OK);
    assert_int_equal(rename_path(f, "data/file/", "data/other"), WASI_ENOTDIR);
    assert_int_equal(rename_path(f, "data/file", "data/other/"), WASI_ENOTDIR);
    assert_int_equal(rename_path(f, "data/link/", "data/other"), WASI_ENOTDIR);
    assert_int_equal(rename_path(f, "data/link", "data/other"), WASI_OK); /* the link itself moves */
    assert_true(tree_exists(f, "dir"));
}

static void hard_links(void **state) {
    fixture *f = *state;
    stat_result one, two;
    assert_int_equal(put_file(f, "data/file", "x"), WASI_OK);
    assert_int_equal(make_directory(f, "data/dir"), WASI_OK);
    assert_int_equal(link_path(f, "data/file", "data/dir/second"), WASI_OK);
    assert_int_equal(stat_path(f, ROOT, "data/file", 0, &one), WASI_OK);
    assert_int_equal(stat_path(f, ROOT, "data/dir/second", 0, &two), WASI_OK);
    assert_int_equal(one.inode, two.inode);
    assert_int_equal(one.device, two.device);
    assert_int_equal(one.links, 2);
    assert_int_equal(link_path(f, "data/file", "data/dir/second"), WASI_EEXIST);
    assert_int_equal(link_path(f, "data/file", "data/dir"), WASI_EEXIST);
    assert_int_equal(link_path(f, "data/dir", "data/other"), WASI_EPERM);
    assert_int_equal(link_path(f, "data", "data/other"), WASI_EPERM);
    assert_int_equal(link_path(f, "data/file", "data/new/"), WASI_ENOENT);
    assert_int_equal(link_path(f, "data/file/", "data/new"), WASI_ENOTDIR);
    assert_int_equal(link_path(f, "data/none", "data/new"), WASI_ENOENT);
}

static void hard_links_are_never_made_through_links(void **state) {
    fixture *f = *state;
    tree_link(f, "../outside/canary", "out");
    uint32_t old = guest_bytes(f, "data/out", 8), new = guest_bytes(f, "data/got", 8);
    assert_int_equal(cap_wasi_path_link(&f->host, ROOT, FOLLOW, old, 8, ROOT, new, 8), WASI_EINVAL);
    assert_int_equal(link_path(f, "data/out", "data/got"), WASI_OK); /* the link itself */
    stat_result status;
    assert_int_equal(stat_path(f, ROOT, "data/got", 0, &status), WASI_OK);
    assert_int_equal(status.filetype, WASI_FILETYPE_SYMBOLIC_LINK);
    assert_int_equal(open_read(f, "data/got"), -WASI_EPERM);
}

static void symbolic_links(void **state) {
    fixture *f = *state;
    char buffer[32];
    assert_int_equal(symlink_path(f, "some/where", "data/link"), WASI_OK);
    assert_int_equal(readlink_path(f, "data/link", buffer, sizeof buffer), WASI_OK);
    assert_string_equal(buffer, "some/where");
    assert_int_equal(symlink_path(f, "x", "data/link"), WASI_EEXIST);
    assert_int_equal(symlink_path(f, "", "data/empty"), WASI_ENOENT);
    assert_int_equal(symlink_path(f, "/etc/passwd", "data/absolute"), WASI_EPERM);
    assert_int_equal(symlink_path(f, "/", "data/absolute"), WASI_EPERM);
    assert_false(tree_exists(f, "absolute"));
    assert_int_equal(symlink_path(f, "x", "data/slash/"), WASI_ENOENT);
    assert_int_equal(make_directory(f, "data/dir"), WASI_OK);
    assert_int_equal(symlink_path(f, "x", "data/dir/"), WASI_EEXIST);
    assert_int_equal(symlink_path(f, "../../outside/canary", "data/escape"), WASI_OK); /* kept, never followed out */
    assert_int_equal(open_read(f, "data/escape"), -WASI_EPERM);
}

/* A directory that holds a link is moved up, so that the link's ".." now points higher: still not out. */
static void renames_do_not_open_a_way_out(void **state) {
    fixture *f = *state;
    assert_int_equal(make_directory(f, "data/a"), WASI_OK);
    assert_int_equal(make_directory(f, "data/a/b"), WASI_OK);
    assert_int_equal(symlink_path(f, "../../../outside", "data/a/b/up"), WASI_OK);
    assert_int_equal(open_read(f, "data/a/b/up/canary"), -WASI_EPERM);
    assert_int_equal(rename_path(f, "data/a/b", "data/b"), WASI_OK);
    assert_int_equal(open_read(f, "data/b/up/canary"), -WASI_EPERM);
    assert_int_equal(rename_path(f, "data/b/up", "data/up"), WASI_OK);
    assert_int_equal(open_read(f, "data/up/canary"), -WASI_EPERM);
    assert_int_equal(rename_path(f, "data/b", "../b"), WASI_EPERM);
    assert_int_equal(rename_path(f, "data/b", "data/../../b"), WASI_EPERM);
}

/* The descriptor of a directory that is moved does not become a way to what is above its new place. */
static void a_moved_directory_stays_a_floor(void **state) {
    fixture *f = *state;
    assert_int_equal(make_directory(f, "data/a"), WASI_OK);
    assert_int_equal(make_directory(f, "data/a/b"), WASI_OK);
    uint32_t b = (uint32_t)open_read(f, "data/a/b");
    assert_int_equal(rename_path(f, "data/a/b", "data/b"), WASI_OK);
    assert_int_equal(open_as(f, b, "..", 0, 0, READ_RIGHTS, 0), -WASI_EPERM);
    assert_int_equal(open_as(f, b, "../../outside/canary", 0, 0, READ_RIGHTS, 0), -WASI_EPERM);
}

static void read_only_mounts_refuse_every_change(void **state) {
    fixture *f = *state;
    tree_mkdir(f, "dir");
    tree_file(f, "file", "x");
    tree_link(f, "file", "link");
    const cap_wasi_mount mount = {.guest_path = "/data", .host_fd = f->mount_fd};
    start_mounts(f, &mount, 1);
    assert_true(open_read(f, "data/file") > 0);
    assert_true(open_as(f, ROOT, "data/file", 0, WASI_OFLAG_CREAT, READ_RIGHTS, 0) > 0); /* it exists */
    unsigned before = f->denials;
    assert_int_equal(open_write(f, "data/file"), -WASI_EPERM);
    assert_int_equal(open_create(f, "data/new"), -WASI_EPERM);
    assert_int_equal(open_as(f, ROOT, "data/file", FOLLOW, WASI_OFLAG_TRUNC, READ_RIGHTS, 0), -WASI_EPERM);
    assert_int_equal(open_as(f, ROOT, "data/new", FOLLOW, WASI_OFLAG_CREAT, READ_RIGHTS, 0), -WASI_EPERM);
    assert_int_equal(make_directory(f, "data/new"), WASI_EPERM);
    assert_int_equal(remove_directory(f, "data/dir"), WASI_EPERM);
    assert_int_equal(unlink_file(f, "data/file"), WASI_EPERM);
    assert_int_equal(rename_path(f, "data/file", "data/new"), WASI_EPERM);
    assert_int_equal(link_path(f, "data/file", "data/new"), WASI_EPERM);
    assert_int_equal(symlink_path(f, "file", "data/new"), WASI_EPERM);
    assert_int_equal(set_times(f, "data/file", 1, WASI_FST_MTIM), WASI_EPERM);
    assert_int_equal(f->denials - before, 11);
    assert_string_equal(cap_wasi_last_denial(f->wasi), "set times of /data/file: read-only mount");
}

static void read_only_descriptors_refuse_every_change(void **state) {
    fixture *f = *state;
    tree_file(f, "file", "content");
    const cap_wasi_mount mount = {.guest_path = "/data", .host_fd = f->mount_fd};
    start_mounts(f, &mount, 1);
    uint32_t fd = (uint32_t)open_as(f, ROOT, "data/file", 0, 0, ALL_RIGHTS & ~WASI_RIGHT_FD_WRITE, 0);
    assert_int_equal(write_fd(f, fd, "x", 1, NULL), WASI_EBADF);
    assert_int_equal(cap_wasi_fd_filestat_set_size(&f->host, fd, 0), WASI_EINVAL);
    assert_int_equal(cap_wasi_fd_allocate(&f->host, fd, 0, 100), WASI_EBADF);
    assert_int_equal(cap_wasi_fd_filestat_set_times(&f->host, fd, 1, 1, WASI_FST_MTIM), WASI_EPERM);
    assert_string_equal(tree_read(f, "file"), "content");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        OVER_BOTH(directories_are_made_and_removed),
        OVER_BOTH(files_are_unlinked),
        OVER_BOTH(renames_replace_what_may_be_replaced),
        OVER_BOTH(slashes_after_renamed_names),
        OVER_BOTH(hard_links),
        OVER_BOTH(hard_links_are_never_made_through_links),
        OVER_BOTH(symbolic_links),
        OVER_BOTH(renames_do_not_open_a_way_out),
        OVER_BOTH(a_moved_directory_stays_a_floor),
        cmocka_unit_test_setup_teardown(read_only_mounts_refuse_every_change, setup, teardown),
        cmocka_unit_test_setup_teardown(read_only_descriptors_refuse_every_change, setup, teardown),
    };
    return cmocka_run_group_tests_name("wasi.names", tests, NULL, NULL);
}
