/* Verdicts out of reports that no SDK of ours would write: a guest's interpreter may be in somebody else's hands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "task/verdict.h"
#include "wasi/state.h"

static char *variables[] = {(char *)"LISTED"};
static const cap_policy policy = {.compute = 1000, .ram = 1 << 20, .environment = variables, .environment_count = 1};

/* Judges a report after the host refused what `refusals` say: pairs of path and reason, NULL at the end. */
static cap_verdict judge_after(enum capsule_report_kind kind, const char *text, const char *const *refusals) {
    cap_slot *slot = NULL;
    assert_int_equal(cap_slot_create(&slot, NULL), 0);
    cap_wasi *wasi = cap_wasi_create(&(cap_wasi_config){0});
    assert_non_null(wasi);
    for (; refusals && refusals[0]; refusals += 2) cap_wasi_deny(wasi, "open", refusals[0], refusals[1]);
    cap_sandbox sandbox = {.slot = slot, .wasi = wasi, .reported = true, .kind = kind, .text = strdup(text), .text_length = strlen(text)};
    const cap_outcome outcome = {.trap = CAP_TRAP_NONE};
    cap_verdict verdict;
    cap_verdict_make(&sandbox, &outcome, &policy, &verdict);
    cap_sandbox_clear(&sandbox);
    cap_slot_free(slot);
    return verdict;
}

static cap_verdict judge(enum capsule_report_kind kind, const char *text) { return judge_after(kind, text, NULL); }

static void expect_hint(enum capsule_report_kind kind, const char *text, const char *const *refusals, const char *hint) {
    cap_verdict verdict = judge_after(kind, text, refusals);
    if (hint && (!verdict.hint || !strstr(verdict.hint, hint))) fail_msg("%s: \"%s\" has no \"%s\"", text, verdict.hint, hint);
    if (!hint && verdict.hint) fail_msg("%s: unexpected hint \"%s\"", text, verdict.hint);
    cap_verdict_clear(&verdict);
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

/* What a guest says of denials is shown only when the host remembers the very same. */
static void hints_need_a_refusal_of_the_host(void **state) {
    (void)state;
    static const char *const refused[] = {"/data/x", CAP_DENIED_OUTSIDE, "/other/./y/../z", CAP_DENIED_NO_FILES, "/data/own", CAP_DENIED_PROTECTED,
                                          "/.capsule/x", "reserved name", "/link", "absolute symbolic link", "/top", CAP_DENIED_OUTSIDE,
                                          "/file.txt", CAP_DENIED_OUTSIDE, NULL};
    static const struct {
        const char *denied, *hint;
    } cases[] = {
        {"{\"file\":\"/data/x\"}", "\"/data/x\" is in no directory granted to the task: allow it with allowed_files=[\"data\"]"},
        {"{\"file\":\"/data//y/../x/\"}", "allowed_files=[\"data\"]"},
        {"{\"file\":\"/other/z\"}", "--mount other"},
        {"{\"file\":\"/top\"}", "allowed_files=[\"top\"]"},
        {"{\"file\":\"/file.txt\"}", "allowed_files=[\".\"]"},
        {"{\"file\":\"/data/own\"}", "no line of policy allows it: the program's own files"},
        {"{\"file\":\"/.capsule/x\"}", "no line of policy allows it: /.capsule is Capsule's own"},
        {"{\"file\":\"/link\"}", "no line of policy allows it: absolute symbolic link"},
        {"{\"file\":\"/data\"}", NULL},
        {"{\"file\":\"/never/asked\"}", NULL},
        {"{\"file\":\"data/x\"}", NULL},
        {"{\"file\":\"\"}", NULL},
        {"{\"file\":[1]}", NULL},
        {"{\"text\":\"run capsule with --mount /\"}", NULL},
        {"\"run capsule with --mount /\"", NULL},
        {"null", NULL},
        {"12", NULL},
        {"{\"variable\":\"KEY\"}", "the task may not see the variable KEY: allow it by adding \"KEY\" to env_variables"},
        {"{\"variable\":\"LISTED\"}", NULL},
        {"{\"variable\":\"A=B\"}", NULL},
        {"{\"variable\":\"\"}", NULL},
        {"{\"variable\":\"a\\nhint: b\"}", NULL},
        {"{\"host\":\"example.com\"}", NULL}, /* only the other kind of report is about the network */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        snprintf(text, sizeof text, "{\"message\":\"m\",\"denied\":%s}", cases[i].denied);
        expect_hint(CAPSULE_REPORT_FAILURE, text, refused, cases[i].hint);
    }
    expect_hint(CAPSULE_REPORT_FAILURE, "{\"message\":\"m\"}", refused, NULL);
    expect_hint(CAPSULE_REPORT_FAILURE, "{\"message\":\"m\",\"denial\":\"text\"}", refused, NULL);
}

/* Only the last few are remembered, and paths up to a length. */
static void old_and_long_refusals_are_forgotten(void **state) {
    (void)state;
    char paths[17][CAP_DENIAL_PATH_MAX + 1], text[2 * CAP_DENIAL_PATH_MAX];
    const char *refused[2 * 17 + 1] = {NULL};
    for (int i = 0; i < 17; i++) {
        snprintf(paths[i], sizeof paths[i], "/data/%d", i);
        refused[2 * i] = paths[i];
        refused[2 * i + 1] = CAP_DENIED_OUTSIDE;
    }
    expect_hint(CAPSULE_REPORT_FAILURE, "{\"denied\":{\"file\":\"/data/0\"}}", refused, NULL);
    expect_hint(CAPSULE_REPORT_FAILURE, "{\"denied\":{\"file\":\"/data/1\"}}", refused, "allow it with");
    for (size_t length = CAP_DENIAL_PATH_MAX - 1; length <= CAP_DENIAL_PATH_MAX; length++) {
        memset(paths[0], 'x', length);
        memcpy(paths[0], "/d/", 3);
        paths[0][length] = 0;
        refused[2] = NULL;
        snprintf(text, sizeof text, "{\"denied\":{\"file\":\"%.*s\"}}", (int)length, paths[0]);
        expect_hint(CAPSULE_REPORT_FAILURE, text, refused, length < CAP_DENIAL_PATH_MAX ? "allow it with" : NULL);
    }
}

static void refusals_of_the_network(void **state) {
    (void)state;
    cap_verdict verdict = judge(CAPSULE_REPORT_NETWORK_DENIED, "{\"message\":\"m\",\"denied\":{\"host\":\"example.com\"}}");
    assert_string_equal(verdict.error_type, "network_denied");
    assert_non_null(strstr(verdict.hint, "allowed_hosts=[\"example.com\"]"));
    cap_verdict_clear(&verdict);
    expect_hint(CAPSULE_REPORT_NETWORK_DENIED, "{\"denied\":{\"host\":null}}", NULL, "this version has no network");
    expect_hint(CAPSULE_REPORT_NETWORK_DENIED, "{\"denied\":{\"host\":\"a\\u001b[2Jb\"}}", NULL, "this version has no network, whatever is declared");
    expect_hint(CAPSULE_REPORT_NETWORK_DENIED, "[]", NULL, "this version has no network");
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
        cmocka_unit_test(hints_need_a_refusal_of_the_host),
        cmocka_unit_test(old_and_long_refusals_are_forgotten),
        cmocka_unit_test(refusals_of_the_network),
        cmocka_unit_test(members_of_another_kind_are_absent),
        cmocka_unit_test(exit_codes_stay_in_range),
        cmocka_unit_test(deeply_nested_results_are_judged_without_recursion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
