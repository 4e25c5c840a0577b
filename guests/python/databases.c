/* Gives SQLite the host's file locks.
 *
 * Its Unix layer locks with fcntl(), which knows no locks on WASI, and so SQLite chooses to lock by a directory beside the
 * database there, which a run that is killed leaves behind. Here its fcntl() asks the host, and the ordinary Unix layer
 * is the default. */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>

/* What SQLite itself defines where the headers have no locks. */
#ifndef F_RDLCK
#define F_RDLCK 0
#define F_WRLCK 1
#define F_UNLCK 2
#define F_GETLK 12
#define F_SETLK 13
#endif

/* The host's answer as fcntl() gives it. */
static int lock(int fd, int command, struct flock *range) {
    uint32_t kind = range->l_type == F_WRLCK ? CAPSULE_LOCK_EXCLUSIVE
                  : range->l_type == F_RDLCK ? CAPSULE_LOCK_SHARED : CAPSULE_LOCK_NONE;
    if (command == F_GETLK) kind |= CAPSULE_LOCK_TEST;
    int32_t answer = capsule_file_lock((uint32_t)fd, kind, (uint64_t)range->l_start, (uint64_t)range->l_len);
    if (command == F_GETLK && (answer == 0 || answer == -EAGAIN)) {
        range->l_type = answer ? F_WRLCK : F_UNLCK;
        return 0;
    }
    errno = -answer;
    return answer ? -1 : 0;
}

static int fcntl_with_locks(int fd, int command, ...) {
    va_list arguments;
    va_start(arguments, command);
    bool locks = command == F_GETLK || command == F_SETLK;
    int answer = locks ? lock(fd, command, va_arg(arguments, struct flock *)) : fcntl(fd, command, va_arg(arguments, int));
    va_end(arguments);
    return answer;
}

int cap_databases_start(void) {
    if (sqlite3_initialize() != SQLITE_OK) return -1;
    sqlite3_vfs *vfs = sqlite3_vfs_find("unix");
    if (!vfs || vfs->xSetSystemCall(vfs, "fcntl", (sqlite3_syscall_ptr)fcntl_with_locks) != SQLITE_OK) return -1;
    return sqlite3_vfs_register(vfs, 1) == SQLITE_OK ? 0 : -1;
}
