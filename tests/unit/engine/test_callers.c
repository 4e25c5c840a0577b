/* Jobs on the thread of the caller, on a stack of ours. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "engine/slot.h"
#include "unit/engine/support.h"

typedef struct visit {
    pthread_t thread;
    uintptr_t local;    /* an address of the stack it ran on */
    uintptr_t outside;  /* and of the one of a callback */
    cap_slot *slot;
    const char *export;
    cap_watch_limits limits;
    cap_outcome outcome;
    int status;
} visit;

static void look_outside(void *argument) {
    ((visit *)argument)->outside = (uintptr_t)__builtin_frame_address(0);
}

static void look(void *argument) {
    visit *self = argument;
    self->thread = pthread_self();
    self->local = (uintptr_t)__builtin_frame_address(0);
    cap_stack_call_outside(look_outside, self);
}

static void run_guest(void *argument) {
    visit *self = argument;
    uint32_t arguments[] = {2000000000, 1};
    unsigned count = strcmp(self->export, "recurse") == 0 ? 2 : 0;
    look(self);
    cap_watch_begin(watchdog, self->slot, &self->limits);
    self->status = cap_slot_call(self->slot, self->export, arguments, count, &self->outcome, NULL);
    cap_watch_end(watchdog, self->slot);
}

static bool in_own_stack(uintptr_t address) {
    pthread_attr_t attributes;
    void *bottom;
    size_t size;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &bottom, &size);
    pthread_attr_destroy(&attributes);
    return address >= (uintptr_t)bottom && address < (uintptr_t)bottom + size;
}

#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
#define HERE 1
#else
#define HERE 0
#endif

static void it_is_this_thread(void **state) {
    (void)state;
    visit self = {0};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(cap_threads_call(threads, look, &self, NULL), 0);
        assert_int_equal(pthread_equal(self.thread, pthread_self()) != 0, HERE);
        assert_false(in_own_stack(self.local));
        assert_int_equal(in_own_stack(self.outside), HERE); /* callbacks find the stack they know */
        assert_null(cap_stack_current.top);
    }
}

static void guests_end_as_elsewhere(void **state) {
    (void)state;
    visit self = {.slot = make_slot()};
    static const struct {
        const char *export;
        uint64_t ms;
        cap_trap trap;
    } ends[] = {{"get_value", 0, CAP_TRAP_NONE},       {"unreachable", 0, CAP_TRAP_UNREACHABLE}, {"recurse", 0, CAP_TRAP_STACK},
                {"spin", 5, CAP_TRAP_STOPPED},         {"nap_forever", 5, CAP_TRAP_STOPPED},     {"copy_forever", 5, CAP_TRAP_STOPPED},
                {"grow_forever", 5, CAP_TRAP_STOPPED}, {"get_value", 0, CAP_TRAP_NONE}};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        reload(self.slot, UINT64_C(16) << 20);
        self.export = ends[i].export;
        self.limits = ends[i].ms ? within_ms(ends[i].ms) : NO_LIMITS;
        assert_int_equal(cap_threads_call(threads, run_guest, &self, NULL), 0);
        assert_int_equal(self.status, 0);
        assert_int_equal(self.outcome.trap, ends[i].trap);
        assert_int_equal(pthread_equal(self.thread, pthread_self()) != 0, HERE);
    }
    cap_slot_free(self.slot);
}

static void the_signal_stack_is_given_back(void **state) {
    (void)state;
    visit self = {0};
    static char memory[65536];
    stack_t mine = {.ss_sp = memory, .ss_size = sizeof memory}, before, after;
    sigaltstack(&mine, &before);
    assert_int_equal(cap_threads_call(threads, look, &self, NULL), 0);
    sigaltstack(NULL, &after);
    assert_ptr_equal(after.ss_sp, memory);
    assert_int_equal(after.ss_size, sizeof memory);
    sigaltstack(&before, NULL);
    assert_int_equal(cap_threads_call(threads, look, &self, NULL), 0);
    sigaltstack(NULL, &after);
    assert_int_equal(after.ss_flags & SS_DISABLE, before.ss_flags & SS_DISABLE);
}

/* A thread that blocks SIGSEGV would die of a guest's fault: the job runs elsewhere. */
static void a_thread_that_blocks_faults_is_spared(void **state) {
    (void)state;
    visit self = {0};
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, SIGSEGV);
    pthread_sigmask(SIG_BLOCK, &set, &before);
    assert_int_equal(cap_threads_call(threads, look, &self, NULL), 0);
    assert_false(pthread_equal(self.thread, pthread_self()));
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* A job that starts another one (a callback that runs a program). */
static void nest(void *argument) {
    assert_int_equal(cap_threads_call(threads, look, argument, NULL), 0);
}

static void a_job_within_a_job_runs_elsewhere(void **state) {
    (void)state;
    visit self = {0};
    assert_int_equal(cap_threads_call(threads, nest, &self, NULL), 0);
    assert_false(pthread_equal(self.thread, pthread_self()));
}

static void *visit_many(void *argument) {
    visit self = {0};
    for (int i = 0; i < 200; i++)
        if (cap_threads_call(threads, look, &self, NULL) < 0) return argument;
    return NULL;
}

static void many_threads_at_once(void **state) {
    (void)state;
    pthread_t all[80]; /* more than stacks are kept */
    for (size_t i = 0; i < 80; i++) assert_int_equal(pthread_create(&all[i], NULL, visit_many, &all), 0);
    for (size_t i = 0; i < 80; i++) {
        void *failed;
        pthread_join(all[i], &failed);
        assert_null(failed);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_this_thread),
        cmocka_unit_test(guests_end_as_elsewhere),
        cmocka_unit_test(the_signal_stack_is_given_back),
        cmocka_unit_test(a_thread_that_blocks_faults_is_spared),
        cmocka_unit_test(a_job_within_a_job_runs_elsewhere),
        cmocka_unit_test(many_threads_at_once),
    };
    return cmocka_run_group_tests(tests, engine_setup, engine_teardown);
}
