/* Grants as texts: HOST[::GUEST][:ro|:rw]. */
#include "policy/policy.h"
#include "support.h"

static void test_accepted(void **state) {
    (void)state;
    static const struct {
        const char *text, *host, *guest;
        bool writable;
    } cases[] = {
        {"data", "data", "/data", true},
        {"./data", "./data", "/data", true},
        {"./data:ro", "./data", "/data", false},
        {"./data:rw", "./data", "/data", true},
        {"data/", "data/", "/data", true},
        {".", ".", "/", true},
        {"./", "./", "/", true},
        {".:ro", ".", "/", false},
        {"./data::workspace", "./data", "/workspace", true},
        {"./data::/workspace:ro", "./data", "/workspace", false},
        {"data::/", "data", "/", true},
        {"./nested/dir", "./nested/dir", "/nested/dir", true},
        {"a//b/./c", "a//b/./c", "/a/b/c", true},
        {"a/../b", "a/../b", "/b", true},
        {"a/..", "a/..", "/", true},
        {"data::../../etc", "data", "/etc", true},
        {"data::/a/b/../../../c/.", "data", "/c", true},
        {"...", "...", "/...", true},
        {"..data", "..data", "/..data", true},
        {".capsule_test", ".capsule_test", "/.capsule_test", true},
        {"a::b::c", "a", "/b::c", true},
        {"caf\xc3\xa9", "caf\xc3\xa9", "/caf\xc3\xa9", true},
        {"data:rx", "data:rx", "/data:rx", true},
        {".capsule/sessions/one", ".capsule/sessions/one", "/.capsule/sessions/one", true},
        {"./.capsule//sessions/./one/deep:ro", "./.capsule//sessions/./one/deep", "/.capsule/sessions/one/deep", false},
        {".capsule/sessions/one::workspace", ".capsule/sessions/one", "/workspace", true},
        {"data::.capsule/sessions/one", "data", "/.capsule/sessions/one", true},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        cap_grant grant = {0};
        capsule_error *error = NULL;
        if (cap_parse_mount(cases[i].text, &grant, &error) < 0)
            fail_msg("%s: %s", cases[i].text, capsule_error_message(error));
        assert_string_equal(grant.host_path, cases[i].host);
        assert_string_equal(grant.guest_path, cases[i].guest);
        assert_int_equal(grant.writable, cases[i].writable);
        assert_false(grant.from_caller);
        cap_grant_clear(&grant);
        assert_null(grant.host_path);
    }
}

static void test_refused(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"/etc", "Absolute paths are not allowed: /etc"},
        {"/", "Absolute paths are not allowed: /"},
        {"//etc:ro", "Absolute paths are not allowed: //etc"},
        {"..", "Path escapes project directory: .."},
        {"../x", "Path escapes project directory: ../x"},
        {"a/../..", "Path escapes project directory: a/../.."},
        {"a/../../b", "Path escapes project directory"},
        {"./.././x", "Path escapes project directory"},
        {"", "Empty path"},
        {":ro", "Empty path"},
        {"::/data", "Empty path"},
        {"data::", "Empty path"},
        {"data:::ro", "Empty path"},
        {".capsule", "Path belongs to Capsule itself: .capsule"},
        {"./a/../.capsule/x", "Path belongs to Capsule itself"},
        {".capsule/sessions", "Path belongs to Capsule itself: .capsule/sessions"},
        {".capsule/sessions/", "Path belongs to Capsule itself"},
        {".capsule/sessions/.", "Path belongs to Capsule itself"},
        {".capsule/sessions/..", "Path belongs to Capsule itself"},
        {".capsule/sessions/one/..", "Path belongs to Capsule itself"},
        {".capsule/sessions/one/../two", "Path belongs to Capsule itself"},
        {".capsule/sessions/../sessions/one", "Path belongs to Capsule itself"},
        {".capsule/sessions/one/.capsule", "Path belongs to Capsule itself"},
        {".capsule/sessionsx/one", "Path belongs to Capsule itself"},
        {".capsule/trace.db", "Path belongs to Capsule itself"},
        {"a/../.capsule/sessions/one", "Path belongs to Capsule itself"},
        {"data/.capsule/sessions/one", "Path belongs to Capsule itself"},
        {"data::/.capsule/sessions", "Guest path belongs to Capsule itself: /.capsule/sessions"},
        {".capsule/sessions/one::.capsule/sessions/..", "Guest path belongs to Capsule itself"},
        {"data::/.capsule/lib", "Guest path belongs to Capsule itself: /.capsule/lib"},
        {"data::a/../.capsule", "Guest path belongs to Capsule itself"},
        {"a\xff", "not valid UTF-8"},
        {"a\xed\xa0\x80", "not valid UTF-8"},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        cap_grant grant = {0};
        capsule_error *error = NULL;
        if (cap_parse_mount(cases[i].text, &grant, &error) == 0) fail_msg("%s was accepted", cases[i].text);
        assert_null(grant.host_path);
        expect_error(&error, CAPSULE_CONFIG, cases[i].message);
    }
}

static void test_long_and_deep(void **state) {
    (void)state;
    static const struct {
        const char *unit;
        size_t count;
        bool accepted;
    } cases[] = {
        {"d/", 64, true}, {"d/", 65, false}, {"./", 2000, true}, {"x", 4095, true}, {"x", 4096, false},
        {"x", 10u << 20, false}, {"../", 4u << 20, false}, {"::", 5u << 20, false}, {"\xe2\x82\xac", 5000, false},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        cap_autofree char *text = repeat(cases[i].unit, cases[i].count);
        cap_grant grant = {0};
        cap_autoerror capsule_error *error = NULL;
        assert_int_equal(cap_parse_mount(text, &grant, &error) == 0, cases[i].accepted);
        if (!cases[i].accepted) assert_true(strlen(capsule_error_message(error)) < 300);
        cap_grant_clear(&grant);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_long_and_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
