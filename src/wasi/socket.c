#include "wasi/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wasi/abi.h"
#include "wasi/calls.h"
#include "wasi/errno_map.h"
#include "wasi/wait.h"
#include "wasi/wire.h"

static uint32_t get_socket(cap_wasi *wasi, uint32_t fd, uint64_t rights, cap_descriptor **ret_socket) {
    const cap_descriptor *descriptor = cap_descriptor_at(wasi, fd);
    if (!descriptor) return WASI_EBADF;
    if (descriptor->kind != CAP_DESCRIPTOR_SOCKET) return WASI_ENOTSOCK;
    return cap_descriptor_get(wasi, fd, rights, ret_socket);
}

static bool nonblocking(const cap_descriptor *socket) { return socket->flags & WASI_FDFLAG_NONBLOCK; }

/* One message or piece of a stream, waiting for it. */
static uint32_t receive_once(cap_host *host, const cap_descriptor *socket, const cap_vectors *vectors, int flags,
                             uint32_t *ret_size, int *ret_message_flags) {
    struct iovec window[CAP_IO_WINDOW];
    uint32_t size;
    int count = cap_vectors_target(host, vectors, window, &size);
    if (count < 0) return WASI_EFAULT;
    struct msghdr message = {.msg_iov = window, .msg_iovlen = (size_t)count};
    for (;;) {
        uint32_t error = cap_wait_ready(host, socket->object.fd, POLLIN, nonblocking(socket));
        if (error) return error;
        ssize_t got = recvmsg(socket->object.fd, &message, flags | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (got >= 0) {
            *ret_size = (uint32_t)got;
            *ret_message_flags = message.msg_flags;
            return WASI_OK;
        }
        if (errno != EAGAIN && errno != EINTR) return cap_wasi_errno(errno);
    }
}

uint32_t cap_socket_receive(cap_host *host, const cap_descriptor *socket, cap_vectors *vectors, uint32_t flags,
                            uint32_t *ret_size, uint16_t *ret_flags) {
    int host_flags = flags & WASI_RIFLAG_PEEK ? MSG_PEEK : 0;
    /* Peeking again would see the same bytes, so only real reading can wait for all of them. */
    bool all = (flags & WASI_RIFLAG_WAITALL) && !host_flags && socket->filetype == WASI_FILETYPE_SOCKET_STREAM;
    *ret_size = 0;
    do {
        uint32_t size = 0;
        int message_flags = 0;
        uint32_t error = receive_once(host, socket, vectors, host_flags, &size, &message_flags);
        if (error) return *ret_size ? WASI_OK : error;
        if (ret_flags) *ret_flags = message_flags & MSG_TRUNC ? WASI_ROFLAG_DATA_TRUNCATED : 0;
        *ret_size += size;
        cap_vectors_advance(vectors, size);
        if (size == 0) break;
    } while (all && vectors->left);
    return WASI_OK;
}

uint32_t cap_socket_send(cap_host *host, const cap_descriptor *socket, cap_vectors *vectors, uint32_t *ret_size) {
    struct iovec window[CAP_IO_WINDOW];
    uint32_t size;
    struct msghdr message = {.msg_iov = window, .msg_iovlen = (size_t)cap_vectors_window(vectors, UINT64_MAX, window, &size)};
    *ret_size = 0;
    for (;;) {
        uint32_t error = cap_wait_ready(host, socket->object.fd, POLLOUT, nonblocking(socket));
        if (error) return error;
        ssize_t put = sendmsg(socket->object.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put >= 0) {
            *ret_size = (uint32_t)put;
            return WASI_OK;
        }
        if (errno != EAGAIN && errno != EINTR) return cap_wasi_errno(errno);
    }
}

uint32_t cap_wasi_add_socket(cap_wasi *wasi, int host_fd, uint32_t *ret_fd) {
    int type;
    socklen_t length = sizeof type;
    if (getsockopt(host_fd, SOL_SOCKET, SO_TYPE, &type, &length)) return cap_wasi_errno(errno);
    int flags = fcntl(host_fd, F_GETFL);
    if (flags < 0 || fcntl(host_fd, F_SETFL, flags | O_NONBLOCK)) return cap_wasi_errno(errno);
    cap_descriptor socket = {
        .kind = CAP_DESCRIPTOR_SOCKET,
        .filetype = type == SOCK_DGRAM ? WASI_FILETYPE_SOCKET_DGRAM : WASI_FILETYPE_SOCKET_STREAM,
        .owned = true,
        .object = {.fd = host_fd},
        .rights = CAP_RIGHTS_SOCKET,
        .inheriting = CAP_RIGHTS_SOCKET,
    };
    return cap_descriptor_add(wasi, &socket, ret_fd);
}

static uint32_t accept_one(cap_host *host, const cap_descriptor *listener, int *ret_fd) {
    for (;;) {
        uint32_t error = cap_wait_ready(host, listener->object.fd, POLLIN, nonblocking(listener));
        if (error) return error;
        *ret_fd = accept4(listener->object.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (*ret_fd >= 0) return WASI_OK;
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) return cap_wasi_errno(errno);
    }
}

/* sock_accept: the next connection of a listening socket; `flags` may hold NONBLOCK. */
uint32_t cap_wasi_sock_accept(cap_host *host, uint32_t fd, uint32_t flags, uint32_t ret_fd) {
    cap_descriptor *listener;
    uint32_t error = get_socket(host->wasi, fd, WASI_RIGHT_SOCK_ACCEPT, &listener);
    if (error) return error;
    if (flags & ~(uint32_t)WASI_FDFLAG_NONBLOCK) return WASI_EINVAL;
    if (!cap_wire_writable(host, ret_fd, 4)) return WASI_EFAULT;
    if (!cap_descriptor_room(host->wasi)) return WASI_EMFILE;
    uint64_t inherited = listener->inheriting;
    int connection;
    error = accept_one(host, listener, &connection);
    if (error) return error;
    uint32_t number;
    error = cap_wasi_add_socket(host->wasi, connection, &number);
    if (error) {
        close(connection);
        return error;
    }
    cap_descriptor *added = cap_descriptor_at(host->wasi, number);
    added->flags = (uint16_t)flags;
    added->rights &= inherited;
    return cap_wire_store32(host, ret_fd, number);
}

/* sock_recv: receives into the vectors; PEEK leaves the data, WAITALL fills them. */
uint32_t cap_wasi_sock_recv(cap_host *host, uint32_t fd, uint32_t vectors, uint32_t count, uint32_t flags,
                            uint32_t ret_size, uint32_t ret_flags) {
    cap_descriptor *socket;
    uint32_t error = get_socket(host->wasi, fd, WASI_RIGHT_FD_READ, &socket);
    if (error) return error;
    if (flags & ~(uint32_t)WASI_RIFLAGS_KNOWN) return WASI_EINVAL;
    cap_vectors list;
    error = cap_vectors_load(host, vectors, count, &list);
    if (error) return error;
    if (!cap_wire_writable(host, ret_size, 4) || !cap_wire_writable(host, ret_flags, 2)) return WASI_EFAULT;
    uint32_t size;
    uint16_t message_flags = 0;
    error = cap_socket_receive(host, socket, &list, flags, &size, &message_flags);
    if (error) return error;
    uint8_t encoded[2];
    cap_wire_put16(encoded, message_flags);
    error = cap_wire_store(host, ret_flags, encoded, sizeof encoded);
    return error ? error : cap_wire_store32(host, ret_size, size);
}

/* sock_send: sends from the vectors. There are no flags. */
uint32_t cap_wasi_sock_send(cap_host *host, uint32_t fd, uint32_t vectors, uint32_t count, uint32_t flags,
                            uint32_t ret_size) {
    cap_descriptor *socket;
    uint32_t error = get_socket(host->wasi, fd, WASI_RIGHT_FD_WRITE, &socket);
    if (error) return error;
    if (flags) return WASI_EINVAL;
    cap_vectors list;
    error = cap_vectors_load(host, vectors, count, &list);
    if (error) return error;
    if (!cap_wire_writable(host, ret_size, 4)) return WASI_EFAULT;
    uint32_t size;
    error = cap_socket_send(host, socket, &list, &size);
    return error ? error : cap_wire_store32(host, ret_size, size);
}

/* sock_shutdown: closes one or both directions. */
uint32_t cap_wasi_sock_shutdown(cap_host *host, uint32_t fd, uint32_t how) {
    static const int hows[] = {-1, SHUT_RD, SHUT_WR, SHUT_RDWR};
    cap_descriptor *socket;
    uint32_t error = get_socket(host->wasi, fd, WASI_RIGHT_SOCK_SHUTDOWN, &socket);
    if (error) return error;
    if (how == 0 || how > (WASI_SDFLAG_RD | WASI_SDFLAG_WR)) return WASI_EINVAL;
    return shutdown(socket->object.fd, hows[how]) ? cap_wasi_errno(errno) : WASI_OK;
}
