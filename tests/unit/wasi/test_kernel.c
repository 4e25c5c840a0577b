/* A kernel, or a container, that refuses openat2: our own mounts still work, the operator's do not. The filter is on for
 * the whole process, hence a program of its own. */
#include "support.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* ENOSYS for openat2, whatever its arguments. */
static void refuse_openat2(void) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof filter / sizeof filter[0], .filter = filter};
    assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

static void what_is_missing_is_named(void **state) {
    (void)state;
    const char *missing = NULL;
    assert_false(cap_wasi_kernel_supported(&missing));
    assert_string_equal(missing, "openat2");
    assert_false(cap_wasi_kernel_supported(NULL));
}

static void the_operators_mounts_are_left_out(void **state) {
    fixture *f = *state;
    host_file(f, "mount/file", "x");
    assert_int_equal(open_read(f, "data/file"), -WASI_ENOENT);
    assert_int_equal(open_create(f, "data/new"), -WASI_ENOENT);
    assert_int_equal(stat_path(f, ROOT, "data", FOLLOW, NULL), WASI_ENOENT);
    assert_int_equal(make_directory(f, "data/new"), WASI_ENOENT);
    assert_string_equal(list(f, "."), ". ..");
    const cap_wasi_mount mount = {.guest_path = "/", .host_fd = f->mount_fd, .writable = true};
    start_mounts(f, &mount, 1);
    assert_string_equal(list(f, "."), ". ..");
    assert_int_equal(open_create(f, "new"), -WASI_ENOENT);
    assert_false(host_exists(f, "mount/new"));
}

static void our_own_mounts_work(void **state) {
    fixture *f = *state;
    host_mkdir(f, "mount/package");
    host_file(f, "mount/package/module.py", "x");
    host_link(f, "package", "mount/alias");
    host_link(f, "../outside", "mount/out");
    const cap_wasi_mount mount = {.guest_path = "/lib", .host_fd = f->mount_fd, .internal = true};
    start_mounts(f, &mount, 1);
    assert_true(open_read(f, "lib/package/module.py") > 0);
    assert_true(open_read(f, "lib/alias/module.py") > 0);
    assert_true(open_read(f, "lib/package/../alias/./module.py") > 0);
    assert_int_equal(open_read(f, "lib/out/canary"), -WASI_EPERM);
    assert_int_equal(open_read(f, "lib/package/none"), -WASI_ENOENT);
    assert_int_equal(open_read(f, "lib/package/module.py/x"), -WASI_ENOTDIR);
    assert_string_equal(list(f, "lib/package"), ". .. module.py");
}

static void the_directory_in_memory_works(void **state) {
    fixture *f = *state;
    start(f, &(cap_wasi_config){.tmp_limit = 1000});
    assert_int_equal(make_directory(f, "tmp/dir"), WASI_OK);
    assert_int_equal(put_file(f, "tmp/dir/file", "x"), WASI_OK);
    assert_int_equal(symlink_path(f, "dir", "tmp/link"), WASI_OK);
    assert_true(open_read(f, "tmp/link/../dir/file") > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test_setup_teardown(the_operators_mounts_are_left_out, setup, teardown),
        cmocka_unit_test_setup_teardown(the_directory_in_memory_works, setup, teardown),
        cmocka_unit_test_setup_teardown(our_own_mounts_work, setup, teardown),
    };
    refuse_openat2();
    return cmocka_run_group_tests_name("wasi.kernel", tests, NULL, NULL);
}
