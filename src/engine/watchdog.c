/* The watchdog: one thread per runtime that ends guests at their wall, compute and CPU limits.
 *
 * It never polls an idle process. For each watched slot it computes when a limit can be reached at the earliest (the
 * counter cannot run faster than COUNTS_PER_NS, CPU time not faster than the clock) and sleeps until the first of these. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/slot.h"

#define COUNTS_PER_NS 64u                   /* four increments of one memory cell, more than any CPU does, by the weight of an
                                               instruction of JavaScript; a call weighs more, and takes longer */
#define LOWER_BY 10                         /* nice levels: about a tenth of the share of an ordinary thread */
#define SHORTEST_SLEEP_NS UINT64_C(500000)  /* so that a run near its limit does not cost a core */
#define FIRST_LOOK_NS UINT64_C(5000000)     /* at counter and CPU time: most runs are over by then. What they did is judged by
                                               the count at their end, however late the look */

struct cap_watchdog {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    cap_slot *watched;
    cap_timer *timers;
    uint64_t next_wake_ns; /* when the thread looks again; UINT64_MAX while it sleeps for good */
    uint64_t lower_after_ns; /* UINT64_MAX: never; set before anything is watched */
    int nice;                /* of ordinary threads */
    bool ending;
};

uint64_t cap_clock_monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t later(uint64_t now, uint64_t delay) { return delay > UINT64_MAX - now ? UINT64_MAX : now + delay; }
static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

static uint64_t cpu_used(const cap_slot *slot) {
    struct timespec used;
    if (clock_gettime(slot->cpu_clock, &used) < 0) return 0;
    uint64_t total = (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
    return total > slot->cpu_start_ns ? total - slot->cpu_start_ns : 0;
}

/* The counter while the guest runs. Under the slot's lock, before any stop: only then is the memory surely readable. */
static uint64_t read_meter(cap_slot *slot, bool *ret_stopped) {
    uint64_t count = 0;
    pthread_mutex_lock(&slot->lock);
    *ret_stopped = __atomic_load_n(&slot->stop, __ATOMIC_SEQ_CST) != CAP_STOP_NONE;
    uint32_t meter = slot->module->code->meter;
    if (!*ret_stopped && meter)
        count = __atomic_load_n((uint64_t *)(void *)(slot->memory.base + meter), __ATOMIC_RELAXED);
    pthread_mutex_unlock(&slot->lock);
    return count;
}

/* A thread that has computed for long lets the others go first. */
static void lower(const cap_watchdog *watchdog, cap_slot *slot) {
    slot->lowered = true;
    setpriority(PRIO_PROCESS, (id_t)slot->tid, watchdog->nice + LOWER_BY); /* goes up to 19 at most */
}

/* On the thread itself, for its next job. Without the privilege to raise a priority the thread is of no more use. */
static void restore(const cap_watchdog *watchdog, cap_slot *slot) {
    slot->lowered = false;
    if (setpriority(PRIO_PROCESS, 0, watchdog->nice) < 0) cap_thread_spent = true;
}

/* Stops the slot when a limit is reached; otherwise says when to look again. */
static uint64_t check(const cap_watchdog *watchdog, cap_slot *slot, uint64_t now) {
    bool stopped;
    uint64_t count = read_meter(slot, &stopped);
    if (stopped) return UINT64_MAX;
    const cap_watch_limits *limits = &slot->limits;
    bool may_lower = !slot->lowered && watchdog->lower_after_ns != UINT64_MAX;
    uint64_t cpu = limits->cpu_ns == UINT64_MAX && !may_lower ? 0 : cpu_used(slot);
    cap_stop reason = now >= limits->deadline_ns ? CAP_STOP_TIMEOUT
                      : count > limits->compute  ? CAP_STOP_COMPUTE
                      : cpu > limits->cpu_ns     ? CAP_STOP_CPU
                                                 : CAP_STOP_NONE;
    if (reason != CAP_STOP_NONE) {
        cap_slot_stop(slot, reason, 0);
        return UINT64_MAX;
    }
    uint64_t next = limits->deadline_ns;
    if (may_lower && cpu >= watchdog->lower_after_ns) lower(watchdog, slot);
    if (may_lower && !slot->lowered) next = least(next, later(now, watchdog->lower_after_ns - cpu));
    if (limits->compute != UINT64_MAX) next = least(next, later(now, (limits->compute - count) / COUNTS_PER_NS));
    if (limits->cpu_ns != UINT64_MAX) next = least(next, later(now, limits->cpu_ns - cpu));
    uint64_t soonest = limits->deadline_ns < now + SHORTEST_SLEEP_NS ? limits->deadline_ns : now + SHORTEST_SLEEP_NS;
    return next < soonest ? soonest : next;
}

/* Calls the timers that are due; answers when the next one is. */
static uint64_t call_timers(cap_watchdog *watchdog, uint64_t now) {
    uint64_t next = UINT64_MAX;
    for (cap_timer **link = &watchdog->timers; *link;) {
        cap_timer *timer = *link;
        if (timer->when_ns > now) {
            next = least(next, timer->when_ns);
            link = &timer->next;
            continue;
        }
        *link = timer->next;
        timer->due(timer);
    }
    return next;
}

static void sleep_until(cap_watchdog *watchdog, uint64_t when) {
    watchdog->next_wake_ns = when;
    if (when == UINT64_MAX) {
        pthread_cond_wait(&watchdog->wake, &watchdog->lock);
    } else {
        struct timespec at = {.tv_sec = (time_t)(when / 1000000000u), .tv_nsec = (long)(when % 1000000000u)};
        pthread_cond_timedwait(&watchdog->wake, &watchdog->lock, &at);
    }
}

static void *run(void *argument) {
    cap_watchdog *watchdog = argument;
    pthread_mutex_lock(&watchdog->lock);
    while (!watchdog->ending) {
        uint64_t now = cap_clock_monotonic_ns(), next = call_timers(watchdog, now);
        for (cap_slot *slot = watchdog->watched; slot; slot = slot->watch_next) {
            if (slot->next_check_ns <= now) slot->next_check_ns = check(watchdog, slot, now);
            next = least(next, slot->next_check_ns);
        }
        sleep_until(watchdog, next);
    }
    pthread_mutex_unlock(&watchdog->lock);
    return NULL;
}

int cap_watchdog_create(cap_watchdog **ret_watchdog, capsule_error **error) {
    cap_watchdog *watchdog = calloc(1, sizeof *watchdog);
    if (!watchdog) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for the watchdog");
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&watchdog->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&watchdog->lock, NULL);
    watchdog->lower_after_ns = UINT64_MAX;
    watchdog->next_wake_ns = 0; /* until the thread runs nobody needs to wake it */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int status = pthread_create(&watchdog->thread, NULL, run, watchdog);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (status) {
        pthread_cond_destroy(&watchdog->wake);
        pthread_mutex_destroy(&watchdog->lock);
        free(watchdog);
        return cap_error_errno(error, CAPSULE_MEMORY, status, "cannot start the watchdog thread");
    }
    *ret_watchdog = watchdog;
    return 0;
}

void cap_watchdog_free(cap_watchdog *watchdog) {
    if (!watchdog) return;
    pthread_mutex_lock(&watchdog->lock);
    watchdog->ending = true;
    pthread_cond_signal(&watchdog->wake);
    pthread_mutex_unlock(&watchdog->lock);
    pthread_join(watchdog->thread, NULL);
    pthread_cond_destroy(&watchdog->wake);
    pthread_mutex_destroy(&watchdog->lock);
    free(watchdog);
}

void cap_watchdog_lower_after(cap_watchdog *watchdog, uint64_t cpu_ns) {
    watchdog->lower_after_ns = cpu_ns;
    watchdog->nice = getpriority(PRIO_PROCESS, 0);
}

void cap_watch_begin(cap_watchdog *watchdog, cap_slot *slot, const cap_watch_limits *limits) {
    slot->limits = *limits;
    slot->instance.compute_limit = limits->compute;
    pthread_getcpuclockid(pthread_self(), &slot->cpu_clock);
    if (watchdog->lower_after_ns != UINT64_MAX) slot->tid = gettid();
    slot->cpu_start_ns = limits->cpu_start_ns;
    if (!slot->cpu_start_ns) slot->cpu_start_ns = cpu_used(slot);
    uint64_t now = cap_clock_monotonic_ns(), first = UINT64_MAX;
    if (limits->compute != UINT64_MAX) first = later(now, limits->compute / COUNTS_PER_NS);
    if (limits->cpu_ns != UINT64_MAX) first = least(first, later(now, limits->cpu_ns));
    first = least(first < now + FIRST_LOOK_NS ? now + FIRST_LOOK_NS : first, limits->deadline_ns);
    if (watchdog->lower_after_ns != UINT64_MAX) first = least(first, later(now, watchdog->lower_after_ns));
    pthread_mutex_lock(&watchdog->lock);
    slot->next_check_ns = first;
    slot->watch_next = watchdog->watched;
    watchdog->watched = slot;
    slot->watched = true;
    if (first < watchdog->next_wake_ns) pthread_cond_signal(&watchdog->wake);
    pthread_mutex_unlock(&watchdog->lock);
}

void cap_timer_start(cap_watchdog *watchdog, cap_timer *timer) {
    pthread_mutex_lock(&watchdog->lock);
    timer->next = watchdog->timers;
    watchdog->timers = timer;
    if (timer->when_ns < watchdog->next_wake_ns) pthread_cond_signal(&watchdog->wake);
    pthread_mutex_unlock(&watchdog->lock);
}

bool cap_timer_stop(cap_watchdog *watchdog, cap_timer *timer) {
    pthread_mutex_lock(&watchdog->lock);
    cap_timer **link = &watchdog->timers;
    while (*link && *link != timer) link = &(*link)->next;
    bool called = !*link;
    if (!called) *link = timer->next;
    pthread_mutex_unlock(&watchdog->lock);
    return called;
}

void cap_watch_end(cap_watchdog *watchdog, cap_slot *slot) {
    pthread_mutex_lock(&watchdog->lock);
    for (cap_slot **link = &watchdog->watched; *link; link = &(*link)->watch_next) {
        if (*link != slot) continue;
        *link = slot->watch_next;
        break;
    }
    slot->watched = false;
    pthread_mutex_unlock(&watchdog->lock);
    if (slot->lowered) restore(watchdog, slot);
    /* Whoever stops the slot right now is done when this lock is free. */
    pthread_mutex_lock(&slot->lock);
    pthread_mutex_unlock(&slot->lock);
}
