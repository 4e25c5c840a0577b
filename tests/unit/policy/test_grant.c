/* Grants as directories: what cap_grant_open opens and what it does not. */
#include <fcntl.h>
#include <sys/stat.h>

#include "policy/policy.h"
#include "support.h"

typedef struct project {
    char *path;
    int fd;
} project;

static int set_up(void **state) {
    static project p;
    p.path = make_directory();
    p.fd = open(p.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(p.fd >= 0);
    assert_int_equal(mkdirat(p.fd, "data", 0700), 0);
    assert_int_equal(mkdirat(p.fd, "data/inner", 0700), 0);
    assert_int_equal(mkdirat(p.fd, ".capsule", 0700), 0);
    assert_int_equal(mkdirat(p.fd, ".capsule/deep", 0700), 0);
    assert_int_equal(mkdirat(p.fd, ".capsule/sessions", 0700), 0);
    assert_int_equal(mkdirat(p.fd, ".capsule/sessions/one", 0700), 0);
    assert_int_equal(mkdirat(p.fd, ".capsule/sessions/one/deep", 0700), 0);
    assert_int_equal(symlinkat("..", p.fd, ".capsule/sessions/up"), 0);
    assert_int_equal(symlinkat("../deep", p.fd, ".capsule/sessions/beside"), 0);
    assert_int_equal(symlinkat("../../..", p.fd, ".capsule/sessions/one/project"), 0);
    assert_int_equal(symlinkat(".capsule/sessions", p.fd, "all-sessions"), 0);
    assert_int_equal(symlinkat(".capsule/sessions/one", p.fd, "session"), 0);
    assert_int_equal(symlinkat("data/inner", p.fd, "link"), 0);
    assert_int_equal(symlinkat("../../..", p.fd, "data/out"), 0);
    assert_int_equal(symlinkat("/", p.fd, "absolute"), 0);
    assert_int_equal(symlinkat("/proc/self/cwd", p.fd, "magic"), 0);
    assert_int_equal(symlinkat(".capsule", p.fd, "sneaky"), 0);
    assert_int_equal(symlinkat(".capsule/deep", p.fd, "sneakier"), 0);
    assert_int_equal(symlinkat("loop", p.fd, "loop"), 0);
    write_file(p.path, "file", "x");
    assert_int_equal(mkfifoat(p.fd, "fifo", 0600), 0);
    *state = &p;
    return 0;
}

static int tear_down(void **state) {
    project *p = *state;
    close(p->fd);
    remove_directory(p->path);
    return 0;
}

static int open_text(const project *p, const char *text, int *fd, capsule_error **error) {
    cap_grant grant = {0};
    if (cap_parse_mount(text, &grant, error) < 0) return -1;
    int status = cap_grant_open(&grant, p->fd, fd, error);
    cap_grant_clear(&grant);
    return status;
}

static void test_opened(void **state) {
    const project *p = *state;
    static const struct {
        const char *text, *is;
    } cases[] = {
        {".", "."}, {"data", "data"}, {"./data/", "data"}, {"data/inner:ro", "data/inner"}, {"link", "data/inner"},
        {"data/inner/..", "data"}, {"link/..", "data"}, {".capsule/sessions/one", ".capsule/sessions/one"},
        {".capsule/sessions/one/deep", ".capsule/sessions/one/deep"}, {"session", ".capsule/sessions/one"},
        {".capsule/sessions/one/project", "."},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        cap_autoclose int fd = -1;
        capsule_error *error = NULL;
        struct stat opened, expected;
        if (open_text(p, cases[i].text, &fd, &error) < 0)
            fail_msg("%s: %s", cases[i].text, capsule_error_message(error));
        assert_int_equal(fstat(fd, &opened), 0);
        assert_int_equal(fstatat(p->fd, cases[i].is, &expected, 0), 0);
        assert_int_equal(opened.st_ino, expected.st_ino);
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    }
}

static void test_refused(void **state) {
    const project *p = *state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"missing", "Path does not exist: missing"},
        {"data/missing/x", "Path does not exist"},
        {"file", "Not a directory: file"},
        {"file/x", "Not a directory"},
        {"fifo", "Not a directory"},
        {"data/out", "Path escapes project directory: data/out"},
        {"absolute", "Path escapes project directory: absolute"},
        {"absolute/etc", "Path escapes project directory"},
        {"magic", "Path escapes project directory"},
        {"sneaky", "Path belongs to Capsule itself: sneaky"},
        {"sneakier", "Path belongs to Capsule itself: sneakier"},
        {".capsule/sessions/up", "Path belongs to Capsule itself: .capsule/sessions/up"},
        {".capsule/sessions/up/deep", "Path belongs to Capsule itself"},
        {".capsule/sessions/beside", "Path belongs to Capsule itself"},
        {"all-sessions", "Path belongs to Capsule itself: all-sessions"},
        {"session/..", "Path belongs to Capsule itself"},
        {".capsule/sessions/missing", "Path does not exist: .capsule/sessions/missing"},
        {"loop", "Cannot open loop"},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        cap_autoclose int fd = -1;
        capsule_error *error = NULL;
        if (open_text(p, cases[i].text, &fd, &error) == 0) fail_msg("%s was opened", cases[i].text);
        assert_int_equal(fd, -1);
        expect_error(&error, CAPSULE_CONFIG, cases[i].message);
    }
}

/* A link called sessions does not make what it leads to one of them. */
static void test_sessions_is_a_link(void **state) {
    const project *p = *state;
    assert_int_equal(renameat(p->fd, ".capsule/sessions", p->fd, ".capsule/moved"), 0);
    assert_int_equal(symlinkat("moved", p->fd, ".capsule/sessions"), 0);
    cap_autoclose int fd = -1;
    capsule_error *error = NULL;
    assert_int_equal(open_text(p, ".capsule/sessions/one", &fd, &error), -1);
    expect_error(&error, CAPSULE_CONFIG, "Path belongs to Capsule itself: .capsule/sessions/one");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_opened, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sessions_is_a_link, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
