/* Stopping a guest: deadlines, compute, CPU time, cancellation, stacks, and faults that are not the guest's. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit/engine/support.h"

static void ends_by(cap_slot *slot, const char *name, cap_watch_limits limits, cap_stop reason) {
    reload(slot, UINT64_C(16) << 20);
    cap_outcome outcome = call(slot, name, limits, 0);
    assert_int_equal(outcome.trap, CAP_TRAP_STOPPED);
    assert_int_equal(outcome.stop, reason);
}

static void deadlines_end_everything(void **state) {
    (void)state;
    static const char *const endless[] = {"spin", "copy_forever", "nap_forever", "note_forever", "grow_forever"};
    cap_slot *slot = make_slot();
    for (size_t i = 0; i < sizeof endless / sizeof endless[0]; i++) ends_by(slot, endless[i], within_ms(20), CAP_STOP_TIMEOUT);
    reload(slot, UINT64_C(16) << 20);
    assert_int_equal(call(slot, "get_value", NO_LIMITS, 0).trap, CAP_TRAP_NONE);
    cap_slot_free(slot);
}

static void a_passed_deadline_lets_nothing_run(void **state) {
    (void)state;
    cap_slot *slot = make_slot();
    for (int i = 0; i < 50; i++) ends_by(slot, "spin", (cap_watch_limits){1, UINT64_MAX, UINT64_MAX, 0}, CAP_STOP_TIMEOUT);
    cap_slot_free(slot);
}

static void compute_is_counted(void **state) {
    (void)state;
    cap_slot *slot = make_slot();
    cap_watch_limits limits = {UINT64_MAX, 1000000, UINT64_MAX, 0};
    ends_by(slot, "spin", limits, CAP_STOP_COMPUTE);
    ends_by(slot, "note_forever", limits, CAP_STOP_COMPUTE);
    assert_true(cap_slot_meter(slot) > 1000000);
    cap_slot_free(slot);
}

/* No effect past the limit: the number of host calls made is the same on every run. */
static void host_calls_end_exactly_at_the_limit(void **state) {
    (void)state;
    cap_slot *slot = make_slot();
    uint64_t counts[3];
    for (int i = 0; i < 3; i++) {
        notes seen = {0};
        reload(slot, UINT64_C(16) << 20);
        cap_slot_host(slot)->owner = &seen;
        cap_outcome outcome = call(slot, "note_forever", (cap_watch_limits){UINT64_MAX, 5000, UINT64_MAX, 0}, 0);
        assert_int_equal(outcome.stop, CAP_STOP_COMPUTE);
        counts[i] = seen.count;
    }
    assert_int_equal(counts[0], counts[1]);
    assert_int_equal(counts[1], counts[2]);
    assert_true(counts[0] > 1000 && counts[0] <= 5000);
    cap_slot_free(slot);
}

static void cpu_time_is_limited(void **state) {
    (void)state;
    cap_slot *slot = make_slot();
    ends_by(slot, "spin", (cap_watch_limits){UINT64_MAX, UINT64_MAX, 20000000, 0}, CAP_STOP_CPU);
    cap_slot_free(slot);
}

static void *cancel_soon(void *argument) {
    usleep(20000);
    cap_slot_stop(argument, CAP_STOP_CANCELLED, 0);
    cap_slot_stop(argument, CAP_STOP_TIMEOUT, 0); /* the first reason wins */
    return NULL;
}

static void cancelling_ends_guest_and_host_waits(void **state) {
    (void)state;
    static const char *const endless[] = {"spin", "nap_forever", "copy_forever"};
    cap_slot *slot = make_slot();
    for (size_t i = 0; i < sizeof endless / sizeof endless[0]; i++) {
        pthread_t canceller;
        reload(slot, UINT64_C(16) << 20);
        pthread_create(&canceller, NULL, cancel_soon, slot);
        cap_outcome outcome = call(slot, endless[i], NO_LIMITS, 0);
        pthread_join(canceller, NULL);
        assert_int_equal(outcome.trap, CAP_TRAP_STOPPED);
        assert_int_equal(outcome.stop, CAP_STOP_CANCELLED);
    }
    cap_slot_free(slot);
}

static void native_stack_ends_in_a_trap(void **state) {
    (void)state;
    cap_slot *slot = make_slot();
    assert_int_equal(call(slot, "recurse", NO_LIMITS, 2, 1000, 1).trap, CAP_TRAP_NONE);
    assert_int_equal(call(slot, "recurse", NO_LIMITS, 2, 2000000000, 1).trap, CAP_TRAP_STACK);
    reload(slot, UINT64_C(16) << 20);
    assert_int_equal(call(slot, "recurse_note", NO_LIMITS, 2, 1000, 1).trap, CAP_TRAP_NONE);
    cap_slot_free(slot);
}

/* At some depth there is stack left for the guest but not for the host: that must be a trap too, never a crash. */
static void host_calls_need_stack(void **state) {
    (void)state;
    cap_slot *slot = make_slot();
    uint32_t good = 1000, bad = 50000000;
    while (bad - good > 1) {
        uint32_t middle = good + (bad - good) / 2;
        reload(slot, UINT64_C(16) << 20);
        cap_trap trap = call(slot, "recurse_note", NO_LIMITS, 2, middle, 1).trap;
        assert_true(trap == CAP_TRAP_NONE || trap == CAP_TRAP_STACK);
        *(trap == CAP_TRAP_NONE ? &good : &bad) = middle;
    }
    /* The guest alone gets deeper than with a host call at the end. */
    reload(slot, UINT64_C(16) << 20);
    assert_int_equal(call(slot, "recurse", NO_LIMITS, 2, bad + 100, 1).trap, CAP_TRAP_NONE);
    cap_slot_free(slot);
}

static volatile sig_atomic_t foreign_faults;
static void *volatile foreign_page;

static void on_foreign_fault(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    if (info->si_addr == foreign_page) foreign_faults++;
    mprotect(foreign_page, 4096, PROT_READ | PROT_WRITE);
}

static void touch_foreign_page(void *argument) {
    (void)argument;
    *(volatile char *)foreign_page = 1;
}

/* A process with its own SIGSEGV handler keeps it: faults that are no guest's reach it, on any thread. */
static void other_faults_reach_the_handler_before(void **state) {
    (void)state;
    struct sigaction action = {.sa_sigaction = on_foreign_fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL); /* the library was there already: the newcomer goes behind it */
    cap_slot *slot = make_slot();
    assert_int_equal(call(slot, "peek", NO_LIMITS, 1, 0x7ffffff0).trap, CAP_TRAP_MEMORY);
    foreign_page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    foreign_faults = 0;
    touch_foreign_page(NULL);
    assert_int_equal(foreign_faults, 1);
    mprotect(foreign_page, 4096, PROT_NONE);
    on_guest_thread(touch_foreign_page, NULL);
    assert_int_equal(foreign_faults, 2);
    munmap(foreign_page, 4096);
    cap_slot_free(slot);
}

static void *stop_at_random(void *argument) {
    cap_slot *slot = argument;
    usleep((useconds_t)(random() % 300));
    cap_slot_stop(slot, CAP_STOP_CANCELLED, 0);
    return NULL;
}

/* Deadlines and cancellations at every moment: in the guest, in host calls, in growth, exactly at return, two at once. */
static void thousands_of_random_moments(void **state) {
    (void)state;
    static const char *const names[] = {"spin", "copy_forever", "note_forever", "grow_forever", "nap_forever", "get_value"};
    cap_slot *slot = make_slot();
    srandom(7);
    for (int i = 0; i < 2000; i++) {
        const char *name = names[(size_t)random() % (sizeof names / sizeof names[0])];
        reload(slot, UINT64_C(16) << 20);
        cap_watch_limits limits = {cap_clock_monotonic_ns() + (uint64_t)(random() % 400) * 1000u, UINT64_MAX, UINT64_MAX, 0};
        pthread_t stopper;
        bool cancel = random() % 2;
        if (cancel) pthread_create(&stopper, NULL, stop_at_random, slot);
        cap_outcome outcome = call(slot, name, limits, 0);
        if (cancel) pthread_join(stopper, NULL);
        if (strcmp(name, "get_value") != 0) {
            assert_int_equal(outcome.trap, CAP_TRAP_STOPPED);
            assert_true(outcome.stop == CAP_STOP_TIMEOUT || outcome.stop == CAP_STOP_CANCELLED);
        }
    }
    cap_slot_free(slot);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deadlines_end_everything),         cmocka_unit_test(a_passed_deadline_lets_nothing_run),
        cmocka_unit_test(compute_is_counted),               cmocka_unit_test(host_calls_end_exactly_at_the_limit),
        cmocka_unit_test(cpu_time_is_limited),              cmocka_unit_test(cancelling_ends_guest_and_host_waits),
        cmocka_unit_test(native_stack_ends_in_a_trap),      cmocka_unit_test(host_calls_need_stack),
        cmocka_unit_test(other_faults_reach_the_handler_before), cmocka_unit_test(thousands_of_random_moments),
    };
    return cmocka_run_group_tests(tests, engine_setup, engine_teardown);
}
