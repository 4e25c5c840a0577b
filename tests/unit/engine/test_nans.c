/* A NaN that arithmetic makes is the canonical one wherever its bits can be seen, whatever it was made of. */
#include "unit/engine/support.h"

enum { WAYS = 14, OPERANDS = 5, COPYSIGN = 4, NEGATED = 5 };

static uint64_t seen(cap_slot *slot, int how, int which) {
    uint64_t high = call(slot, "nan_high", NO_LIMITS, 2, how, which).value;
    return high << 32 | call(slot, "nan_low", NO_LIMITS, 2, how, which).value;
}

static void what_arithmetic_makes_is_canonical(void **state) {
    (void)state;
    cap_slot *slot = make_slot();
    for (int how = 0; how < WAYS; how++)
        for (int which = 0; which < OPERANDS; which++) {
            uint64_t expected = how == COPYSIGN  ? UINT64_C(0x3ff0000000000000)
                                : how == NEGATED ? UINT64_C(0xfff8000000000000)
                                                 : UINT64_C(0x7ff8000000000000);
            uint64_t bits = seen(slot, how, which);
            if (bits != expected)
                fail_msg("way %d of operands %d: %016llx", how, which, (unsigned long long)bits);
        }
    cap_slot_free(slot);
}

static void a_copy_keeps_its_bits(void **state) {
    (void)state;
    cap_slot *slot = make_slot();
    assert_int_equal(call(slot, "nan_copied", NO_LIMITS, 2, 1, 0).value, 0x123);
    assert_int_equal(call(slot, "nan_copied", NO_LIMITS, 2, 2, 1).value, 0x456);
    cap_slot_free(slot);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_arithmetic_makes_is_canonical),
        cmocka_unit_test(a_copy_keeps_its_bits),
    };
    return cmocka_run_group_tests(tests, engine_setup, engine_teardown);
}
