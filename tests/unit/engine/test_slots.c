/* Sandboxes: what they compute, how they trap, what they share (nothing). */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit/engine/support.h"

static void computes_and_keeps_state(void **state) {
    (void)state;
    cap_slot *slot = make_slot();
    assert_int_equal(call(slot, "set_value", NO_LIMITS, 1, 41).trap, CAP_TRAP_NONE);
    assert_int_equal(call(slot, "call_table", NO_LIMITS, 2, 0, 1).value, 42);
    reload(slot, UINT64_C(16) << 20);
    assert_int_equal(call(slot, "get_value", NO_LIMITS, 0).value, 0); /* a fresh sandbox */
    cap_slot_free(slot);
}

static void unknown_export_is_an_error(void **state) {
    (void)state;
    cap_slot *slot = make_slot();
    cap_outcome outcome;
    capsule_error *error = NULL;
    assert_int_equal(cap_slot_call(slot, "nothing_of_that_name", NULL, 0, &outcome, &error), -1);
    assert_string_equal(capsule_error_message(error), "the guest has no export nothing_of_that_name");
    capsule_error_free(error);
    cap_slot_free(slot);
}

static void traps_are_told_apart(void **state) {
    (void)state;
    cap_slot *slot = make_slot();
    assert_int_equal(call(slot, "unreachable", NO_LIMITS, 0).trap, CAP_TRAP_UNREACHABLE);
    assert_int_equal(call(slot, "divide", NO_LIMITS, 2, 7, 0).trap, CAP_TRAP_ARITHMETIC);
    assert_int_equal(call(slot, "divide", NO_LIMITS, 2, INT32_MIN, -1).trap, CAP_TRAP_ARITHMETIC);
    assert_int_equal(call(slot, "divide", NO_LIMITS, 2, -7, 2).value, (uint32_t)-3);
    assert_int_equal(call(slot, "to_int", NO_LIMITS, 1, 30).value, 1 << 30);
    assert_int_equal(call(slot, "to_int", NO_LIMITS, 1, 31).trap, CAP_TRAP_ARITHMETIC);
    assert_int_equal(call(slot, "wrong_type", NO_LIMITS, 0).trap, CAP_TRAP_CALL);
    assert_int_equal(call(slot, "null_call", NO_LIMITS, 0).trap, CAP_TRAP_CALL);
    assert_int_equal(call(slot, "get_value", NO_LIMITS, 0).trap, CAP_TRAP_NONE); /* and it lives on */
    cap_slot_free(slot);
}

static void memory_ends_where_it_ends(void **state) {
    (void)state;
    cap_slot *slot = make_slot();
    uint32_t end = (uint32_t)cap_slot_memory_bytes(slot);
    assert_int_equal(call(slot, "peek", NO_LIMITS, 1, end - 4).trap, CAP_TRAP_NONE);
    assert_int_equal(call(slot, "peek", NO_LIMITS, 1, end - 3).trap, CAP_TRAP_MEMORY); /* one byte outside */
    assert_int_equal(call(slot, "peek", NO_LIMITS, 1, end).trap, CAP_TRAP_MEMORY);
    assert_int_equal(call(slot, "poke", NO_LIMITS, 2, 0xe0000000, 1).trap, CAP_TRAP_MEMORY);
    assert_int_equal(call(slot, "poke", NO_LIMITS, 2, UINT32_MAX, 1).trap, CAP_TRAP_STACK); /* as below an empty stack */
    assert_int_equal(call(slot, "fill", NO_LIMITS, 2, end - 16, 16).trap, CAP_TRAP_NONE);
    assert_int_equal(call(slot, "fill", NO_LIMITS, 2, end - 16, 17).trap, CAP_TRAP_MEMORY);
    assert_int_equal(call(slot, "fill", NO_LIMITS, 2, 16, -1).trap, CAP_TRAP_MEMORY);
    cap_slot_free(slot);
}

static void growth_stops_at_the_limit(void **state) {
    (void)state;
    cap_slot *slot = make_slot();
    uint32_t pages = guest_image.pages, limit = pages + 3;
    reload(slot, (uint64_t)limit * CAP_WASM_PAGE);
    assert_int_equal(call(slot, "grow", NO_LIMITS, 1, 3).value, pages);
    assert_false(cap_slot_growth_refused(slot));
    assert_int_equal(call(slot, "peek", NO_LIMITS, 1, limit * CAP_WASM_PAGE - 4).value, 0);
    assert_int_equal(call(slot, "grow", NO_LIMITS, 1, 1).value, UINT32_MAX);
    assert_true(cap_slot_growth_refused(slot));
    assert_int_equal(cap_slot_memory_bytes(slot), (uint64_t)limit * CAP_WASM_PAGE);
    /* What was grown is gone, and reads zero when it comes again. */
    assert_int_equal(call(slot, "poke", NO_LIMITS, 2, pages * CAP_WASM_PAGE, 0x77).trap, CAP_TRAP_NONE);
    reload(slot, (uint64_t)limit * CAP_WASM_PAGE);
    assert_int_equal(call(slot, "peek", NO_LIMITS, 1, pages * CAP_WASM_PAGE).trap, CAP_TRAP_MEMORY);
    assert_int_equal(call(slot, "grow", NO_LIMITS, 1, 1).value, pages);
    assert_int_equal(call(slot, "peek", NO_LIMITS, 1, pages * CAP_WASM_PAGE).value, 0);
    cap_slot_free(slot);
}

static void image_above_the_limit_is_refused(void **state) {
    (void)state;
    cap_slot *slot = make_slot();
    capsule_error *error = NULL;
    uint64_t exact = (uint64_t)guest_image.pages * CAP_WASM_PAGE;
    assert_int_equal(cap_slot_load(slot, guest, &guest_image, exact, &error), 0);
    assert_int_equal(cap_slot_load(slot, guest, &guest_image, exact - 1, &error), -1);
    assert_int_equal(capsule_error_code(error), CAPSULE_MEMORY);
    capsule_error_free(error);
    cap_slot_free(slot);
}

/* The table trap of wasm2c: an indirect call must run with the caller's own memory and host, also at the same time. */
typedef struct twin {
    cap_slot *slot;
    notes seen;
    int32_t value;
} twin;

static void run_twin(void *argument) {
    twin *self = argument;
    capsule_error *error = NULL;
    cap_outcome outcome;
    cap_watch_limits limits = NO_LIMITS;
    uint32_t value = (uint32_t)self->value, many[] = {1, 200000};
    cap_watch_begin(watchdog, self->slot, &limits);
    assert_int_equal(cap_slot_call(self->slot, "set_value", &value, 1, &outcome, &error), 0);
    assert_int_equal(cap_slot_call(self->slot, "call_table_many", many, 2, &outcome, &error), 0);
    cap_watch_end(watchdog, self->slot);
    assert_int_equal(outcome.value, value);
}

static void *twin_thread(void *argument) {
    on_guest_thread(run_twin, argument);
    return NULL;
}

static void two_slots_share_nothing(void **state) {
    (void)state;
    twin twins[2] = {{.slot = make_slot(), .value = 1000}, {.slot = make_slot(), .value = 2000}};
    pthread_t handles[2];
    for (int i = 0; i < 2; i++) {
        cap_slot_host(twins[i].slot)->owner = &twins[i].seen;
        pthread_create(&handles[i], NULL, twin_thread, &twins[i]);
    }
    for (int i = 0; i < 2; i++) pthread_join(handles[i], NULL);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(twins[i].seen.last, twins[i].value);
        assert_int_equal(twins[i].seen.count, 200000);
        cap_slot_free(twins[i].slot);
    }
}

static void the_counter_is_exact(void **state) {
    (void)state;
    cap_slot *slot = make_slot();
    uint64_t counts[3];
    for (int i = 0; i < 3; i++) {
        reload(slot, UINT64_C(16) << 20);
        call(slot, "count_to", NO_LIMITS, 1, i == 2 ? 2000 : 1000);
        counts[i] = cap_slot_meter(slot);
    }
    assert_int_equal(counts[0], counts[1]);
    assert_int_equal(counts[2] - counts[0], 1000); /* one for each turn of the loop */
    cap_slot_free(slot);
}

static void an_image_is_the_memory(void **state) {
    (void)state;
    cap_slot *slot = make_slot();
    call(slot, "grow", NO_LIMITS, 1, 2);
    call(slot, "set_value", NO_LIMITS, 1, 77);
    char path[] = "/tmp/capsule-test-image-XXXXXX";
    int fd = mkstemp(path);
    unlink(path);
    cap_image image;
    assert_int_equal(cap_slot_write_image(slot, fd, &image), 0);
    assert_int_equal(image.pages, guest_image.pages + 2);
    image.fd = fd;
    capsule_error *error = NULL;
    assert_int_equal(cap_slot_load(slot, guest, &image, UINT64_C(16) << 20, &error), 0);
    assert_int_equal(call(slot, "get_value", NO_LIMITS, 0).value, 77);
    assert_int_equal(cap_slot_memory_bytes(slot), (uint64_t)image.pages * CAP_WASM_PAGE);
    cap_slot_free(slot);
    close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(computes_and_keeps_state),      cmocka_unit_test(unknown_export_is_an_error),
        cmocka_unit_test(traps_are_told_apart),          cmocka_unit_test(memory_ends_where_it_ends),
        cmocka_unit_test(growth_stops_at_the_limit),     cmocka_unit_test(image_above_the_limit_is_refused),
        cmocka_unit_test(two_slots_share_nothing),       cmocka_unit_test(the_counter_is_exact),
        cmocka_unit_test(an_image_is_the_memory),
    };
    return cmocka_run_group_tests(tests, engine_setup, engine_teardown);
}
