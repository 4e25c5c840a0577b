/* Advisory locks on ranges of files, for capsule.file_lock: preview 1 has none, and databases want them.
 *
 * They are the kernel's locks of an open file, so they hold against other sandboxes, in this process or another, and
 * against every program of the host that locks the same file; and they end with the run, however it ends.
 *
 * Inside a run they belong to the file, not to the descriptor that asked, as POSIX has it for a process: any descriptor
 * of the run can give up what another one took. So each locked file has one holder, a descriptor of ours. Unlike POSIX,
 * closing a descriptor gives up nothing. */
#ifndef CAP_WASI_LOCK_H
#define CAP_WASI_LOCK_H

#include "wasi/wasi.h"

typedef struct cap_lock_holder {
    uint64_t device, inode;
    int fd; /* owned; the open file that has the locks */
} cap_lock_holder;

typedef struct cap_locks {
    cap_lock_holder *holders; /* owned; CAP_WASI_LOCKED_MAX of them, NULL until the first lock */
    uint32_t count;
} cap_locks;

/* Gives up every lock. */
void cap_locks_free(cap_locks *locks);

#endif
