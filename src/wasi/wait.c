#include "wasi/wait.h"

#include <errno.h>
#include <poll.h>

#include "wasi/abi.h"
#include "wasi/errno_map.h"

uint32_t cap_wait_ready(const cap_host *host, int fd, short events, int nonblock) {
    struct pollfd watched[2] = {{.fd = fd, .events = events}, {.fd = host->stop_fd, .events = POLLIN}};
    for (;;) {
        int ready = poll(watched, 2, nonblock ? 0 : -1);
        if (cap_host_stopping(host) || (ready > 0 && watched[1].revents)) return WASI_EINTR;
        if (ready > 0) return WASI_OK;
        if (ready == 0) return WASI_EAGAIN;
        if (errno != EINTR) return cap_wasi_errno(errno);
    }
}
