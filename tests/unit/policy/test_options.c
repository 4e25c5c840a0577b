/* The option table: complete, and docs/policy.md holds what it says. */
#include "base/format.h"
#include "policy/options.h"
#include "support.h"

static void test_complete(void **state) {
    (void)state;
    for (cap_option_id id = 0; id < CAP_OPTION_IDS; id++) {
        const cap_option *option = &cap_options[id];
        assert_non_null(option->name);
        assert_non_null(option->default_text);
        assert_non_null(option->maximum_text);
        assert_non_null(option->unit);
        assert_non_null(option->help);
        assert_string_not_equal(cap_kind_accepts(option->kind), "something else");
        assert_ptr_equal(cap_option_find(option->name, strlen(option->name), 0, CAP_OPTION_IDS), option);
    }
    assert_null(cap_option_find("ra", 2, 0, CAP_OPTION_IDS));
    assert_null(cap_option_find("", 0, 0, CAP_OPTION_IDS));
}

static void test_nearest(void **state) {
    (void)state;
    capsule_error *error = NULL;
    cap_option_unknown("option", "ramm", 4, CAP_OPTION_NAME, CAP_TASK_OPTIONS, &error);
    expect_error(&error, CAPSULE_CONFIG, "unknown option \"ramm\" (did you mean \"ram\"?)");
    cap_option_unknown("option", "x", 1, CAP_OPTION_NAME, CAP_TASK_OPTIONS, &error);
    expect_error(&error, CAPSULE_CONFIG, "unknown option \"x\": known are name, compute, ram");
    cap_option_unknown("option", "", 0, CAP_OPTION_NAME, CAP_TASK_OPTIONS, &error);
    expect_error(&error, CAPSULE_CONFIG, "unknown option \"\": known are");
}

/* Fails unless docs/policy.md holds the table of these ids. Run from the top of the tree. */
static void expect_documented(const char *docs, cap_option_id first, cap_option_id end) {
    cap_autobuffer cap_buffer table;
    cap_buffer_init(&table, 1u << 16);
    cap_options_markdown(first, end, &table);
    assert_false(table.failed);
    if (!strstr(docs, table.data)) fail_msg("docs/policy.md should hold this table:\n%s", table.data);
}

static void test_documented(void **state) {
    (void)state;
    static char docs[1 << 17];
    FILE *file = fopen("docs/policy.md", "re");
    assert_non_null(file);
    docs[fread(docs, 1, sizeof docs - 1, file)] = 0;
    fclose(file);
    expect_documented(docs, CAP_OPTION_NAME, CAP_TASK_OPTIONS);
    expect_documented(docs, CAP_LIMIT_MAX_COMPUTE, CAP_LIMITS_END);
    expect_documented(docs, CAP_TRACE_KEEP, CAP_OPTION_IDS);
}

static void test_format(void **state) {
    (void)state;
    static const struct {
        uint64_t value;
        const char *size, *duration;
    } cases[] = {
        {0, "0 bytes", "0s"},
        {1, "1 bytes", "1ns"},
        {1536, "1.5 KB", "1us 536ns"},
        {UINT64_C(512) << 20, "512 MB", "536ms 870us 912ns"},
        {UINT64_C(3) << 29, "1.5 GB", "1s 610ms 612us 736ns"},
        {1800000000, "1800000000 bytes", "1s 800ms"},
        {UINT64_C(5400) * 1000000000, "5400000000000 bytes", "1h 30m"},
        {UINT64_MAX, "none", "none"},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        char text[CAP_FORMAT_MAX];
        assert_string_equal(cap_format_duration(cases[i].value, text), cases[i].duration);
        if (strstr(cases[i].size, "1800000000") || strstr(cases[i].size, "54000")) continue;
        assert_string_equal(cap_format_size(cases[i].value, text), cases[i].size);
    }
    char text[CAP_FORMAT_MAX];
    assert_true(strlen(cap_format_duration(UINT64_MAX - 1, text)) < CAP_FORMAT_MAX);
    assert_true(strlen(cap_format_size(UINT64_MAX - 1, text)) < CAP_FORMAT_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_complete),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_documented),
        cmocka_unit_test(test_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
