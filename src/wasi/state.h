/* The state of one run, private to src/wasi. */
#ifndef CAP_WASI_STATE_H
#define CAP_WASI_STATE_H

#include "wasi/abi.h"
#include "wasi/descriptor.h"
#include "wasi/lock.h"
#include "wasi/mounts.h"
#include "wasi/random.h"
#include "wasi/steady.h"
#include "wasi/wasi.h"

#define CAP_DENIAL_TEXT_MAX 512u /* bytes of the text kept about the last denial, the NUL included */

#define CAP_DENIALS_KEPT 16u     /* the last denials kept for hints */

/* argv or envp as the guest will see it: the strings one after another, each with its NUL. */
typedef struct cap_strings {
    char *bytes; /* owned */
    uint32_t size;
    uint32_t count;
} cap_strings;

struct cap_wasi {
    cap_wasi_config config; /* with defaults filled in */
    cap_wasi_mount *mount_table; /* the owner's, and at the end the one in memory; owned */
    cap_memfs *memory;           /* NULL: none; owned */
    cap_mounts mounts;
    cap_descriptors descriptors;
    cap_locks locks;
    cap_strings arguments;
    cap_strings environment;
    uint32_t impurity;
    uint64_t output_bytes;      /* asked for by the guest */
    uint64_t output_delivered;  /* given to the callback, at most output_limit */
    cap_wasi_account own_account; /* when the owner gave none */
    uint64_t file_size_limit;   /* the process's own; 0: not asked yet */
    cap_excess excess;          /* in mounts of the host */
    uint64_t listing_bytes;     /* held by snapshots of directories */
    uint64_t monotonic_base_ns; /* host's clock at creation */
    uint64_t cpu_base_ns;       /* thread's clock at creation */
    uint64_t elapsed_ns;        /* STEPPING: virtual time since creation, at most CAP_WASI_CLOCK_END_NS */
    uint64_t waited_ns;         /* and how much of it was waiting */
    cap_random random;          /* when random_seeded */
    cap_steady steady;          /* when steady_files */
    uint64_t file_calls;        /* descriptors that calls named */
    uint64_t denials;
    char last_denial[CAP_DENIAL_TEXT_MAX];
    cap_wasi_denial *recent_denials; /* the last CAP_DENIALS_KEPT, made with the first; owned */
    uint64_t kept_denials;      /* how many were kept there, all together */
};

/* Adds CAP_IMPURE_* bits. */
static inline void cap_wasi_mark(cap_wasi *wasi, uint32_t bits) { wasi->impurity |= bits; }

/* A failure of the host's own, which says nothing about the file: what an import makes of it must not be kept. Answers
 * `error`, whatever it is. */
static inline uint32_t cap_wasi_judge(cap_wasi *wasi, uint32_t error) {
    if (error == WASI_EIO || error == WASI_ENFILE || error == WASI_ENOMEM) cap_wasi_mark(wasi, CAP_IMPURE_FILES);
    return error;
}

/* Keeps a denial and reports it to the owner. `operation` like "open" and `what` are static; `guest_path` absolute. */
void cap_wasi_deny(cap_wasi *wasi, const char *operation, const char *guest_path, const char *what);

#endif
