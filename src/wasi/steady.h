/* What a run with steady_files sees of files instead of what the host's file system says: numbers in the order of
 * meeting, for each mount from 1, and times of its own clock. A file of the host is known by mount, device and inode.
 *
 * A number that the host gives to a new file after an old one was removed is a new number here: otherwise it would show
 * which file system it is. */
#ifndef CAP_WASI_STEADY_H
#define CAP_WASI_STEADY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "wasi/mounts.h"
#include "wasi/object.h"

struct cap_wasi;

/* Files of one run that have a number of their own. Those met later share this one, and their times never change. */
#define CAP_STEADY_FILES_MAX (UINT32_C(1) << 18)
#define CAP_STEADY_OTHERS UINT32_MAX

typedef struct cap_steady_file {
    uint64_t device, inode; /* the host's */
    uint64_t mount;         /* the guest's device */
    uint64_t number;        /* the guest's; 0: a free place of the table */
    uint64_t accessed, modified, changed; /* ns */
} cap_steady_file;

/* An open-addressed hash table. */
typedef struct cap_steady {
    cap_steady_file *files; /* owned */
    size_t capacity;        /* a power of two */
    size_t count;
    uint64_t last[CAP_WASI_MOUNTS_MAX + 1]; /* number given last in each mount */
} cap_steady;

void cap_steady_free(cap_steady *steady);

/* True when files of this mount are to be numbered: the run has steady_files, and the mount is not in memory, which is
 * steady by itself. */
bool cap_steady_knows(const struct cap_wasi *wasi, const cap_wasi_mount *mount);

/* The file of that identity in a mount, which is now known. Valid until the next call; past the limit, or when memory is short, a
 * stand-in that changes do not last in. */
cap_steady_file *cap_steady_meet(struct cap_wasi *wasi, const cap_wasi_mount *mount, uint64_t device, uint64_t inode);

/* What happened to a file of the host; all do nothing in mounts that cap_steady_knows not. */
/* It is new, and its times are now. */
void cap_steady_made(struct cap_wasi *wasi, const cap_wasi_mount *mount, const struct stat *status);
/* Its content changed now. */
void cap_steady_written(struct cap_wasi *wasi, const cap_wasi_mount *mount, const cap_object *object);
/* Its times were set, in utimensat's terms. */
void cap_steady_timed(struct cap_wasi *wasi, const cap_wasi_mount *mount, const struct stat *status,
                      const struct timespec times[2]);

#endif
