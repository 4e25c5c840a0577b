#include "wasi/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wasi/abi.h"
#include "wasi/errno_map.h"
#include "wasi/state.h"

void cap_locks_free(cap_locks *locks) {
    for (uint32_t i = 0; i < locks->count; i++) close(locks->holders[i].fd);
    free(locks->holders);
    *locks = (cap_locks){0};
}

static cap_lock_holder *find_holder(cap_locks *locks, const struct stat *status) {
    for (uint32_t i = 0; i < locks->count; i++)
        if (locks->holders[i].device == status->st_dev && locks->holders[i].inode == status->st_ino) return &locks->holders[i];
    return NULL;
}

/* A descriptor that can hold locks of both kinds where the run may write the file. The asking one may be open for reading
 * alone while the next one writes, so it is opened anew; where that fails it is good for shared locks. */
static int open_holder(const cap_descriptor *file) {
    if (!file->writable && file->mount->writable && !file->frozen) {
        char path[32];
        snprintf(path, sizeof path, "/proc/self/fd/%d", file->object.fd);
        int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd >= 0) return fd;
    }
    return fcntl(file->object.fd, F_DUPFD_CLOEXEC, 0);
}

static uint32_t add_holder(cap_locks *locks, const cap_descriptor *file, const struct stat *status, cap_lock_holder **ret) {
    if (locks->count >= CAP_WASI_LOCKED_MAX) return WASI_ENOLCK;
    if (!locks->holders) locks->holders = calloc(CAP_WASI_LOCKED_MAX, sizeof *locks->holders);
    if (!locks->holders) return WASI_ENOMEM;
    int fd = open_holder(file);
    if (fd < 0) return cap_wasi_errno(errno);
    *ret = &locks->holders[locks->count++];
    **ret = (cap_lock_holder){.device = status->st_dev, .inode = status->st_ino, .fd = fd};
    return WASI_OK;
}

static void drop_holder(cap_locks *locks, cap_lock_holder *holder) {
    close(holder->fd);
    *holder = locks->holders[--locks->count];
}

/* One call to the kernel; EAGAIN: somebody else has a lock in the way. */
static uint32_t apply(int fd, int command, short type, uint64_t start, uint64_t length) {
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)start, .l_len = (off_t)length};
    if (fcntl(fd, command, &lock)) return errno == EACCES ? WASI_EAGAIN : cap_wasi_errno(errno);
    return command == F_OFD_GETLK && lock.l_type != F_UNLCK ? WASI_EAGAIN : WASI_OK;
}

/* What the kind means; -1: no such kind. */
static int lock_type(uint32_t kind) {
    switch (kind & ~(uint32_t)CAP_LOCK_TEST) {
    case CAP_LOCK_NONE: return kind & CAP_LOCK_TEST ? -1 : F_UNLCK;
    case CAP_LOCK_SHARED: return F_RDLCK;
    case CAP_LOCK_EXCLUSIVE: return F_WRLCK;
    default: return -1;
    }
}

uint32_t cap_wasi_file_lock(cap_host *host, uint32_t fd, uint32_t kind, uint64_t start, uint64_t length) {
    cap_wasi *wasi = host->wasi;
    cap_descriptor *file;
    uint32_t error = cap_descriptor_file(wasi, fd, 0, &file);
    if (error) return error;
    int type = lock_type(kind);
    if (type < 0 || start > INT64_MAX || length > INT64_MAX - start) return WASI_EINVAL;
    bool test = kind & CAP_LOCK_TEST;
    if (!test && type == F_RDLCK && !(file->rights & WASI_RIGHT_FD_READ)) return WASI_EBADF;
    if (!test && type == F_WRLCK && !file->writable) return WASI_EBADF;
    if (file->mount->internal || file->object.fd < 0) return WASI_OK; /* nobody else writes there: the library, memory */
    struct stat status;
    if (fstat(file->object.fd, &status)) return cap_wasi_errno(errno);
    cap_lock_holder *holder = find_holder(&wasi->locks, &status);
    if (test) return apply(holder ? holder->fd : file->object.fd, F_OFD_GETLK, (short)type, start, length);
    if (!holder && type == F_UNLCK) return WASI_OK;
    bool fresh = !holder;
    if (fresh) error = add_holder(&wasi->locks, file, &status, &holder);
    if (error) return error;
    error = apply(holder->fd, F_OFD_SETLK, (short)type, start, length);
    bool all_given_up = !error && type == F_UNLCK && start == 0 && length == 0;
    if (all_given_up || (error && fresh)) drop_holder(&wasi->locks, holder);
    return error;
}
