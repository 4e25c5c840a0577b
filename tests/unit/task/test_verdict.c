/* Verdicts out of reports that no SDK of ours would write: a guest's interpreter may be in somebody else's hands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "task/verdict.h"

static const cap_policy policy = {.compute = 1000, .ram = 1 << 20};

static cap_verdict judge(enum capsule_report_kind kind, const char *text) {
    cap_slot *slot = NULL;
    assert_int_equal(cap_slot_create(&slot, NULL), 0);
    cap_wasi *wasi = cap_wasi_create(&(cap_wasi_config){0});
    assert_non_null(wasi);
    cap_sandbox sandbox = {.slot = slot, .wasi = wasi, .reported = true, .kind = kind, .text = strdup(text), .text_length = strlen(text)};
    const cap_outcome outcome = {.trap = CAP_TRAP_NONE};
    cap_verdict verdict;
    cap_verdict_make(&sandbox, &outcome, &policy, &verdict);
    cap_sandbox_clear(&sandbox);
    cap_slot_free(slot);
    return verdict;
}

static void expect_failure(const char *text, const char *message, const char *hint) {
    cap_verdict verdict = judge(CAPSULE_REPORT_FAILURE, text);
    assert_string_equal(verdict.error_type, "task_error");
    assert_string_equal(verdict.message, message);
    if (hint)
        assert_string_equal(verdict.hint, hint);
    else
        assert_null(verdict.hint);
    cap_verdict_clear(&verdict);
}

static void denial_that_is_a_text_is_the_hint(void **state) {
    (void)state;
    expect_failure("{\"message\":\"m\",\"denial\":\"read-only mount\"}", "m", "read-only mount");
    expect_failure("{\"message\":\"m\",\"denial\":\"\"}", "m", NULL);
    expect_failure("{\"message\":\"m\",\"denial\":null}", "m", NULL);
}

static void denial_of_another_kind_is_none(void **state) {
    (void)state;
    expect_failure("{\"message\":\"m\",\"denial\":[1]}", "m", NULL);
    expect_failure("{\"message\":\"m\",\"denial\":{\"a\":1}}", "m", NULL);
    expect_failure("{\"message\":\"m\",\"denial\":12}", "m", NULL);
    expect_failure("{\"message\":\"m\",\"denial\":true}", "m", NULL);
}

static void members_of_another_kind_are_absent(void **state) {
    (void)state;
    expect_failure("{\"message\":[1],\"traceback\":{\"a\":2}}", "", NULL);
    expect_failure("[]", "", NULL);
    expect_failure("no JSON", "no JSON", NULL);
}

/* Past what an exit code can be: never 0, which would be success. */
static void expect_exit(const char *text, int32_t code) {
    cap_verdict verdict = judge(CAPSULE_REPORT_EXIT, text);
    assert_string_equal(verdict.error_type, "exit");
    assert_int_equal(verdict.exit_code, code);
    cap_verdict_clear(&verdict);
}

static void exit_codes_stay_in_range(void **state) {
    (void)state;
    expect_exit("3", 3);
    expect_exit("2147483647", INT32_MAX);
    expect_exit("4294967296", INT32_MAX);
    expect_exit("-99999999999999999999999", INT32_MIN);
    cap_verdict verdict = judge(CAPSULE_REPORT_EXIT, "0");
    assert_null(verdict.error_type);
    cap_verdict_clear(&verdict);
}

static void deeply_nested_results_are_judged_without_recursion(void **state) {
    (void)state;
    enum { DEPTH = 4 << 20 };
    char *text = malloc(2 * DEPTH + 1);
    assert_non_null(text);
    memset(text, '[', DEPTH);
    memset(text + DEPTH, ']', DEPTH);
    text[2 * DEPTH] = 0;
    cap_verdict verdict = judge(CAPSULE_REPORT_RESULT, text);
    assert_null(verdict.error_type);
    assert_string_equal(verdict.value, text);
    cap_verdict_clear(&verdict);
    text[DEPTH] = '{';
    verdict = judge(CAPSULE_REPORT_RESULT, text);
    assert_string_equal(verdict.error_type, "not_serializable");
    cap_verdict_clear(&verdict);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(denial_that_is_a_text_is_the_hint),
        cmocka_unit_test(denial_of_another_kind_is_none),
        cmocka_unit_test(members_of_another_kind_are_absent),
        cmocka_unit_test(exit_codes_stay_in_range),
        cmocka_unit_test(deeply_nested_results_are_judged_without_recursion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
