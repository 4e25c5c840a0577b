/* The mount table as a guest sees it: synthetic directories, nesting, what is hidden and what is protected. */
#include "support.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wasi/mounts.h"

/* A rw mount at "/", ours below "/.capsule", and a read-only one nested deeply. */
typedef struct nested {
    int library, app, inner;
    cap_wasi_mount mounts[4];
} nested;

static nested layout;

static int setup_nested(void **state) {
    if (setup_bare(state)) return -1;
    fixture *f = *state;
    host_mkdir(f, "library");
    host_file(f, "library/os.py", "library");
    host_mkdir(f, "app");
    host_mkdir(f, "app/package");
    host_mkdir(f, "app/.git");
    host_file(f, "app/main.py", "main");
    host_file(f, "app/.env", "SECRET=1");
    host_file(f, "app/.hidden.py", "x");
    host_file(f, "app/data.json", "{}");
    host_file(f, "app/package/__init__.py", "");
    host_file(f, "app/.git/config.py", "x");
    host_mkdir(f, "inner");
    host_file(f, "inner/file", "inner");
    host_mkdir(f, "mount/.capsule");
    host_file(f, "mount/.capsule/trace.db", "trace");
    host_mkdir(f, "mount/real");
    host_file(f, "mount/real/beside", "beside");
    host_mkdir(f, "mount/real/over");
    host_file(f, "mount/real/over/covered", "covered");
    layout.library = host_open_directory(f, "library");
    layout.app = host_open_directory(f, "app");
    layout.inner = host_open_directory(f, "inner");
    const cap_wasi_mount mounts[4] = {
        {.guest_path = "/", .host_fd = f->mount_fd, .writable = true},
        {.guest_path = "/.capsule/lib", .host_fd = layout.library, .internal = true},
        {.guest_path = "/.capsule/app", .host_fd = layout.app, .internal = true, .program_only = true},
        {.guest_path = "/real/over", .host_fd = layout.inner},
    };
    memcpy(layout.mounts, mounts, sizeof mounts);
    start_mounts(f, layout.mounts, 4);
    return 0;
}

static int teardown_nested(void **state) {
    close(layout.library);
    close(layout.app);
    close(layout.inner);
    return teardown(state);
}

static void names_above_mounts_are_synthetic_directories(void **state) {
    fixture *f = *state;
    const cap_wasi_mount mounts[] = {
        {.guest_path = "/work/deep/data", .host_fd = f->mount_fd, .writable = true},
        {.guest_path = "/work/zeta", .host_fd = f->mount_fd},
        {.guest_path = "/.capsule/lib", .host_fd = f->mount_fd, .internal = true},
    };
    start_mounts(f, mounts, 3);
    assert_string_equal(list(f, "."), ". .. work");
    assert_string_equal(list(f, "work"), ". .. deep zeta");
    assert_string_equal(list(f, "work/deep"), ". .. data");
    assert_string_equal(list(f, ".capsule"), ". .. lib");
    stat_result root, work;
    assert_int_equal(stat_path(f, ROOT, ".", 0, &root), WASI_OK);
    assert_int_equal(stat_path(f, ROOT, "work", 0, &work), WASI_OK);
    assert_int_equal(work.filetype, WASI_FILETYPE_DIRECTORY);
    assert_int_equal(root.device, work.device);
    assert_int_not_equal(root.inode, work.inode);
}

static void synthetic_directories_cannot_change(void **state) {
    fixture *f = *state;
    const cap_wasi_mount mount = {.guest_path = "/work/data", .host_fd = f->mount_fd, .writable = true};
    start_mounts(f, &mount, 1);
    assert_int_equal(make_directory(f, "new"), WASI_ENOENT);
    assert_int_equal(make_directory(f, "work"), WASI_EEXIST);
    assert_int_equal(make_directory(f, "work/new"), WASI_ENOENT);
    assert_int_equal(open_create(f, "work/new"), -WASI_ENOENT);
    assert_int_equal(remove_directory(f, "work"), WASI_EPERM);
    assert_int_equal(unlink_file(f, "work"), WASI_EISDIR);
    assert_int_equal(rename_path(f, "work", "other"), WASI_ENOENT);
    assert_int_equal(rename_path(f, "work", "work/data/other"), WASI_EPERM);
    assert_int_equal(set_times(f, "work", 1, WASI_FST_MTIM), WASI_EPERM);
    assert_int_equal(set_times(f, ".", 1, WASI_FST_MTIM), WASI_EPERM);
    assert_int_equal(symlink_path(f, "x", "work/link"), WASI_ENOENT);
}

static void mount_points_cannot_be_removed_or_moved(void **state) {
    fixture *f = *state;
    assert_int_equal(remove_directory(f, "real/over"), WASI_EPERM);
    assert_int_equal(remove_directory(f, "real"), WASI_EBUSY);
    assert_int_equal(rename_path(f, "real", "other"), WASI_EBUSY);
    host_mkdir(f, "mount/empty");
    assert_int_equal(rename_path(f, "empty", "real"), WASI_EBUSY);
    assert_int_equal(unlink_file(f, "real/over"), WASI_EISDIR);
    const cap_wasi_mount mount = {.guest_path = "/data", .host_fd = f->mount_fd, .writable = true};
    start_mounts(f, &mount, 1);
    assert_int_equal(remove_directory(f, "data"), WASI_EBUSY);
    assert_int_equal(rename_path(f, "data", "data/x"), WASI_EBUSY);
    assert_int_equal(rename_path(f, "data/empty", "data"), WASI_EBUSY);
}

static void the_longest_prefix_wins(void **state) {
    fixture *f = *state;
    assert_string_equal(list(f, "real"), ". .. beside over");
    assert_string_equal(list(f, "real/over"), ". .. file");
    assert_int_equal(open_read(f, "real/over/covered"), -WASI_ENOENT);
    assert_true(open_read(f, "real/over/file") > 0);
    assert_true(open_read(f, "real/beside") > 0);
    assert_int_equal(open_write(f, "real/over/file"), -WASI_EPERM);
    assert_true(open_write(f, "real/beside") > 0);
}

static void up_from_a_mount_is_its_guest_parent(void **state) {
    fixture *f = *state;
    assert_true(open_read(f, "real/over/../beside") > 0);
    assert_true(open_read(f, "real/over/../../real/over/file") > 0);
    assert_true(open_read(f, "real/over/../over/file") > 0);
    assert_true(open_read(f, ".capsule/lib/../../real/beside") > 0);
}

static void a_directory_descriptor_sees_mounts_below(void **state) {
    fixture *f = *state;
    uint32_t real = (uint32_t)open_read(f, "real");
    assert_true(open_as(f, real, "over/file", 0, 0, READ_RIGHTS, 0) > 0);
    assert_int_equal(open_as(f, real, "over/covered", 0, 0, READ_RIGHTS, 0), -WASI_ENOENT);
    assert_string_equal(list_fd(f, real), ". .. beside over");
    uint32_t root = (uint32_t)open_read(f, ".");
    assert_true(open_as(f, root, "real/over/file", 0, 0, READ_RIGHTS, 0) > 0);
    uint32_t over = (uint32_t)open_as(f, real, "over", 0, 0, READ_RIGHTS, 0);
    assert_true(open_as(f, over, "file", 0, 0, READ_RIGHTS, 0) > 0);
}

/* A link below one mount does not climb into what lies around the mount. */
static void links_stay_in_their_mount(void **state) {
    fixture *f = *state;
    host_link(f, "../beside", "inner/up");
    host_link(f, "real/over/file", "mount/down");
    host_link(f, "../file", "inner/self");
    assert_int_equal(open_read(f, "real/over/up"), -WASI_EPERM);
    assert_int_equal(open_read(f, "real/over/self"), -WASI_EPERM);
    assert_true(open_read(f, "down") > 0);
}

static void capsule_folder_is_invisible(void **state) {
    fixture *f = *state;
    host_mkdir(f, "mount/sub");
    host_mkdir(f, "mount/sub/.capsule");
    host_file(f, "mount/sub/.capsule/trace.db", "trace");
    host_link(f, ".capsule", "mount/sub/sneak");
    host_link(f, ".capsule/trace.db", "mount/sub/sneak-file");
    assert_string_equal(list(f, "."), ". .. real sub");
    assert_string_equal(list(f, "sub"), ". .. sneak sneak-file");
    assert_int_equal(open_read(f, ".capsule/trace.db"), -WASI_ENOENT);
    assert_int_equal(open_read(f, "sub/.capsule"), -WASI_ENOENT);
    assert_int_equal(open_read(f, "sub/.capsule/trace.db"), -WASI_ENOENT);
    assert_int_equal(open_read(f, "sub/.CAPSULE/trace.db"), -WASI_ENOENT);
    assert_int_equal(open_read(f, "sub/sneak/trace.db"), -WASI_ENOENT);
    assert_int_equal(open_read(f, "sub/sneak-file"), -WASI_ENOENT);
    assert_int_equal(stat_path(f, ROOT, "sub/.capsule", 0, NULL), WASI_ENOENT);
    assert_int_equal(make_directory(f, "sub/.capsule"), WASI_EPERM);
    assert_int_equal(make_directory(f, "real/.capsule"), WASI_EPERM);
    assert_int_equal(open_create(f, "real/.capsule"), -WASI_EPERM);
    assert_int_equal(symlink_path(f, "x", "real/.capsule"), WASI_EPERM);
    assert_int_equal(rename_path(f, "real/beside", "real/.capsule"), WASI_EPERM);
    assert_int_equal(link_path(f, "real/beside", "real/.capsule"), WASI_EPERM);
    assert_int_equal(rename_path(f, "sub/.capsule", "sub/visible"), WASI_ENOENT);
    assert_int_equal(remove_directory(f, "sub/.capsule"), WASI_ENOENT);
    assert_string_equal(list(f, ".capsule"), ". .. app lib"); /* ours, not the operator's */
}

static void program_mounts_show_only_the_program(void **state) {
    fixture *f = *state;
    host_link(f, ".env", "app/innocent.py");
    host_link(f, "data.json", "app/data.py");
    host_link(f, "package", "app/alias");
    assert_string_equal(list(f, ".capsule/app"), ". .. alias data.py innocent.py main.py package");
    assert_true(open_read(f, ".capsule/app/main.py") > 0);
    assert_true(open_read(f, ".capsule/app/package/__init__.py") > 0);
    assert_true(open_read(f, ".capsule/app/alias/__init__.py") > 0);
    assert_int_equal(open_read(f, ".capsule/app/.env"), -WASI_ENOENT);
    assert_int_equal(open_read(f, ".capsule/app/.hidden.py"), -WASI_ENOENT);
    assert_int_equal(open_read(f, ".capsule/app/.git/config.py"), -WASI_ENOENT);
    assert_int_equal(open_read(f, ".capsule/app/data.json"), -WASI_ENOENT);
    assert_int_equal(open_read(f, ".capsule/app/innocent.py"), -WASI_ENOENT);
    assert_int_equal(open_read(f, ".capsule/app/data.py"), -WASI_ENOENT);
    assert_int_equal(stat_path(f, ROOT, ".capsule/app/data.json", 0, NULL), WASI_ENOENT);
    assert_int_equal(stat_path(f, ROOT, ".capsule/app/.env", 0, NULL), WASI_ENOENT);
    assert_int_equal(open_write(f, ".capsule/app/main.py"), -WASI_EPERM);
    assert_int_equal(open_create(f, ".capsule/app/new.py"), -WASI_EPERM);
    assert_int_equal(unlink_file(f, ".capsule/app/main.py"), WASI_EPERM);
}

static bool was_looked_up(const fixture *f, const char *entry) {
    for (unsigned i = 0; i < f->lookup_count; i++)
        if (strcmp(f->lookups[i], entry) == 0) return true;
    return false;
}

static void program_lookups_are_reported(void **state) {
    fixture *f = *state;
    stat_path(f, ROOT, ".capsule/app/main.py", FOLLOW, NULL);
    stat_path(f, ROOT, ".capsule/app/json.py", FOLLOW, NULL);
    stat_path(f, ROOT, ".capsule/app/none/deeper.py", FOLLOW, NULL);
    stat_path(f, ROOT, ".capsule/app/data.json", FOLLOW, NULL);
    stat_path(f, ROOT, ".capsule/app/.env", FOLLOW, NULL);
    stat_path(f, ROOT, ".capsule/app/.git/config.py", FOLLOW, NULL);
    stat_path(f, ROOT, ".capsule/app/package/.git/config.py", FOLLOW, NULL);
    assert_true(open_read(f, ".capsule/app/package/__init__.py") > 0);
    assert_true(was_looked_up(f, "+/.capsule/app/main.py"));
    assert_true(was_looked_up(f, "-/.capsule/app/json.py"));
    assert_true(was_looked_up(f, "-/.capsule/app/none"));
    assert_true(was_looked_up(f, "+/.capsule/app/data.json")); /* it is there, whatever we say to the guest */
    assert_true(was_looked_up(f, "+/.capsule/app/package/__init__.py"));
    unsigned missed = 0;
    for (unsigned i = 0; i < f->lookup_count; i++) missed += f->lookups[i][0] == '-';
    assert_int_equal(missed, 2); /* nothing that is hidden, and no directory on the way to it */
    unsigned before = f->lookup_count;
    stat_path(f, ROOT, ".capsule/lib/os.py", FOLLOW, NULL);
    stat_path(f, ROOT, "real/beside", FOLLOW, NULL);
    assert_int_equal(f->lookup_count, before);
    list(f, ".capsule/app");
    assert_true(was_looked_up(f, "+/.capsule/app"));
}

static void looking_at_our_own_mounts_is_pure(void **state) {
    fixture *f = *state;
    assert_true(open_read(f, ".capsule/lib/os.py") > 0);
    assert_true(open_read(f, ".capsule/app/main.py") > 0);
    assert_int_equal(open_read(f, ".capsule/app/none.py"), -WASI_ENOENT);
    assert_string_equal(list(f, ".capsule/lib"), ". .. os.py");
    assert_string_equal(list(f, ".capsule"), ". .. app lib");
    assert_int_equal(cap_wasi_impurity(f->wasi), 0);
}

static void looking_anywhere_else_is_not(void **state) {
    fixture *f = *state;
    static const char *const paths[] = {"real/beside", "none", ".", "real/over/file", ".capsule/lib/../../none", "real/../.capsule/lib"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        start_mounts(f, layout.mounts, 4);
        stat_path(f, ROOT, paths[i], FOLLOW, NULL);
        assert_int_equal(cap_wasi_impurity(f->wasi), CAP_IMPURE_FILES);
    }
}

static void the_preopen_itself_is_not_ours(void **state) {
    fixture *f = *state;
    stat_result status;
    start_mounts(f, layout.mounts + 1, 2);
    assert_string_equal(list_fd(f, ROOT), ". ..");
    assert_int_equal(cap_wasi_impurity(f->wasi), CAP_IMPURE_FILES);
    start_mounts(f, layout.mounts + 1, 2);
    assert_int_equal(stat_fd(f, ROOT, &status), WASI_OK);
    assert_int_equal(cap_wasi_impurity(f->wasi), CAP_IMPURE_FILES);
}

static void the_deny_all_table_reports_what_is_outside(void **state) {
    fixture *f = *state;
    start_mounts(f, layout.mounts + 1, 2);
    assert_int_equal(open_read(f, "data/file.txt"), -WASI_ENOENT);
    assert_int_equal(cap_wasi_impurity(f->wasi), CAP_IMPURE_FILES);
    assert_int_equal(f->denials, 1);
    assert_string_equal(cap_wasi_last_denial(f->wasi), "open /data/file.txt: outside every mount");
    assert_string_equal(list(f, "."), ". ..");
}

static void protected_names_stay_as_they_are(void **state) {
    fixture *f = *state;
    static const char *const names[] = {".env", ".env.local", ".ENV", "capsule.toml", "Capsule.toml"};
    host_file(f, "mount/.env", "K=V");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(open_as(f, ROOT, names[i], FOLLOW, WASI_OFLAG_CREAT, ALL_RIGHTS, 0), -WASI_EPERM);
        assert_int_equal(open_as(f, ROOT, names[i], FOLLOW, WASI_OFLAG_CREAT | WASI_OFLAG_TRUNC, READ_RIGHTS, 0), -WASI_EPERM);
        assert_int_equal(make_directory(f, names[i]), WASI_EPERM);
        assert_int_equal(unlink_file(f, names[i]), WASI_EPERM);
        assert_int_equal(rename_path(f, "real/beside", names[i]), WASI_EPERM);
        assert_int_equal(rename_path(f, names[i], "stolen"), WASI_EPERM);
        assert_int_equal(link_path(f, "real/beside", names[i]), WASI_EPERM);
        assert_int_equal(link_path(f, names[i], "alias"), WASI_EPERM);
        assert_int_equal(symlink_path(f, "real/beside", names[i]), WASI_EPERM);
    }
    int32_t fd = open_read(f, ".env");
    assert_true(fd > 0); /* reading was granted */
    assert_int_equal(set_times(f, ".env", 1, WASI_FST_MTIM), WASI_EPERM);
    assert_int_equal(cap_wasi_fd_filestat_set_times(&f->host, (uint32_t)fd, 1, 1, WASI_FST_MTIM), WASI_EPERM);
    assert_int_equal(symlink_path(f, ".env", "link"), WASI_OK);
    assert_int_equal(open_write(f, "link"), -WASI_EPERM);
    assert_string_equal(host_read(f, "mount/.env"), "K=V");
    assert_int_equal(put_file(f, "real/.env", "allowed deeper"), WASI_OK);
    assert_int_equal(put_file(f, ".environment", "allowed"), WASI_OK);
    assert_int_equal(put_file(f, "capsule.toml.txt", "allowed"), WASI_OK);
}

/* File systems that ignore case ignore more than that. */
static void other_spellings_of_special_names(void **state) {
    (void)state;
    const cap_wasi_mount mount = {.guest_path = "/"}, program = {.guest_path = "/", .internal = true};
    static const char *const hidden[] = {".capsule", ".CAPSULE", ".Cap\xc5\xbfule", ".c\xe2\x80\x8d" "apsule", "\xef\xbb\xbf.capsule",
                                         ".capsule.", ".capsule . ", "CAPSUL~1", "capsul~12", ".capsule\xf3\xa0\x80\x81"};
    static const char *const shown[] = {"capsule", ".capsules", ".capsule.d", "a.capsule", "\xc3\xa4.capsule", ".cap\xc3\x9fule", "capsul~", "capsul~x"};
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) assert_true(cap_mount_hides(&mount, hidden[i]));
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) assert_false(cap_mount_hides(&mount, shown[i]));
    assert_false(cap_mount_hides(&program, ".capsule"));
    static const char *const kept[] = {".env", ".Env.LOCAL", ".e\xc2\xadnv", ".env ", "ENV~1", "capsule.toml", "CAPSULE.TOML.", "CAPSUL~1.TOM",
                                       "cap\xc5\xbfule.toml", ".env.\xc3\xa4"};
    static const char *const free_names[] = {"env", ".environment", ".envrc", "capsule.toml.txt", "x.env", "\xe8\xae\xbe.env", "capsule"};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) assert_true(cap_name_is_protected(kept[i]));
    for (size_t i = 0; i < sizeof free_names / sizeof free_names[0]; i++) assert_false(cap_name_is_protected(free_names[i]));
}

static void protected_inodes_stay_as_they_are(void **state) {
    fixture *f = *state;
    host_mkdir(f, "mount/src");
    host_file(f, "mount/src/main.py", "program");
    struct stat file, directory;
    assert_int_equal(fstatat(f->mount_fd, "src/main.py", &file, 0), 0);
    assert_int_equal(fstatat(f->mount_fd, "src", &directory, 0), 0);
    assert_int_equal(linkat(f->mount_fd, "src/main.py", f->mount_fd, "hard", 0), 0);
    const cap_wasi_inode list_of[] = {{file.st_dev, file.st_ino}, {directory.st_dev, directory.st_ino}};
    start(f, &(cap_wasi_config){.mounts = layout.mounts, .mount_count = 4, .protected_inodes = list_of, .protected_count = 2});
    assert_int_equal(open_write(f, "src/main.py"), -WASI_EPERM);
    assert_int_equal(open_write(f, "hard"), -WASI_EPERM);
    assert_int_equal(open_as(f, ROOT, "src/main.py", FOLLOW, WASI_OFLAG_TRUNC, READ_RIGHTS, 0), -WASI_EPERM);
    assert_int_equal(unlink_file(f, "src/main.py"), WASI_EPERM);
    assert_int_equal(rename_path(f, "src/main.py", "gone"), WASI_EPERM);
    assert_int_equal(rename_path(f, "real/beside", "src/main.py"), WASI_EPERM);
    assert_int_equal(rename_path(f, "src", "elsewhere"), WASI_EPERM);
    assert_int_equal(remove_directory(f, "src"), WASI_EPERM);
    assert_int_equal(link_path(f, "src/main.py", "alias"), WASI_EPERM);
    assert_int_equal(set_times(f, "src/main.py", 1, WASI_FST_MTIM), WASI_EPERM);
    assert_true(open_read(f, "src/main.py") > 0);
    assert_int_equal(make_directory(f, "src"), WASI_EEXIST);
    uint32_t opened = (uint32_t)open_read(f, "src");
    assert_int_equal(cap_wasi_fd_filestat_set_times(&f->host, opened, 1, 1, WASI_FST_MTIM), WASI_EPERM);
    assert_int_equal(put_file(f, "src/other.py", "beside it is fine"), WASI_OK);
    assert_string_equal(host_read(f, "mount/src/main.py"), "program");
}

static void links_and_renames_stay_in_one_mount(void **state) {
    fixture *f = *state;
    host_mkdir(f, "second");
    int second = host_open_directory(f, "second");
    const cap_wasi_mount mounts[] = {{.guest_path = "/one", .host_fd = f->mount_fd, .writable = true},
                                     {.guest_path = "/two", .host_fd = second, .writable = true}};
    start_mounts(f, mounts, 2);
    assert_int_equal(rename_path(f, "one/real/beside", "two/beside"), WASI_EXDEV);
    assert_int_equal(link_path(f, "one/real/beside", "two/beside"), WASI_EXDEV);
    assert_int_equal(rename_path(f, "one/real/beside", "one/beside"), WASI_OK);
    /* That a mount is read-only comes first. */
    const cap_wasi_mount read_only[] = {{.guest_path = "/one", .host_fd = f->mount_fd},
                                        {.guest_path = "/two", .host_fd = second, .writable = true}};
    start_mounts(f, read_only, 2);
    assert_int_equal(rename_path(f, "one/beside", "two/beside"), WASI_EPERM);
    assert_int_equal(link_path(f, "one/beside", "two/beside"), WASI_EPERM);
    close(second);
}

static void bad_tables_are_refused(void **state) {
    fixture *f = *state;
    static const char *const paths[] = {"data", "", "/data/", "//data", "/a//b", "/./a", "/a/..", NULL};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        cap_wasi_mount mount = {.guest_path = paths[i], .host_fd = f->mount_fd};
        assert_null(cap_wasi_create(&(cap_wasi_config){.mounts = &mount, .mount_count = 1}));
    }
    static const char *const names[] = {"/0", "/1", "/2", "/3", "/4", "/5", "/6", "/7"};
    cap_wasi_mount many[CAP_WASI_MOUNTS_MAX + 1];
    for (size_t i = 0; i <= CAP_WASI_MOUNTS_MAX; i++)
        many[i] = (cap_wasi_mount){.guest_path = names[i % 8], .host_fd = f->mount_fd};
    assert_null(cap_wasi_create(&(cap_wasi_config){.mounts = many, .mount_count = CAP_WASI_MOUNTS_MAX + 1}));
    start_mounts(f, many, CAP_WASI_MOUNTS_MAX);
    assert_string_equal(list(f, "."), ". .. 0 1 2 3 4 5 6 7");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_above_mounts_are_synthetic_directories, setup_bare, teardown),
        cmocka_unit_test_setup_teardown(synthetic_directories_cannot_change, setup_bare, teardown),
        cmocka_unit_test_setup_teardown(mount_points_cannot_be_removed_or_moved, setup_nested, teardown_nested),
        cmocka_unit_test_setup_teardown(the_longest_prefix_wins, setup_nested, teardown_nested),
        cmocka_unit_test_setup_teardown(up_from_a_mount_is_its_guest_parent, setup_nested, teardown_nested),
        cmocka_unit_test_setup_teardown(a_directory_descriptor_sees_mounts_below, setup_nested, teardown_nested),
        cmocka_unit_test_setup_teardown(links_stay_in_their_mount, setup_nested, teardown_nested),
        cmocka_unit_test_setup_teardown(capsule_folder_is_invisible, setup_nested, teardown_nested),
        cmocka_unit_test_setup_teardown(program_mounts_show_only_the_program, setup_nested, teardown_nested),
        cmocka_unit_test_setup_teardown(program_lookups_are_reported, setup_nested, teardown_nested),
        cmocka_unit_test_setup_teardown(looking_at_our_own_mounts_is_pure, setup_nested, teardown_nested),
        cmocka_unit_test_setup_teardown(looking_anywhere_else_is_not, setup_nested, teardown_nested),
        cmocka_unit_test_setup_teardown(the_preopen_itself_is_not_ours, setup_nested, teardown_nested),
        cmocka_unit_test_setup_teardown(the_deny_all_table_reports_what_is_outside, setup_nested, teardown_nested),
        cmocka_unit_test_setup_teardown(protected_names_stay_as_they_are, setup_nested, teardown_nested),
        cmocka_unit_test(other_spellings_of_special_names),
        cmocka_unit_test_setup_teardown(protected_inodes_stay_as_they_are, setup_nested, teardown_nested),
        cmocka_unit_test_setup_teardown(links_and_renames_stay_in_one_mount, setup_nested, teardown_nested),
        cmocka_unit_test_setup_teardown(bad_tables_are_refused, setup_nested, teardown_nested),
    };
    return cmocka_run_group_tests_name("wasi.mounts", tests, NULL, NULL);
}
