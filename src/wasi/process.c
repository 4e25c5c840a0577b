/* Ending, yielding, randomness. */
#include <errno.h>
#include <sched.h>
#include <sys/random.h>

#include "wasi/abi.h"
#include "wasi/calls.h"
#include "wasi/state.h"
#include "wasi/wire.h"

enum { RANDOM_STEP = 64 * 1024 }; /* bytes between two looks at the stop flag */

/* proc_exit: ends the guest with `code`. Does not return to it. */
uint32_t cap_wasi_proc_exit(cap_host *host, uint32_t code) {
    cap_host_stop(host, CAP_STOP_EXIT, (int32_t)code);
    return WASI_OK;
}

/* proc_raise: there are no signals to send. */
uint32_t cap_wasi_proc_raise(cap_host *host, uint32_t signal) {
    (void)host;
    (void)signal;
    return WASI_ENOTSUP;
}

/* sched_yield */
uint32_t cap_wasi_sched_yield(cap_host *host) {
    (void)host;
    sched_yield();
    return WASI_OK;
}

/* Fills one step. The kernel's generator is the only source: a guest that cannot have it does not run on. */
static uint32_t fill_random(cap_host *host, uint8_t *bytes, size_t length) {
    while (length) {
        ssize_t got = getrandom(bytes, length, 0);
        if (got < 0 && errno == EINTR) {
            if (cap_host_stopping(host)) return WASI_EINTR;
            continue;
        }
        if (got <= 0) {
            cap_host_stop(host, CAP_STOP_FAULT, 0);
            return WASI_EIO;
        }
        bytes += got;
        length -= (size_t)got;
    }
    return WASI_OK;
}

/* random_get: `length` bytes from the kernel's generator. */
uint32_t cap_wasi_random_get(cap_host *host, uint32_t buffer, uint32_t length) {
    cap_wasi_mark(host->wasi, CAP_IMPURE_RANDOM);
    uint8_t *bytes = cap_memory_at(host->memory, buffer, length, 1);
    if (!bytes) return WASI_EFAULT;
    for (uint32_t done = 0; done < length;) {
        uint32_t step = length - done < RANDOM_STEP ? length - done : RANDOM_STEP;
        uint32_t error = fill_random(host, bytes + done, step);
        if (error) return error;
        done += step;
        if (done < length && cap_host_stopping(host)) return WASI_EINTR;
    }
    return WASI_OK;
}
