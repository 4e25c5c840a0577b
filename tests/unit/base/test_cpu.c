/* The levels of the CPU, against what the compiler's own question to the CPU answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cpu.h"

static void test_every_cpu_has_the_levels_below_its_own(void **state) {
    (void)state;
#if defined(__x86_64__)
    static const char *const levels[] = {"x86-64-v4", "x86-64-v3", "x86-64-v2"};
    for (size_t i = 0; i + 1 < sizeof levels / sizeof *levels; i++)
        assert_true(!cap_cpu_has_level(levels[i]) || cap_cpu_has_level(levels[i + 1]));
    assert_true(cap_cpu_has_level("x86-64"));
    assert_true(cap_cpu_has_level(""));
#else
    assert_false(cap_cpu_has_level("x86-64-v2"));
#endif
}

static void test_the_levels_are_those_of_the_cpu(void **state) {
    (void)state;
#if defined(__x86_64__)
    __builtin_cpu_init();
    assert_int_equal(cap_cpu_has_level("x86-64-v2"), !!__builtin_cpu_supports("sse4.2") && !!__builtin_cpu_supports("popcnt"));
    assert_int_equal(cap_cpu_has_level("x86-64-v3"), !!__builtin_cpu_supports("avx2") && !!__builtin_cpu_supports("bmi2"));
    assert_int_equal(cap_cpu_has_level("x86-64-v4"), !!__builtin_cpu_supports("avx512f") && !!__builtin_cpu_supports("avx512vl"));
#endif
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cpu_has_the_levels_below_its_own),
        cmocka_unit_test(test_the_levels_are_those_of_the_cpu),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
