#include "wasi/clock.h"

#include "wasi/abi.h"
#include "wasi/calls.h"
#include "wasi/wire.h"

enum { NS_PER_S = 1000000000 };

static uint64_t to_ns(const struct timespec *time) {
    return time->tv_sec < 0 ? 0 : (uint64_t)time->tv_sec * NS_PER_S + (uint64_t)time->tv_nsec;
}

uint64_t cap_clock_read(clockid_t clock) {
    struct timespec now;
    return clock_gettime(clock, &now) == 0 ? to_ns(&now) : 0;
}

/* `start` plus what passed on `clock` since `base`. A run that moves to another thread sees its process clock stand
 * still rather than go back. */
static uint64_t elapsed(clockid_t clock, uint64_t base, uint64_t start) {
    uint64_t now = cap_clock_read(clock);
    return start + (now > base ? now - base : 0);
}

uint64_t cap_wasi_monotonic_now(const cap_wasi *wasi) {
    if (cap_clock_is_frozen(wasi)) return wasi->config.monotonic_start_ns;
    if (cap_clock_is_virtual(wasi)) return wasi->config.monotonic_start_ns + wasi->elapsed_ns;
    return elapsed(CLOCK_MONOTONIC, wasi->monotonic_base_ns, wasi->config.monotonic_start_ns);
}

uint64_t cap_wasi_cpu_now(const cap_wasi *wasi) {
    if (cap_clock_is_frozen(wasi)) return wasi->config.cpu_start_ns;
    if (cap_clock_is_virtual(wasi)) return wasi->config.cpu_start_ns + wasi->elapsed_ns - wasi->waited_ns;
    return elapsed(CLOCK_THREAD_CPUTIME_ID, wasi->cpu_base_ns, wasi->config.cpu_start_ns);
}

static uint64_t realtime_now(const cap_wasi *wasi) {
    if (wasi->config.clock_mode == CAP_WASI_CLOCK_REAL) return cap_clock_read(CLOCK_REALTIME);
    return wasi->config.realtime_start_ns + wasi->elapsed_ns; /* frozen: nothing elapses */
}

uint64_t cap_wasi_elapsed(const cap_wasi *wasi) { return wasi->elapsed_ns; }

void cap_wasi_wait_until(cap_wasi *wasi, uint64_t elapsed_ns) {
    if (!cap_clock_is_virtual(wasi) || elapsed_ns <= wasi->elapsed_ns) return;
    if (elapsed_ns > CAP_WASI_CLOCK_END_NS) elapsed_ns = CAP_WASI_CLOCK_END_NS;
    wasi->waited_ns += elapsed_ns - wasi->elapsed_ns;
    wasi->elapsed_ns = elapsed_ns;
}

void cap_wasi_step(cap_wasi *wasi) {
    if (cap_clock_is_virtual(wasi) && wasi->elapsed_ns <= CAP_WASI_CLOCK_END_NS - CAP_WASI_CLOCK_STEP_NS)
        wasi->elapsed_ns += CAP_WASI_CLOCK_STEP_NS;
}

uint32_t cap_clock_guest(const cap_wasi *wasi, uint32_t id, uint64_t *ret_ns) {
    switch (id) {
    case WASI_CLOCK_REALTIME: *ret_ns = realtime_now(wasi); return WASI_OK;
    case WASI_CLOCK_MONOTONIC: *ret_ns = cap_wasi_monotonic_now(wasi); return WASI_OK;
    case WASI_CLOCK_PROCESS_CPUTIME:
    case WASI_CLOCK_THREAD_CPUTIME: *ret_ns = cap_wasi_cpu_now(wasi); return WASI_OK;
    default: return WASI_EINVAL;
    }
}

/* clock_res_get: resolution of a clock in ns; EINVAL for an unknown clock. */
uint32_t cap_wasi_clock_res_get(cap_host *host, uint32_t clock, uint32_t ret_resolution) {
    static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_THREAD_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID};
    struct timespec resolution;
    if (clock >= sizeof clocks / sizeof clocks[0]) return WASI_EINVAL;
    if (cap_clock_is_virtual(host->wasi)) return cap_wire_store64(host, ret_resolution, CAP_WASI_CLOCK_STEP_NS);
    if (clock_getres(clocks[clock], &resolution)) return WASI_ENOTSUP;
    uint64_t ns = to_ns(&resolution);
    return cap_wire_store64(host, ret_resolution, ns ? ns : 1);
}

/* clock_time_get: value of a clock in ns. The precision asked for is ignored: every answer is exact. */
uint32_t cap_wasi_clock_time_get(cap_host *host, uint32_t clock, uint64_t precision, uint32_t ret_time) {
    (void)precision;
    uint64_t ns;
    uint32_t error = cap_clock_guest(host->wasi, clock, &ns);
    if (error) return error;
    cap_wasi_mark(host->wasi, CAP_IMPURE_CLOCK);
    cap_wasi_step(host->wasi);
    return cap_wire_store64(host, ret_time, ns);
}
