/* Ending, yielding. */
#include <sched.h>

#include "wasi/abi.h"
#include "wasi/calls.h"

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
