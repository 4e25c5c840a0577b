/* A host that is out of descriptors for a moment: nothing is concluded from it. A program of its own, because what the
 * kernel offers is asked once in a process. */
#include "support.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

static struct rlimit usual;

/* No descriptor more than there are. */
static void begin_shortage(void) {
    int next = dup(0);
    close(next);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
    struct rlimit low = {.rlim_cur = (rlim_t)next, .rlim_max = usual.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
}

static void end_shortage(void) { assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0); }

/* First of all tests: a kernel that could not be asked is asked again. */
static void what_the_kernel_offers_is_asked_again(void **state) {
    (void)state;
    begin_shortage();
    bool meanwhile = cap_wasi_kernel_supported(NULL);
    end_shortage();
    assert_false(meanwhile);
    assert_true(cap_wasi_kernel_supported(NULL));
}

/* An import that met the shortage may come out otherwise next time: it must not be kept. */
static void an_import_that_met_it_is_not_pure(void **state) {
    fixture *f = *state;
    host_file(f, "mount/module.py", "x");
    const cap_wasi_mount mount = {.guest_path = "/lib", .host_fd = f->mount_fd, .internal = true};
    start_mounts(f, &mount, 1);
    assert_true(open_read(f, "lib/module.py") > 0);
    assert_int_equal(open_read(f, "lib/none.py"), -WASI_ENOENT);
    assert_int_equal(cap_wasi_impurity(f->wasi), 0);
    begin_shortage();
    int32_t answer = open_read(f, "lib/module.py");
    end_shortage();
    assert_int_equal(answer, -WASI_ENFILE);
    assert_int_equal(cap_wasi_impurity(f->wasi), CAP_IMPURE_FILES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_kernel_offers_is_asked_again),
        cmocka_unit_test_setup_teardown(an_import_that_met_it_is_not_pure, setup, teardown),
    };
    return cmocka_run_group_tests_name("wasi.shortage", tests, NULL, NULL);
}
