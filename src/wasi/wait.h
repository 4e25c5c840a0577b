/* Waiting in the host. Every wait watches the run's stop_fd too, so that a deadline ends it. */
#ifndef CAP_WASI_WAIT_H
#define CAP_WASI_WAIT_H

#include <stdint.h>

#include "engine/host.h"

/* Waits until `fd` shows one of `events` (POLLIN, POLLOUT; errors count): 0. EAGAIN when it does not and `nonblock`;
 * EINTR when the run is to stop. */
uint32_t cap_wait_ready(const cap_host *host, int fd, short events, int nonblock);

#endif
