/* poll_oneoff: waiting for clocks and descriptors together. */
#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "wasi/abi.h"
#include "wasi/calls.h"
#include "wasi/clock.h"
#include "wasi/errno_map.h"
#include "wasi/state.h"
#include "wasi/wire.h"

#define NS_PER_S UINT64_C(1000000000)
/* The longest single wait. A wait until a time of day looks at the clock that often, since it may be set meanwhile. */
#define LONGEST_WAIT_NS (UINT64_C(3600) * NS_PER_S)
#define LONGEST_REALTIME_WAIT_NS (UINT64_C(1) * NS_PER_S)

/* One subscription, understood. */
typedef struct poll_waiter {
    uint64_t userdata;
    uint64_t deadline; /* clock: when it is due, in ns of the guest's `clock` */
    uint32_t clock;
    uint32_t fd;
    int watched;       /* index in the polled set, or -1 */
    uint16_t error;    /* the event is this failure */
    uint8_t type;
    bool ready;        /* there is an event without waiting */
} poll_waiter;

typedef struct poll_watch {
    poll_waiter waiters[CAP_WASI_POLL_MAX];
    uint32_t count;
    struct pollfd set[CAP_WASI_POLL_MAX + 1]; /* the first is the stop_fd */
    nfds_t set_count;
} poll_watch;

/* ---- Understanding ---- */

static void fail(poll_waiter *waiter, uint32_t error) {
    waiter->error = (uint16_t)error;
    waiter->ready = true;
}

/* subscription_clock at `at`. Relative waits run on the monotonic clock: setting the time does not change them. Process
 * clocks stand still while we wait, so nobody can wait for them: ENOTSUP. */
static uint32_t parse_clock(cap_wasi *wasi, const uint8_t *at, poll_waiter *waiter) {
    uint32_t id = cap_wire_get32(at);
    uint64_t timeout = cap_wire_get64(at + 8);
    uint16_t flags = cap_wire_get16(at + 24);
    cap_wasi_mark(wasi, CAP_IMPURE_CLOCK);
    if (flags & ~WASI_SUBCLOCK_ABSTIME) return WASI_EINVAL;
    if (id == WASI_CLOCK_PROCESS_CPUTIME || id == WASI_CLOCK_THREAD_CPUTIME) return WASI_ENOTSUP;
    if (id > WASI_CLOCK_THREAD_CPUTIME) return WASI_EINVAL;
    waiter->clock = flags & WASI_SUBCLOCK_ABSTIME ? id : WASI_CLOCK_MONOTONIC;
    waiter->deadline = timeout;
    uint64_t now = 0;
    if (!(flags & WASI_SUBCLOCK_ABSTIME)) cap_clock_guest(wasi, waiter->clock, &now);
    if (__builtin_add_overflow(now, timeout, &waiter->deadline)) waiter->deadline = UINT64_MAX;
    return WASI_OK;
}

static uint32_t watch_descriptor(cap_wasi *wasi, poll_watch *watch, poll_waiter *waiter) {
    bool reading = waiter->type == WASI_EVENT_FD_READ;
    cap_descriptor *descriptor;
    uint64_t rights = WASI_RIGHT_POLL_FD_READWRITE | (reading ? WASI_RIGHT_FD_READ : WASI_RIGHT_FD_WRITE);
    uint32_t error = cap_descriptor_get(wasi, waiter->fd, rights, &descriptor);
    if (error) return error;
    if (descriptor->kind == CAP_DESCRIPTOR_DIRECTORY) return WASI_EBADF;
    if (descriptor->kind == CAP_DESCRIPTOR_INPUT) cap_wasi_mark(wasi, CAP_IMPURE_STDIN);
    bool waits = descriptor->kind == CAP_DESCRIPTOR_SOCKET || (descriptor->kind == CAP_DESCRIPTOR_INPUT && !wasi->config.steady_files);
    if (!waits || descriptor->object.fd < 0) {
        waiter->ready = true;
        return WASI_OK;
    }
    waiter->watched = (int)watch->set_count;
    watch->set[watch->set_count++] = (struct pollfd){.fd = descriptor->object.fd, .events = reading ? POLLIN : POLLOUT};
    return WASI_OK;
}

/* Reads the subscriptions: EINVAL for an unknown type; what is wrong with a single one becomes its event. */
static uint32_t parse(cap_wasi *wasi, const uint8_t *at, uint32_t count, poll_watch *watch) {
    watch->count = count;
    for (uint32_t i = 0; i < count; i++, at += WASI_SIZE_SUBSCRIPTION) {
        poll_waiter *waiter = &watch->waiters[i];
        *waiter = (poll_waiter){.userdata = cap_wire_get64(at), .type = at[8], .watched = -1};
        uint32_t error;
        if (waiter->type == WASI_EVENT_CLOCK) {
            error = parse_clock(wasi, at + 16, waiter);
        } else if (waiter->type == WASI_EVENT_FD_READ || waiter->type == WASI_EVENT_FD_WRITE) {
            waiter->fd = cap_wire_get32(at + 16);
            error = watch_descriptor(wasi, watch, waiter);
        } else {
            return WASI_EINVAL;
        }
        if (error) fail(waiter, error);
    }
    return WASI_OK;
}

/* ---- Waiting ---- */

static bool is_timer(const poll_waiter *waiter) { return waiter->type == WASI_EVENT_CLOCK && !waiter->ready; }

static uint64_t time_left(const cap_wasi *wasi, const poll_waiter *waiter) {
    uint64_t now = 0;
    if (cap_clock_is_frozen(wasi)) return 0;
    cap_clock_guest(wasi, waiter->clock, &now);
    return waiter->deadline > now ? waiter->deadline - now : 0;
}

/* Virtual time goes at once to the first of the timers when nothing else has an event. False: none is due before the end
 * of time, or it passes for real (for sockets alone the host's time decides). */
static bool pass_time(cap_wasi *wasi, const poll_watch *watch) {
    uint64_t least = UINT64_MAX;
    for (uint32_t i = 0; i < watch->count; i++) {
        if (watch->waiters[i].ready) return false;
        if (!is_timer(&watch->waiters[i])) continue;
        uint64_t left = time_left(wasi, &watch->waiters[i]);
        if (left < least) least = left;
    }
    if (!cap_clock_is_virtual(wasi) || least > CAP_WASI_CLOCK_END_NS - cap_wasi_elapsed(wasi)) return false;
    cap_wasi_wait_until(wasi, cap_wasi_elapsed(wasi) + least);
    return true;
}

/* How long nothing can be due, ns: 0 when there is an event already. */
static uint64_t longest_wait(cap_wasi *wasi, const poll_watch *watch) {
    uint64_t wait = LONGEST_WAIT_NS;
    if (pass_time(wasi, watch)) return 0;
    for (uint32_t i = 0; i < watch->count && wait; i++) {
        const poll_waiter *waiter = &watch->waiters[i];
        uint64_t left = waiter->ready ? 0 : is_timer(waiter) ? time_left(wasi, waiter) : wait;
        if (left && is_timer(waiter) && waiter->clock == WASI_CLOCK_REALTIME && left > LONGEST_REALTIME_WAIT_NS)
            left = LONGEST_REALTIME_WAIT_NS;
        if (left < wait) wait = left;
    }
    return wait;
}

/* One look or wait: EINTR when the run is to stop. */
static uint32_t wait_once(const cap_host *host, poll_watch *watch, uint64_t wait_ns) {
    struct timespec timeout = {.tv_sec = (time_t)(wait_ns / NS_PER_S), .tv_nsec = (long)(wait_ns % NS_PER_S)};
    int ready = ppoll(watch->set, watch->set_count, &timeout, NULL);
    if (ready < 0 && errno != EINTR) return cap_wasi_errno(errno);
    if (ready < 0)
        for (nfds_t i = 0; i < watch->set_count; i++) watch->set[i].revents = 0;
    if (watch->set[0].revents || cap_host_stopping(host)) return WASI_EINTR;
    return WASI_OK;
}

/* ---- Answering ---- */

/* Bytes that can be read at once, and whether the other side hung up. */
static void describe_read(cap_wasi *wasi, const poll_watch *watch, const poll_waiter *waiter, cap_event *event) {
    const cap_descriptor *descriptor = cap_descriptor_at(wasi, waiter->fd);
    struct stat status;
    int bytes = 0;
    if (descriptor->kind == CAP_DESCRIPTOR_FILE) {
        bool more = !cap_object_stat(&descriptor->object, &status) && (uint64_t)status.st_size > descriptor->position;
        event->bytes = more ? (uint64_t)status.st_size - descriptor->position : 0;
    } else if (descriptor->object.fd < 0) {
        event->flags = WASI_EVENTRW_HANGUP; /* empty stdin */
    } else if (waiter->watched < 0) {
        event->bytes = 1; /* reading it answers something or waits */
    } else {
        if (ioctl(descriptor->object.fd, FIONREAD, &bytes) == 0 && bytes > 0) event->bytes = (uint64_t)bytes;
        if (watch->set[waiter->watched].revents & (POLLHUP | POLLERR)) event->flags = WASI_EVENTRW_HANGUP;
    }
}

static bool is_due(const cap_wasi *wasi, const poll_watch *watch, const poll_waiter *waiter) {
    if (waiter->ready) return true;
    if (waiter->type == WASI_EVENT_CLOCK) return time_left(wasi, waiter) == 0;
    return watch->set[waiter->watched].revents != 0;
}

/* Writes the events of what is due; answers how many. */
static uint32_t answer(cap_wasi *wasi, const poll_watch *watch, uint8_t *events) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < watch->count; i++) {
        const poll_waiter *waiter = &watch->waiters[i];
        if (!is_due(wasi, watch, waiter)) continue;
        cap_event event = {.userdata = waiter->userdata, .error = waiter->error, .type = waiter->type};
        if (waiter->type == WASI_EVENT_FD_READ && !waiter->error) describe_read(wasi, watch, waiter, &event);
        if (waiter->type == WASI_EVENT_FD_WRITE && waiter->watched >= 0 &&
            watch->set[waiter->watched].revents & (POLLHUP | POLLERR))
            event.flags = WASI_EVENTRW_HANGUP;
        cap_wire_put_event(events + (size_t)count * WASI_SIZE_EVENT, &event);
        count++;
    }
    return count;
}

/* poll_oneoff: waits until one of `count` subscriptions has an event, and writes the events of all that have one.
 * EINVAL for none or more than CAP_WASI_POLL_MAX. */
uint32_t cap_wasi_poll_oneoff(cap_host *host, uint32_t subscriptions, uint32_t events, uint32_t count, uint32_t ret_count) {
    if (count == 0 || count > CAP_WASI_POLL_MAX) return WASI_EINVAL;
    const uint8_t *in = cap_memory_at(host->memory, subscriptions, count, WASI_SIZE_SUBSCRIPTION);
    uint8_t *out = cap_memory_writable(host->memory, events, count, WASI_SIZE_EVENT);
    if (!in || !out || !cap_wire_writable(host, ret_count, 4)) return WASI_EFAULT;
    poll_watch watch;
    watch.set[0] = (struct pollfd){.fd = host->stop_fd, .events = POLLIN};
    watch.set_count = 1;
    uint32_t error = parse(host->wasi, in, count, &watch);
    if (error) return error;
    uint32_t found = 0;
    while (!found) {
        error = wait_once(host, &watch, longest_wait(host->wasi, &watch));
        if (error) return error;
        found = answer(host->wasi, &watch, out);
    }
    cap_wasi_step(host->wasi);
    return cap_wire_store32(host, ret_count, found);
}
