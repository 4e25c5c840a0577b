/* Runs that compute for long go on with a lower priority, and leave no slow thread behind. */
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "unit/engine/support.h"

#define LOWERED_AFTER_NS UINT64_C(1000000)
#define LONG_NS UINT64_C(100000000)

typedef struct looked_at {
    cap_slot *slot;
    uint64_t cpu_ns;  /* how long the guest computes */
    bool unprivileged;
    int thread, before, during, after;
} looked_at;

/* The thread may lower its priority, and never raise it again. */
static void give_up_privilege(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_NICE, &none);
    syscall(SYS_capset, &header, data);
}

static void compute(void *argument) {
    looked_at *self = argument;
    capsule_error *error = NULL;
    cap_outcome outcome;
    const cap_watch_limits limits = {UINT64_MAX, UINT64_MAX, self->cpu_ns, 0};
    if (self->unprivileged) give_up_privilege();
    self->thread = gettid();
    self->before = getpriority(PRIO_PROCESS, 0);
    cap_watch_begin(watchdog, self->slot, &limits);
    cap_slot_call(self->slot, "spin", NULL, 0, &outcome, &error);
    self->during = getpriority(PRIO_PROCESS, 0);
    cap_watch_end(watchdog, self->slot);
    self->after = getpriority(PRIO_PROCESS, 0);
}

static looked_at look(uint64_t cpu_ns, bool unprivileged) {
    looked_at self = {.slot = make_slot(), .cpu_ns = cpu_ns, .unprivileged = unprivileged};
    on_guest_thread(compute, &self);
    cap_slot_free(self.slot);
    return self;
}

static void nothing_is_lowered_unless_asked_for(void **state) {
    (void)state;
    looked_at seen = look(LONG_NS, false);
    assert_int_equal(seen.during, seen.before);
}

static void long_runs_are_lowered_while_they_last(void **state) {
    (void)state;
    int ordinary = getpriority(PRIO_PROCESS, 0);
    cap_watchdog_lower_after(watchdog, LOWERED_AFTER_NS);
    for (int i = 0; i < 3; i++) {
        looked_at seen = look(LONG_NS, false);
        assert_int_equal(seen.before, ordinary);
        assert_int_equal(seen.during, ordinary + 10 < 19 ? ordinary + 10 : 19);
    }
}

static void a_thread_that_stays_slow_serves_nobody_else(void **state) {
    (void)state;
    int ordinary = getpriority(PRIO_PROCESS, 0);
    cap_watchdog_lower_after(watchdog, LOWERED_AFTER_NS);
    looked_at slow = look(LONG_NS, true);
    assert_int_not_equal(slow.after, ordinary);
    for (int i = 0; i < 3; i++) assert_int_equal(look(LONG_NS, false).before, ordinary);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lowered_unless_asked_for),
        cmocka_unit_test(long_runs_are_lowered_while_they_last),
        cmocka_unit_test(a_thread_that_stays_slow_serves_nobody_else),
    };
    return cmocka_run_group_tests(tests, engine_setup, engine_teardown);
}
