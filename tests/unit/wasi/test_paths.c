/* Path resolution inside one mount: "..", links, slashes, lengths; what must not get out. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int make_tree(fixture *f) {
    tree_mkdir(f, "a");
    tree_mkdir(f, "a/b");
    tree_mkdir(f, "c");
    tree_file(f, "top", "top");
    tree_file(f, "a/mid", "mid");
    tree_file(f, "a/b/low", "low");
    return 0;
}

static int setup_tree(void **state) { return setup(state) ? -1 : make_tree(*state); }
static int setup_tree_in_memory(void **state) { return setup_memory(state) ? -1 : make_tree(*state); }

static const char *read_path(fixture *f, const char *path) {
    static char buffer[128];
    int32_t fd = open_read(f, path);
    if (fd < 0) {
        snprintf(buffer, sizeof buffer, "!%d", -fd);
        return buffer;
    }
    assert_int_equal(read_fd(f, (uint32_t)fd, buffer, sizeof buffer, NULL), WASI_OK);
    assert_int_equal(cap_wasi_fd_close(&f->host, (uint32_t)fd), WASI_OK);
    return buffer;
}

static void dots_and_slashes_are_normalised(void **state) {
    fixture *f = *state;
    assert_string_equal(read_path(f, "data/a/b/low"), "low");
    assert_string_equal(read_path(f, "./data/././a//b///low"), "low");
    assert_string_equal(read_path(f, "data/a/b/../mid"), "mid");
    assert_string_equal(read_path(f, "data/a/b/../../a/b/low"), "low");
    assert_string_equal(read_path(f, "data/c/../a/.//b/../../a/mid"), "mid");
    assert_string_equal(read_path(f, "data/../data/top"), "top");
    assert_string_equal(read_path(f, "data/none/../top"), "!44");
    assert_string_equal(read_path(f, "data/top/../top"), "!54");
}

static void nothing_leads_above_the_root(void **state) {
    fixture *f = *state;
    assert_string_equal(read_path(f, ".."), "!63");
    assert_string_equal(read_path(f, "../outside/canary"), "!63");
    assert_string_equal(read_path(f, "data/../../outside/canary"), "!63");
    assert_string_equal(read_path(f, "data/a/b/../../../.."), "!63");
    assert_string_equal(read_path(f, "/data/top"), "!63");
    assert_string_equal(read_path(f, "/"), "!63");
    assert_int_equal(f->denials, 6);
    assert_string_equal(cap_wasi_last_denial(f->wasi), "open /: absolute path");
}

static void a_directory_descriptor_is_a_floor(void **state) {
    fixture *f = *state;
    uint32_t directory = (uint32_t)open_read(f, "data/a");
    assert_true(open_as(f, directory, "mid", 0, 0, READ_RIGHTS, 0) > 0);
    assert_true(open_as(f, directory, "b/low", 0, 0, READ_RIGHTS, 0) > 0);
    assert_true(open_as(f, directory, "b/../mid", 0, 0, READ_RIGHTS, 0) > 0);
    assert_true(open_as(f, directory, ".", 0, 0, READ_RIGHTS, 0) > 0);
    assert_int_equal(open_as(f, directory, "..", 0, 0, READ_RIGHTS, 0), -WASI_EPERM);
    assert_int_equal(open_as(f, directory, "b/../../top", 0, 0, READ_RIGHTS, 0), -WASI_EPERM);
}

static void a_directory_descriptor_follows_its_directory(void **state) {
    fixture *f = *state;
    uint32_t directory = (uint32_t)open_read(f, "data/a");
    assert_int_equal(rename_path(f, "data/a", "data/moved"), WASI_OK);
    assert_true(open_as(f, directory, "b/low", 0, 0, READ_RIGHTS, 0) > 0);
    assert_string_equal(read_path(f, "data/moved/mid"), "mid");
}

static void links_resolve_inside_the_mount(void **state) {
    fixture *f = *state;
    tree_link(f, "top", "to-top");
    tree_link(f, "a/b", "to-b");
    tree_link(f, "../mid", "a/b/up");
    tree_link(f, "to-b/up", "chain");
    tree_link(f, "./a/../top", "dotted");
    assert_string_equal(read_path(f, "data/to-top"), "top");
    assert_string_equal(read_path(f, "data/to-b/low"), "low");
    assert_string_equal(read_path(f, "data/to-b/../mid"), "mid"); /* the real parent of b, not of the link */
    assert_string_equal(read_path(f, "data/a/b/up"), "mid");
    assert_string_equal(read_path(f, "data/chain"), "mid");
    assert_string_equal(read_path(f, "data/dotted"), "top");
    assert_string_equal(read_path(f, "data/to-b/./up"), "mid");
}

static void links_do_not_lead_out(void **state) {
    fixture *f = *state;
    tree_link(f, "../outside/canary", "out");
    tree_link(f, "../outside", "out-dir");
    tree_link(f, "../../outside", "a/out-dir");
    tree_link(f, "../mount/top", "out-and-in");
    assert_string_equal(read_path(f, "data/out"), "!63");
    assert_string_equal(read_path(f, "data/out-dir/canary"), "!63");
    assert_string_equal(read_path(f, "data/a/out-dir/canary"), "!63");
    assert_string_equal(read_path(f, "data/out-and-in"), "!63");
    assert_string_equal(read_path(f, "data/out-dir/"), "!63");
    assert_int_equal(open_create(f, "data/out-dir/created"), -WASI_EPERM);
    assert_int_equal(make_directory(f, "data/out-dir/created"), WASI_EPERM);
    assert_int_equal(rename_path(f, "data/top", "data/out-dir/stolen"), WASI_EPERM);
    assert_int_equal(link_path(f, "data/top", "data/out-dir/stolen"), WASI_EPERM);
    assert_int_equal(unlink_file(f, "data/out-dir/canary"), WASI_EPERM);
    assert_int_equal(set_times(f, "data/out", 0, WASI_FST_MTIM), WASI_EPERM);
}

static void links_with_a_host_path_do_not_lead_out(void **state) {
    fixture *f = *state;
    char target[512];
    snprintf(target, sizeof target, "%s/outside/canary", f->scratch);
    host_link(f, target, "mount/absolute");
    host_link(f, "/", "mount/root");
    host_link(f, "/proc/self/root", "mount/proc");
    assert_string_equal(read_path(f, "data/absolute"), "!63");
    assert_string_equal(read_path(f, "data/root/etc/hostname"), "!63");
    assert_string_equal(read_path(f, "data/proc/etc/hostname"), "!63");
}

/* Through a link at the mount's top the program's own path may still go up to the guest's root. */
static void a_link_is_confined_and_the_rest_of_the_path_is_not(void **state) {
    fixture *f = *state;
    tree_link(f, "a", "to-a");
    assert_string_equal(read_path(f, "data/to-a/../../data/top"), "top");
    assert_string_equal(read_path(f, "data/to-a/../../../data/top"), "!63");
}

static void dangling_and_looping_links(void **state) {
    fixture *f = *state;
    tree_link(f, "nothing", "dangling");
    tree_link(f, "loop", "loop");
    tree_link(f, "pong", "ping");
    tree_link(f, "ping", "pong");
    assert_string_equal(read_path(f, "data/dangling"), "!44");
    assert_string_equal(read_path(f, "data/loop"), "!32");
    assert_string_equal(read_path(f, "data/ping/x"), "!32");
    assert_int_equal(open_as(f, ROOT, "data/loop", 0, 0, READ_RIGHTS, 0), -WASI_ELOOP);
    assert_int_equal(open_as(f, ROOT, "data/dangling", 0, WASI_OFLAG_DIRECTORY, READ_RIGHTS, 0), -WASI_ENOTDIR);
    assert_true(open_create(f, "data/dangling") > 0); /* makes what the link names, as everywhere */
    assert_true(tree_exists(f, "nothing"));
}

static void a_chain_of_40_links_is_followed_and_41_are_not(void **state) {
    fixture *f = *state;
    tree_link(f, "top", "l1");
    for (int i = 2; i <= 41; i++) {
        char target[16], path[32];
        snprintf(target, sizeof target, "l%d", i - 1);
        snprintf(path, sizeof path, "l%d", i);
        tree_link(f, target, path);
    }
    assert_string_equal(read_path(f, "data/l40"), "top");
    assert_string_equal(read_path(f, "data/l41"), "!32");
}

static void trailing_slashes_follow_links_only_to_directories(void **state) {
    fixture *f = *state;
    tree_link(f, "a", "to-a");
    tree_link(f, "top", "to-top");
    tree_link(f, "a/", "to-a-slash");
    stat_result status;
    assert_int_equal(stat_path(f, ROOT, "data/to-a", 0, &status), WASI_OK);
    assert_int_equal(status.filetype, WASI_FILETYPE_SYMBOLIC_LINK);
    assert_int_equal(stat_path(f, ROOT, "data/to-a/", 0, &status), WASI_OK);
    assert_int_equal(status.filetype, WASI_FILETYPE_DIRECTORY);
    assert_int_equal(stat_path(f, ROOT, "data/to-a-slash", FOLLOW, &status), WASI_OK);
    assert_int_equal(status.filetype, WASI_FILETYPE_DIRECTORY);
    assert_int_equal(stat_path(f, ROOT, "data/to-top/", 0, &status), WASI_ENOTDIR);
    assert_int_equal(stat_path(f, ROOT, "data/top/", FOLLOW, &status), WASI_ENOTDIR);
    assert_int_equal(stat_path(f, ROOT, "data/a/", FOLLOW, &status), WASI_OK);
    assert_int_equal(stat_path(f, ROOT, "data/", FOLLOW, &status), WASI_OK);
}

static void strings_are_checked(void **state) {
    fixture *f = *state;
    uint32_t room = guest_room(f, WASI_SIZE_FILESTAT);
    uint32_t nul = guest_bytes(f, "data/top\0", 9), invalid = guest_bytes(f, "data/\xff", 6);
    uint32_t surrogate = guest_bytes(f, "data/\xed\xa0\x80", 8);
    assert_int_equal(cap_wasi_path_filestat_get(&f->host, ROOT, 0, nul, 9, room), WASI_EINVAL);
    assert_int_equal(cap_wasi_path_filestat_get(&f->host, ROOT, 0, nul, 8, room), WASI_OK);
    assert_int_equal(cap_wasi_path_filestat_get(&f->host, ROOT, 0, invalid, 6, room), WASI_EILSEQ);
    assert_int_equal(cap_wasi_path_filestat_get(&f->host, ROOT, 0, surrogate, 8, room), WASI_EILSEQ);
    assert_int_equal(cap_wasi_path_filestat_get(&f->host, ROOT, 0, MEMORY_SIZE - 4, 5, room), WASI_EFAULT);
    assert_int_equal(cap_wasi_path_filestat_get(&f->host, ROOT, 0, UINT32_MAX, 1, room), WASI_EFAULT);
    assert_int_equal(cap_wasi_path_filestat_get(&f->host, ROOT, 0, 16, UINT32_MAX, room), WASI_EFAULT);
    memcpy(at(f, MEMORY_SIZE - 8), "data/top", 8); /* right up to the end of memory */
    assert_int_equal(cap_wasi_path_filestat_get(&f->host, ROOT, 0, MEMORY_SIZE - 8, 8, room), WASI_OK);
    assert_int_equal(cap_wasi_path_filestat_get(&f->host, ROOT, 0, nul, 8, MEMORY_SIZE - 64), WASI_OK);
    assert_int_equal(cap_wasi_path_filestat_get(&f->host, ROOT, 0, nul, 8, MEMORY_SIZE - 63), WASI_EFAULT);
}

static void path_length_limit(void **state) {
    fixture *f = *state;
    char *path = malloc(CAP_WASI_PATH_MAX + 2);
    memset(path, '/', CAP_WASI_PATH_MAX + 1);
    memcpy(path, "data", 4);
    path[CAP_WASI_PATH_MAX] = '\0';
    assert_int_equal(stat_path(f, ROOT, path, 0, NULL), WASI_OK);
    forget(f);
    path[CAP_WASI_PATH_MAX] = '/';
    path[CAP_WASI_PATH_MAX + 1] = '\0';
    assert_int_equal(stat_path(f, ROOT, path, 0, NULL), WASI_ENAMETOOLONG);
    free(path);
}

static void name_length_limit(void **state) {
    fixture *f = *state;
    char path[300] = "data/";
    memset(path + 5, 'n', 256);
    path[5 + 255] = '\0';
    assert_int_equal(make_directory(f, path), WASI_OK);
    path[5 + 255] = 'n';
    path[5 + 256] = '\0';
    assert_int_equal(make_directory(f, path), WASI_ENAMETOOLONG);
    assert_int_equal(stat_path(f, ROOT, path, 0, NULL), WASI_ENAMETOOLONG);
    /* Among names that lead to mounts, and on the way to something else, in both ways of walking. */
    char *longest = malloc(CAP_WASI_PATH_MAX + 1);
    memset(longest, 'n', CAP_WASI_PATH_MAX);
    longest[CAP_WASI_PATH_MAX] = '\0';
    assert_int_equal(stat_path(f, ROOT, longest, 0, NULL), WASI_ENAMETOOLONG);
    memcpy(longest, "data/a/../", 10);
    strcpy(longest + 1000, "/x");
    assert_int_equal(stat_path(f, ROOT, longest, 0, NULL), WASI_ENAMETOOLONG);
    memcpy(longest, "data/a/b//", 10);
    assert_int_equal(stat_path(f, ROOT, longest, 0, NULL), WASI_ENAMETOOLONG);
    assert_int_equal(stat_path(f, ROOT, longest + 5, 0, NULL), WASI_ENOENT);
    assert_int_equal(stat_path(f, ROOT, longest + 10, 0, NULL), WASI_ENAMETOOLONG);
    free(longest);
}

static void depth_limit(void **state) {
    fixture *f = *state;
    char path[4 + 2 * CAP_WASI_DEPTH_MAX + 8] = "data";
    for (unsigned depth = 2; depth <= CAP_WASI_DEPTH_MAX; depth++) {
        strcat(path, "/d");
        assert_int_equal(make_directory(f, path), WASI_OK);
    }
    assert_int_equal(stat_path(f, ROOT, path, 0, NULL), WASI_OK);
    uint32_t deepest = (uint32_t)open_read(f, path);
    assert_int_equal(open_as(f, deepest, "d", 0, WASI_OFLAG_CREAT, ALL_RIGHTS, 0), -WASI_ENAMETOOLONG);
    strcat(path, "/d");
    assert_int_equal(make_directory(f, path), WASI_ENAMETOOLONG);
    assert_int_equal(stat_path(f, ROOT, path, 0, NULL), WASI_ENAMETOOLONG);
    strcat(path, "/../d"); /* through the slow walk too */
    assert_int_equal(stat_path(f, ROOT, path, 0, NULL), WASI_ENAMETOOLONG);
}

static void a_link_with_a_host_path_is_not_read(void **state) {
    fixture *f = *state;
    char buffer[64];
    host_link(f, "/home/somebody/secret", "mount/absolute");
    assert_int_equal(readlink_path(f, "data/absolute", buffer, sizeof buffer), WASI_EPERM);
}

static void links_are_read(void **state) {
    fixture *f = *state;
    char buffer[64];
    tree_link(f, "a/b", "relative");
    assert_int_equal(readlink_path(f, "data/relative", buffer, sizeof buffer), WASI_OK);
    assert_string_equal(buffer, "a/b");
    assert_int_equal(readlink_path(f, "data/top", buffer, sizeof buffer), WASI_EINVAL);
    assert_int_equal(readlink_path(f, "data", buffer, sizeof buffer), WASI_EINVAL);
    assert_int_equal(readlink_path(f, "data/none", buffer, sizeof buffer), WASI_ENOENT);
    memset(buffer, 0, sizeof buffer);
    assert_int_equal(readlink_path(f, "data/relative", buffer, 2), WASI_OK);
    assert_string_equal(buffer, "a/");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        OVER_BOTH_WITH(dots_and_slashes_are_normalised, setup_tree, setup_tree_in_memory),
        OVER_BOTH_WITH(nothing_leads_above_the_root, setup_tree, setup_tree_in_memory),
        OVER_BOTH_WITH(a_directory_descriptor_is_a_floor, setup_tree, setup_tree_in_memory),
        OVER_BOTH_WITH(a_directory_descriptor_follows_its_directory, setup_tree, setup_tree_in_memory),
        OVER_BOTH_WITH(links_resolve_inside_the_mount, setup_tree, setup_tree_in_memory),
        OVER_BOTH_WITH(links_do_not_lead_out, setup_tree, setup_tree_in_memory),
        cmocka_unit_test_setup_teardown(links_with_a_host_path_do_not_lead_out, setup_tree, teardown),
        OVER_BOTH_WITH(a_link_is_confined_and_the_rest_of_the_path_is_not, setup_tree, setup_tree_in_memory),
        OVER_BOTH_WITH(dangling_and_looping_links, setup_tree, setup_tree_in_memory),
        OVER_BOTH_WITH(a_chain_of_40_links_is_followed_and_41_are_not, setup_tree, setup_tree_in_memory),
        OVER_BOTH_WITH(trailing_slashes_follow_links_only_to_directories, setup_tree, setup_tree_in_memory),
        OVER_BOTH_WITH(strings_are_checked, setup_tree, setup_tree_in_memory),
        OVER_BOTH_WITH(path_length_limit, setup_tree, setup_tree_in_memory),
        OVER_BOTH_WITH(name_length_limit, setup_tree, setup_tree_in_memory),
        OVER_BOTH_WITH(depth_limit, setup_tree, setup_tree_in_memory),
        OVER_BOTH_WITH(links_are_read, setup_tree, setup_tree_in_memory),
        cmocka_unit_test_setup_teardown(a_link_with_a_host_path_is_not_read, setup_tree, teardown),
    };
    return cmocka_run_group_tests_name("wasi.paths", tests, NULL, NULL);
}
