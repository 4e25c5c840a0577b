/* Arguments, environment, clocks, randomness, exit. */
#include "support.h"

#include <string.h>
#include <time.h>

#include "wasi/wire.h"

static void arguments_and_environment(void **state) {
    fixture *f = *state;
    static const char *const argv[] = {"program", "", "two words", NULL};
    static const char *const envp[] = {"A=1", "B=", NULL};
    start(f, &(cap_wasi_config){.argv = argv, .envp = envp});
    uint32_t ret = guest_room(f, 8), slots = guest_room(f, 16), buffer = guest_room(f, 64);
    assert_int_equal(cap_wasi_args_sizes_get(&f->host, ret, ret + 4), WASI_OK);
    assert_int_equal(cap_wire_get32(at(f, ret)), 3);
    assert_int_equal(cap_wire_get32(at(f, ret + 4)), 19);
    assert_int_equal(cap_wasi_args_get(&f->host, slots, buffer), WASI_OK);
    assert_memory_equal(at(f, buffer), "program\0\0two words", 19);
    assert_int_equal(cap_wire_get32(at(f, slots)), buffer);
    assert_int_equal(cap_wire_get32(at(f, slots + 4)), buffer + 8);
    assert_int_equal(cap_wire_get32(at(f, slots + 8)), buffer + 9);
    assert_int_equal(cap_wasi_impurity(f->wasi), CAP_IMPURE_ARGUMENTS);
    assert_int_equal(cap_wasi_environ_sizes_get(&f->host, ret, ret + 4), WASI_OK);
    assert_int_equal(cap_wire_get32(at(f, ret)), 2);
    assert_int_equal(cap_wire_get32(at(f, ret + 4)), 7);
    assert_int_equal(cap_wasi_environ_get(&f->host, slots, buffer), WASI_OK);
    assert_memory_equal(at(f, buffer), "A=1\0B=", 7);
    assert_int_equal(cap_wasi_impurity(f->wasi), CAP_IMPURE_ARGUMENTS | CAP_IMPURE_ENVIRONMENT);
}

static void strings_end_where_memory_ends(void **state) {
    fixture *f = *state;
    static const char *const argv[] = {"1234567", NULL};
    start(f, &(cap_wasi_config){.argv = argv});
    assert_int_equal(cap_wasi_args_get(&f->host, 16, MEMORY_SIZE - 8), WASI_OK);
    assert_int_equal(cap_wasi_args_get(&f->host, 16, MEMORY_SIZE - 7), WASI_EFAULT);
    assert_int_equal(cap_wasi_args_get(&f->host, MEMORY_SIZE - 4, 16), WASI_OK);
    assert_int_equal(cap_wasi_args_get(&f->host, MEMORY_SIZE - 3, 16), WASI_EFAULT);
    assert_int_equal(cap_wasi_args_sizes_get(&f->host, MEMORY_SIZE - 4, MEMORY_SIZE), WASI_EFAULT);
    assert_int_equal(cap_wasi_environ_get(&f->host, MEMORY_SIZE, MEMORY_SIZE), WASI_OK); /* there is none */
    assert_int_equal(cap_wasi_environ_get(&f->host, MEMORY_SIZE + 1, MEMORY_SIZE), WASI_EFAULT);
}

static uint64_t clock_of(fixture *f, uint32_t clock) {
    uint32_t ret = guest_room(f, 8);
    assert_int_equal(cap_wasi_clock_time_get(&f->host, clock, 1000, ret), WASI_OK);
    return cap_wire_get64(at(f, ret));
}

static void clocks_continue_where_the_image_stopped(void **state) {
    fixture *f = *state;
    const uint64_t monotonic = UINT64_C(5000000000000), cpu = UINT64_C(70000000000), second = UINT64_C(1000000000);
    start(f, &(cap_wasi_config){.monotonic_start_ns = monotonic, .cpu_start_ns = cpu});
    uint64_t first = clock_of(f, WASI_CLOCK_MONOTONIC);
    assert_in_range(first, monotonic, monotonic + 10 * second);
    assert_true(clock_of(f, WASI_CLOCK_MONOTONIC) >= first);
    assert_in_range(clock_of(f, WASI_CLOCK_PROCESS_CPUTIME), cpu, cpu + 10 * second);
    assert_in_range(clock_of(f, WASI_CLOCK_THREAD_CPUTIME), cpu, cpu + 10 * second);
    assert_in_range(clock_of(f, WASI_CLOCK_REALTIME) / second, (uint64_t)time(NULL) - 2, (uint64_t)time(NULL) + 2);
    assert_true(cap_wasi_monotonic_now(f->wasi) >= first);
    assert_int_equal(cap_wasi_impurity(f->wasi), CAP_IMPURE_CLOCK);
}

static void clock_arguments(void **state) {
    fixture *f = *state;
    uint32_t ret = guest_room(f, 8);
    for (uint32_t clock = 0; clock < 4; clock++) {
        assert_int_equal(cap_wasi_clock_res_get(&f->host, clock, ret), WASI_OK);
        assert_in_range(cap_wire_get64(at(f, ret)), 1, 1000000000);
    }
    assert_int_equal(cap_wasi_clock_res_get(&f->host, 4, ret), WASI_EINVAL);
    assert_int_equal(cap_wasi_clock_time_get(&f->host, 4, 0, ret), WASI_EINVAL);
    assert_int_equal(cap_wasi_clock_time_get(&f->host, UINT32_MAX, 0, ret), WASI_EINVAL);
    assert_int_equal(cap_wasi_impurity(f->wasi), 0);
    assert_int_equal(cap_wasi_clock_time_get(&f->host, 0, 0, MEMORY_SIZE - 8), WASI_OK);
    assert_int_equal(cap_wasi_clock_time_get(&f->host, 0, 0, MEMORY_SIZE - 7), WASI_EFAULT);
    assert_int_equal(cap_wasi_clock_res_get(&f->host, 0, MEMORY_SIZE - 7), WASI_EFAULT);
}

static void randomness(void **state) {
    fixture *f = *state;
    uint32_t a = guest_room(f, 32), b = guest_room(f, 32);
    assert_int_equal(cap_wasi_random_get(&f->host, a, 32), WASI_OK);
    assert_int_equal(cap_wasi_random_get(&f->host, b, 32), WASI_OK);
    assert_memory_not_equal(at(f, a), at(f, b), 32);
    assert_int_equal(cap_wasi_impurity(f->wasi), CAP_IMPURE_RANDOM);
    assert_int_equal(cap_wasi_random_get(&f->host, MEMORY_SIZE, 0), WASI_OK);
    assert_int_equal(cap_wasi_random_get(&f->host, MEMORY_SIZE - 1, 2), WASI_EFAULT);
    assert_int_equal(cap_wasi_random_get(&f->host, 0, UINT32_MAX), WASI_EFAULT);
    assert_int_equal(cap_wasi_random_get(&f->host, 0, MEMORY_SIZE), WASI_OK); /* several steps */
}

static void frozen_clocks_stand_still(void **state) {
    fixture *f = *state;
    const uint64_t then = UINT64_C(1234567890123456789);
    start(f, &(cap_wasi_config){.clock_mode = CAP_WASI_CLOCK_FROZEN, .realtime_start_ns = then, .cpu_start_ns = 17, .monotonic_start_ns = 18});
    for (int i = 0; i < 2; i++) {
        assert_int_equal(clock_of(f, WASI_CLOCK_REALTIME), then);
        assert_int_equal(clock_of(f, WASI_CLOCK_MONOTONIC), 18);
        assert_int_equal(clock_of(f, WASI_CLOCK_PROCESS_CPUTIME), 17);
    }
}

static void long_work_ends_with_the_run(void **state) {
    fixture *f = *state;
    cap_host_stop(&f->host, CAP_STOP_TIMEOUT, 0);
    assert_int_equal(cap_wasi_random_get(&f->host, 0, MEMORY_SIZE), WASI_EINTR);
}

static void exit_keeps_its_code(void **state) {
    fixture *f = *state;
    cap_wasi_proc_exit(&f->host, 0xfffffffe);
    assert_int_equal(f->stop, CAP_STOP_EXIT);
    assert_int_equal(f->stop_value, -2);
}

static void signals_and_yielding(void **state) {
    fixture *f = *state;
    assert_int_equal(cap_wasi_proc_raise(&f->host, 6), WASI_ENOTSUP);
    assert_int_equal(cap_wasi_sched_yield(&f->host), WASI_OK);
    assert_int_equal(f->stop, CAP_STOP_NONE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(arguments_and_environment, setup, teardown),
        cmocka_unit_test_setup_teardown(strings_end_where_memory_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(clocks_continue_where_the_image_stopped, setup, teardown),
        cmocka_unit_test_setup_teardown(clock_arguments, setup, teardown),
        cmocka_unit_test_setup_teardown(randomness, setup, teardown),
        cmocka_unit_test_setup_teardown(frozen_clocks_stand_still, setup, teardown),
        cmocka_unit_test_setup_teardown(long_work_ends_with_the_run, setup, teardown),
        cmocka_unit_test_setup_teardown(exit_keeps_its_code, setup, teardown),
        cmocka_unit_test_setup_teardown(signals_and_yielding, setup, teardown),
    };
    return cmocka_run_group_tests_name("wasi.process", tests, NULL, NULL);
}
