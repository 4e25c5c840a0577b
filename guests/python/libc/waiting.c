/* select() as programs know it, over the C library's poll(). The library's own refuses to hear of exceptional conditions,
 * which a sandbox never has, takes a closed descriptor for one that is not ready, and hides one whose other side hung up. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/select.h>

#define NS_PER_MS 1000000

/* Adds the descriptors of a set below `limit`; answers how many there are now. */
static nfds_t gather(const fd_set *set, int limit, short events, struct pollfd *polled, nfds_t count) {
    for (size_t i = 0; set && i < set->__nfds; i++)
        if (set->__fds[i] < limit) polled[count++] = (struct pollfd){.fd = set->__fds[i], .events = events};
    return count;
}

/* Milliseconds to wait, rounded up: who comes back too early only asks again. -1: for ever; -2: no such time. */
static int milliseconds(const struct timespec *timeout) {
    long long whole;
    if (!timeout) return -1;
    if (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec >= 1000 * NS_PER_MS) return -2;
    if (timeout->tv_sec >= INT_MAX / 1000) return INT_MAX;
    whole = timeout->tv_sec * 1000 + (timeout->tv_nsec + NS_PER_MS - 1) / NS_PER_MS;
    return whole > INT_MAX ? INT_MAX : (int)whole;
}

/* Leaves in `set` what of `count` polled descriptors is ready; answers how many. */
static int report(fd_set *set, const struct pollfd *polled, nfds_t count) {
    size_t found = 0;
    for (nfds_t i = 0; i < count; i++)
        if (polled[i].revents) set->__fds[found++] = polled[i].fd;
    if (set) set->__nfds = found;
    return (int)found;
}

int pselect(int limit, fd_set *restrict reads, fd_set *restrict writes, fd_set *restrict exceptions,
            const struct timespec *restrict timeout, const sigset_t *restrict mask) {
    struct pollfd polled[2 * FD_SETSIZE];
    int wait = milliseconds(timeout);
    nfds_t read_count, count;
    (void)mask;
    if (limit < 0 || wait < -1) {
        errno = EINVAL;
        return -1;
    }
    read_count = gather(reads, limit, POLLRDNORM, polled, 0);
    count = gather(writes, limit, POLLWRNORM, polled, read_count);
    if (poll(polled, count, wait) < 0) return -1;
    for (nfds_t i = 0; i < count; i++) {
        if (polled[i].revents & POLLNVAL) {
            errno = EBADF;
            return -1;
        }
    }
    if (exceptions) exceptions->__nfds = 0;
    return report(reads, polled, read_count) + report(writes, polled + read_count, count - read_count);
}
