/* How long the waits between attempts are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "task/tree.h"

#define MS UINT64_C(1000000)

static void waits_double_up_to_the_timeout(void **state) {
    (void)state;
    const cap_policy policy = {.retry_delay_ns = 100 * MS, .timeout_ns = 350 * MS};
    const uint64_t expected[] = {100 * MS, 200 * MS, 350 * MS, 350 * MS};
    for (uint32_t i = 0; i < 4; i++) assert_int_equal(cap_retry_delay(&policy, i + 1), expected[i]);
}

static void waits_are_at_most_an_hour(void **state) {
    (void)state;
    cap_policy policy = {.retry_delay_ns = 1, .timeout_ns = CAP_NO_LIMIT};
    assert_int_equal(cap_retry_delay(&policy, CAP_RETRIES_MAX), CAP_RETRY_DELAY_MAX_NS);
    policy.retry_delay_ns = CAP_RETRY_DELAY_MAX_NS;
    assert_int_equal(cap_retry_delay(&policy, 1), CAP_RETRY_DELAY_MAX_NS);
    assert_int_equal(cap_retry_delay(&policy, UINT32_MAX), CAP_RETRY_DELAY_MAX_NS);
}

static void none_stays_none(void **state) {
    (void)state;
    const cap_policy policy = {.timeout_ns = CAP_NO_LIMIT};
    assert_int_equal(cap_retry_delay(&policy, 1), 0);
    assert_int_equal(cap_retry_delay(&policy, 64), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_double_up_to_the_timeout),
        cmocka_unit_test(waits_are_at_most_an_hour),
        cmocka_unit_test(none_stays_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
