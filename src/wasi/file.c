/* What concerns an open file beside its bytes: position, size, allocation, durability. */
#include <fcntl.h>

#include "wasi/abi.h"
#include "wasi/calls.h"
#include "wasi/quota.h"
#include "wasi/wire.h"

static uint32_t file_size(const cap_descriptor *file, uint64_t *ret_size) {
    struct stat status;
    uint32_t error = cap_object_stat(&file->object, &status);
    *ret_size = error ? 0 : (uint64_t)status.st_size;
    return error;
}

/* fd_advise: a hint on how a part of a file will be used. */
uint32_t cap_wasi_fd_advise(cap_host *host, uint32_t fd, uint64_t offset, uint64_t length, uint32_t advice) {
    static const int advices[] = {POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
                                  POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE};
    cap_descriptor *file;
    uint32_t error = cap_descriptor_file(host->wasi, fd, WASI_RIGHT_FD_ADVISE, &file);
    if (error) return error;
    if (advice >= sizeof advices / sizeof advices[0] || offset > INT64_MAX || length > INT64_MAX) return WASI_EINVAL;
    return cap_object_advise(&file->object, offset, length, advices[advice]);
}

/* fd_allocate: makes sure that a range of a file has its blocks; the file grows when it ends before the range.
 * ENOTSUP where the file system cannot. */
uint32_t cap_wasi_fd_allocate(cap_host *host, uint32_t fd, uint64_t offset, uint64_t length) {
    cap_descriptor *file;
    uint32_t error = cap_descriptor_file(host->wasi, fd, WASI_RIGHT_FD_ALLOCATE, &file);
    if (error) return error;
    if (!file->writable) return WASI_EBADF;
    if (length == 0 || offset > INT64_MAX || length > INT64_MAX) return WASI_EINVAL;
    uint64_t most = cap_quota_file_size(host->wasi, file->mount), before, after;
    if (offset > most || length > most - offset) return WASI_EFBIG;
    error = file_size(file, &before);
    if (error) return error;
    after = offset + length > before ? offset + length : before;
    error = cap_quota_resize(host->wasi, file->mount, before, after);
    if (error) return error;
    error = cap_object_allocate(&file->object, offset, length);
    if (error)
        cap_quota_resize(host->wasi, file->mount, after, before);
    else
        cap_steady_written(host->wasi, file->mount, &file->object);
    return error;
}

/* fd_filestat_set_size: cuts a file or extends it with zeros. */
uint32_t cap_wasi_fd_filestat_set_size(cap_host *host, uint32_t fd, uint64_t size) {
    cap_descriptor *file;
    uint32_t error = cap_descriptor_file(host->wasi, fd, WASI_RIGHT_FD_FILESTAT_SET_SIZE, &file);
    if (error) return error;
    if (!file->writable || size > INT64_MAX) return WASI_EINVAL;
    if (size > cap_quota_file_size(host->wasi, file->mount)) return WASI_EFBIG;
    uint64_t before;
    error = file_size(file, &before);
    /* Growth is charged before it happens; what shrinking gives back counts only once it has happened. */
    if (!error && size > before) error = cap_quota_resize(host->wasi, file->mount, before, size);
    if (error) return error;
    error = cap_object_resize(&file->object, size);
    if (error && size > before) cap_quota_resize(host->wasi, file->mount, size, before);
    if (!error && size < before) cap_quota_resize(host->wasi, file->mount, before, size);
    if (!error) cap_steady_written(host->wasi, file->mount, &file->object);
    return error;
}

/* Flushes what is ours to flush: not a mount itself or a synthetic directory. */
static uint32_t flush(cap_host *host, uint32_t fd, uint64_t right, bool data_only) {
    cap_descriptor *descriptor;
    const cap_descriptor *open = cap_descriptor_at(host->wasi, fd);
    if (!open) return WASI_EBADF;
    if (open->kind != CAP_DESCRIPTOR_FILE && open->kind != CAP_DESCRIPTOR_DIRECTORY) return WASI_EINVAL;
    uint32_t error = cap_descriptor_get(host->wasi, fd, right, &descriptor);
    if (error) return error;
    return descriptor->owned ? cap_object_sync(&descriptor->object, data_only) : WASI_OK;
}

/* fd_datasync: a file's data reaches the disk. */
uint32_t cap_wasi_fd_datasync(cap_host *host, uint32_t fd) {
    return flush(host, fd, WASI_RIGHT_FD_DATASYNC, true);
}

/* fd_sync: a file's data and metadata reach the disk. */
uint32_t cap_wasi_fd_sync(cap_host *host, uint32_t fd) {
    return flush(host, fd, WASI_RIGHT_FD_SYNC, false);
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
