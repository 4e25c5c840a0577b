/* Reading and writing descriptors. Bytes move straight between guest memory and the kernel, in steps. */
#include <errno.h>
#include <poll.h>
#include <sys/uio.h>

#include "wasi/abi.h"
#include "wasi/calls.h"
#include "wasi/errno_map.h"
#include "wasi/quota.h"
#include "wasi/socket.h"
#include "wasi/vectors.h"
#include "wasi/wait.h"
#include "wasi/wire.h"

/* Reads at `offset` until the vectors are full, the file ends or the run is to stop. */
static uint32_t read_file(cap_host *host, const cap_object *file, cap_vectors *vectors, uint64_t offset, uint32_t *ret_size) {
    *ret_size = 0;
    if (offset > INT64_MAX || vectors->left > INT64_MAX - offset) return WASI_EINVAL;
    struct iovec window[CAP_IO_WINDOW];
    uint32_t size;
    int count;
    while ((count = cap_vectors_target(host, vectors, window, &size)) > 0) {
        size_t got;
        uint32_t error = cap_object_read(file, window, count, offset + *ret_size, &got);
        if (error == WASI_EINTR && !cap_host_stopping(host)) continue;
        if (error) return *ret_size ? WASI_OK : error;
        *ret_size += (uint32_t)got;
        cap_vectors_advance(vectors, (uint32_t)got);
        if ((uint32_t)got < size || cap_host_stopping(host)) break;
    }
    return count < 0 ? WASI_EFAULT : WASI_OK;
}

static uint64_t larger(uint64_t a, uint64_t b) { return a > b ? a : b; }

/* Writes one window where it belongs, within the quota. *ret_end: where the file position ends up. */
static uint32_t write_step(cap_wasi *wasi, const cap_descriptor *file, cap_vectors *vectors, uint64_t offset,
                           uint32_t *ret_written, bool *ret_more, uint64_t *ret_end) {
    struct stat status;
    uint32_t error = cap_object_stat(&file->object, &status);
    if (error) return error;
    uint64_t before = (uint64_t)status.st_size, most = cap_quota_file_size(wasi, file->mount);
    bool append = file->flags & WASI_FDFLAG_APPEND;
    uint64_t at = append ? before : offset;
    uint64_t wanted = vectors->left < CAP_IO_STEP ? vectors->left : CAP_IO_STEP;
    if (at >= most) return WASI_EFBIG;
    if (wanted > most - at) wanted = most - at;
    uint64_t fits = cap_quota_fit(wasi, file->mount, before, at, wanted);
    if (fits == 0) return WASI_EDQUOT;
    struct iovec window[CAP_IO_WINDOW];
    uint32_t size;
    int count = cap_vectors_window(vectors, fits, window, &size);
    size_t put;
    do {
        error = cap_object_write(&file->object, window, count, at, &put);
    } while (error == WASI_EINTR);
    cap_quota_resize(wasi, file->mount, larger(before, at + fits), larger(before, at + put));
    if (error) return error;
    *ret_written = (uint32_t)put;
    *ret_end = at + put;
    *ret_more = put == size;
    cap_steady_written(wasi, file->mount, &file->object);
    cap_vectors_advance(vectors, (uint32_t)put);
    return WASI_OK;
}

/* Writes until the vectors are empty, the quota or the disk is full, or the run is to stop. */
static uint32_t write_file(cap_host *host, const cap_descriptor *file, cap_vectors *vectors, uint64_t offset,
                           uint32_t *ret_size, uint64_t *ret_end) {
    *ret_size = 0;
    *ret_end = offset;
    bool more = true;
    while (vectors->left && more) {
        uint32_t written = 0;
        uint32_t error = write_step(host->wasi, file, vectors, offset + *ret_size, &written, &more, ret_end);
        if (error) return *ret_size ? WASI_OK : error;
        *ret_size += written;
        if (cap_host_stopping(host)) break;
    }
    return WASI_OK;
}

/* One read of stdin into the window: 0 and *ret_got. */
static uint32_t read_input_once(const cap_host *host, const cap_descriptor *input, const struct iovec *window, int count,
                                bool nonblock, uint32_t *ret_got) {
    for (;;) {
        uint32_t error = cap_wait_ready(host, input->object.fd, POLLIN, nonblock);
        if (error) return error;
        ssize_t got = readv(input->object.fd, window, count);
        if (got >= 0) {
            *ret_got = (uint32_t)got;
            return WASI_OK;
        }
        if (errno != EINTR && errno != EAGAIN) return cap_wasi_errno(errno);
    }
}

/* stdin: whatever one read gives. With steady_files all that fits, because how a pipe cuts its bytes is a matter of time. */
static uint32_t read_input(cap_host *host, const cap_descriptor *input, cap_vectors *vectors, uint32_t *ret_size) {
    cap_wasi_mark(host->wasi, CAP_IMPURE_STDIN);
    *ret_size = 0;
    if (input->object.fd < 0) return WASI_OK;
    bool steady = host->wasi->config.steady_files;
    bool nonblock = !steady && input->flags & WASI_FDFLAG_NONBLOCK;
    struct iovec window[CAP_IO_WINDOW];
    uint32_t size, got = 0;
    int count;
    while ((count = cap_vectors_target(host, vectors, window, &size)) > 0) {
        uint32_t error = read_input_once(host, input, window, count, nonblock, &got);
        if (error) return *ret_size && error != WASI_EINTR ? WASI_OK : error;
        *ret_size += got;
        cap_vectors_advance(vectors, got);
        if (got == 0 || !steady) break;
    }
    return count < 0 ? WASI_EFAULT : WASI_OK;
}

/* Gives `length` bytes to the owner, as far as the limit allows. */
static uint32_t deliver(cap_host *host, uint8_t stream, const void *bytes, uint64_t length) {
    cap_wasi *wasi = host->wasi;
    uint64_t room = wasi->config.output_limit - wasi->output_delivered;
    uint64_t head = length < room ? length : room;
    wasi->output_bytes += length;
    wasi->output_delivered += head;
    if (head && wasi->config.output && wasi->config.output(wasi->config.output_context, stream, bytes, head))
        return WASI_EPIPE;
    if (head == length) return WASI_OK;
    cap_host_stop(host, CAP_STOP_OUTPUT, 0);
    return WASI_EDQUOT;
}

/* stdout and stderr. */
static uint32_t write_output(cap_host *host, const cap_descriptor *output, const cap_vectors *vectors, uint32_t *ret_size) {
    cap_wasi_mark(host->wasi, CAP_IMPURE_OUTPUT);
    uint8_t stream = output->stream;
    *ret_size = 0;
    for (uint32_t i = 0; i < vectors->count; i++) {
        const struct iovec *item = &vectors->items[i];
        if (item->iov_len == 0) continue;
        uint32_t error = deliver(host, stream, item->iov_base, item->iov_len);
        if (error) return error;
        *ret_size += (uint32_t)item->iov_len;
    }
    return WASI_OK;
}

/* fd_read: from a file at its position, from stdin or a socket what is there. */
uint32_t cap_wasi_fd_read(cap_host *host, uint32_t fd, uint32_t vectors, uint32_t count, uint32_t ret_size) {
    const cap_descriptor *open = cap_descriptor_at(host->wasi, fd);
    if (open && open->kind == CAP_DESCRIPTOR_DIRECTORY) return WASI_EISDIR;
    cap_descriptor *descriptor;
    uint32_t error = cap_descriptor_get(host->wasi, fd, WASI_RIGHT_FD_READ, &descriptor);
    if (error) return error;
    cap_vectors list;
    error = cap_vectors_load(host, vectors, count, &list);
    if (error) return error;
    if (!cap_wire_writable(host, ret_size, 4)) return WASI_EFAULT;
    uint32_t size = 0;
    if (descriptor->kind == CAP_DESCRIPTOR_FILE) {
        error = cap_wasi_judge(host->wasi, read_file(host, &descriptor->object, &list, descriptor->position, &size));
        descriptor->position += size;
    } else if (descriptor->kind == CAP_DESCRIPTOR_SOCKET) {
        error = cap_socket_receive(host, descriptor, &list, 0, &size, NULL);
    } else {
        error = read_input(host, descriptor, &list, &size);
    }
    return error ? error : cap_wire_store32(host, ret_size, size);
}

/* fd_pread: from a file at `offset`. */
uint32_t cap_wasi_fd_pread(cap_host *host, uint32_t fd, uint32_t vectors, uint32_t count, uint64_t offset,
                           uint32_t ret_size) {
    cap_descriptor *file;
    uint32_t error = cap_descriptor_file(host->wasi, fd, WASI_RIGHT_FD_READ | WASI_RIGHT_FD_SEEK, &file);
    if (error) return error;
    cap_vectors list;
    error = cap_vectors_load(host, vectors, count, &list);
    if (error) return error;
    if (!cap_wire_writable(host, ret_size, 4)) return WASI_EFAULT;
    uint32_t size;
    error = read_file(host, &file->object, &list, offset, &size);
    return error ? error : cap_wire_store32(host, ret_size, size);
}

/* fd_write: to a file at its position (or its end, in append mode), to an output stream or a socket. */
uint32_t cap_wasi_fd_write(cap_host *host, uint32_t fd, uint32_t vectors, uint32_t count, uint32_t ret_size) {
    const cap_descriptor *open = cap_descriptor_at(host->wasi, fd);
    if (open && open->kind == CAP_DESCRIPTOR_DIRECTORY) return WASI_EISDIR;
    cap_descriptor *descriptor;
    uint32_t error = cap_descriptor_get(host->wasi, fd, WASI_RIGHT_FD_WRITE, &descriptor);
    if (error) return error;
    cap_vectors list;
    error = cap_vectors_load(host, vectors, count, &list);
    if (error) return error;
    if (!cap_wire_writable(host, ret_size, 4)) return WASI_EFAULT;
    uint32_t size = 0;
    if (descriptor->kind == CAP_DESCRIPTOR_FILE) {
        if (!descriptor->writable) return WASI_EBADF;
        error = write_file(host, descriptor, &list, descriptor->position, &size, &descriptor->position);
    } else if (descriptor->kind == CAP_DESCRIPTOR_SOCKET) {
        error = cap_socket_send(host, descriptor, &list, &size);
    } else {
        error = write_output(host, descriptor, &list, &size);
    }
    return error ? error : cap_wire_store32(host, ret_size, size);
}

/* fd_pwrite: to a file at `offset`. In append mode it goes to the end of the file, as on Linux. */
uint32_t cap_wasi_fd_pwrite(cap_host *host, uint32_t fd, uint32_t vectors, uint32_t count, uint64_t offset,
                            uint32_t ret_size) {
    cap_descriptor *file;
    uint32_t error = cap_descriptor_file(host->wasi, fd, WASI_RIGHT_FD_WRITE | WASI_RIGHT_FD_SEEK, &file);
    if (error) return error;
    if (!file->writable) return WASI_EBADF;
    if (offset > INT64_MAX) return WASI_EINVAL;
    cap_vectors list;
    error = cap_vectors_load(host, vectors, count, &list);
    if (error) return error;
    if (!cap_wire_writable(host, ret_size, 4)) return WASI_EFAULT;
    uint32_t size;
    uint64_t end;
    error = write_file(host, file, &list, offset, &size, &end);
    return error ? error : cap_wire_store32(host, ret_size, size);
}
