/* What concerns an open file beside its bytes: position, size, allocation, durability. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wasi/abi.h"
#include "wasi/calls.h"
#include "wasi/errno_map.h"
#include "wasi/quota.h"
#include "wasi/wire.h"

static uint32_t file_size(const cap_descriptor *file, uint64_t *ret_size) {
    struct stat status;
    if (fstat(file->host_fd, &status)) return cap_wasi_errno(errno);
    *ret_size = (uint64_t)status.st_size;
    return WASI_OK;
}

/* fd_advise: a hint on how a part of a file will be used. */
uint32_t cap_wasi_fd_advise(cap_host *host, uint32_t fd, uint64_t offset, uint64_t length, uint32_t advice) {
    static const int advices[] = {POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
                                  POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE};
    cap_descriptor *file;
    uint32_t error = cap_descriptor_file(host->wasi, fd, WASI_RIGHT_FD_ADVISE, &file);
    if (error) return error;
    if (advice >= sizeof advices / sizeof advices[0] || offset > INT64_MAX || length > INT64_MAX) return WASI_EINVAL;
    return cap_wasi_errno(posix_fadvise(file->host_fd, (off_t)offset, (off_t)length, advices[advice]));
}

/* fd_allocate: makes sure that a range of a file has its blocks; the file grows when it ends before the range.
 * ENOTSUP where the file system cannot. */
uint32_t cap_wasi_fd_allocate(cap_host *host, uint32_t fd, uint64_t offset, uint64_t length) {
    cap_descriptor *file;
    uint32_t error = cap_descriptor_file(host->wasi, fd, WASI_RIGHT_FD_ALLOCATE, &file);
    if (error) return error;
    if (!file->writable) return WASI_EBADF;
    if (length == 0 || offset > INT64_MAX || length > INT64_MAX) return WASI_EINVAL;
    if (offset > host->wasi->file_size_limit || length > host->wasi->file_size_limit - offset) return WASI_EFBIG;
    uint64_t before, after;
    error = file_size(file, &before);
    if (error) return error;
    after = offset + length > before ? offset + length : before;
    error = cap_quota_resize(host->wasi, file->mount, before, after);
    if (error) return error;
    if (fallocate(file->host_fd, 0, (off_t)offset, (off_t)length) == 0) return WASI_OK;
    error = cap_wasi_errno(errno);
    cap_quota_resize(host->wasi, file->mount, after, before);
    return error;
}

/* fd_filestat_set_size: cuts a file or extends it with zeros. */
uint32_t cap_wasi_fd_filestat_set_size(cap_host *host, uint32_t fd, uint64_t size) {
    cap_descriptor *file;
    uint32_t error = cap_descriptor_file(host->wasi, fd, WASI_RIGHT_FD_FILESTAT_SET_SIZE, &file);
    if (error) return error;
    if (!file->writable || size > INT64_MAX) return WASI_EINVAL;
    if (size > host->wasi->file_size_limit) return WASI_EFBIG;
    uint64_t before;
    error = file_size(file, &before);
    /* Growth is charged before it happens; what shrinking gives back counts only once it has happened. */
    if (!error && size > before) error = cap_quota_resize(host->wasi, file->mount, before, size);
    if (error) return error;
    if (ftruncate(file->host_fd, (off_t)size)) {
        error = cap_wasi_errno(errno);
        if (size > before) cap_quota_resize(host->wasi, file->mount, size, before);
        return error;
    }
    if (size < before) cap_quota_resize(host->wasi, file->mount, before, size);
    return WASI_OK;
}

/* The host descriptor to flush; -1 when it is not ours to flush (a mount itself, a synthetic directory). */
static uint32_t flushable(cap_host *host, uint32_t fd, uint64_t right, int *ret_host_fd) {
    cap_descriptor *descriptor;
    const cap_descriptor *open = cap_descriptor_at(host->wasi, fd);
    if (!open) return WASI_EBADF;
    if (open->kind != CAP_DESCRIPTOR_FILE && open->kind != CAP_DESCRIPTOR_DIRECTORY) return WASI_EINVAL;
    uint32_t error = cap_descriptor_get(host->wasi, fd, right, &descriptor);
    if (error) return error;
    *ret_host_fd = descriptor->owned ? descriptor->host_fd : -1;
    return WASI_OK;
}

/* fd_datasync: a file's data reaches the disk. */
uint32_t cap_wasi_fd_datasync(cap_host *host, uint32_t fd) {
    int host_fd;
    uint32_t error = flushable(host, fd, WASI_RIGHT_FD_DATASYNC, &host_fd);
    if (error || host_fd < 0) return error;
    return fdatasync(host_fd) ? cap_wasi_errno(errno) : WASI_OK;
}

/* fd_sync: a file's data and metadata reach the disk. */
uint32_t cap_wasi_fd_sync(cap_host *host, uint32_t fd) {
    int host_fd;
    uint32_t error = flushable(host, fd, WASI_RIGHT_FD_SYNC, &host_fd);
    if (error || host_fd < 0) return error;
    return fsync(host_fd) ? cap_wasi_errno(errno) : WASI_OK;
}

/* fd_seek: moves the position of a file. Asking where it is needs only the right to tell. */
uint32_t cap_wasi_fd_seek(cap_host *host, uint32_t fd, uint64_t offset, uint32_t whence, uint32_t ret_position) {
    bool telling = whence == WASI_WHENCE_CUR && offset == 0;
    const cap_descriptor *open = cap_descriptor_at(host->wasi, fd);
    uint64_t right = WASI_RIGHT_FD_SEEK;
    if (telling && open && open->rights & WASI_RIGHT_FD_TELL) right = WASI_RIGHT_FD_TELL;
    cap_descriptor *file;
    uint32_t error = cap_descriptor_file(host->wasi, fd, right, &file);
    if (error) return error;
    if (whence > WASI_WHENCE_END) return WASI_EINVAL;
    uint64_t base = whence == WASI_WHENCE_CUR ? file->position : 0;
    if (whence == WASI_WHENCE_END) error = file_size(file, &base);
    if (error) return error;
    int64_t position; /* base is at most INT64_MAX: sizes and positions are */
    if (__builtin_add_overflow((int64_t)base, (int64_t)offset, &position)) return WASI_EOVERFLOW;
    if (position < 0) return WASI_EINVAL;
    error = cap_wire_store64(host, ret_position, (uint64_t)position);
    if (!error) file->position = (uint64_t)position;
    return error;
}

/* fd_tell: the position of a file. */
uint32_t cap_wasi_fd_tell(cap_host *host, uint32_t fd, uint32_t ret_position) {
    cap_descriptor *file;
    uint32_t error = cap_descriptor_file(host->wasi, fd, WASI_RIGHT_FD_TELL, &file);
    return error ? error : cap_wire_store64(host, ret_position, file->position);
}
